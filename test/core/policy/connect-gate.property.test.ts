/** The connect gate under every sequence of events: what holds whatever happens. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectGate } from '../../../src/core/policy/connect-gate.js';
import type { DecidableFailure } from '../../../src/core/policy/decide.js';
import type { GateTicket } from '../../../src/core/policy/gate-ticket.js';
import { seededRandom } from './seeded-random.js';

type Ticket = GateTicket<number>;

const failure: fc.Arbitrary<DecidableFailure> = fc.record(
  {
    code: fc.constantFrom(
      'connectionFailed',
      'upstreamError',
      'avatarNotFound',
      'concurrencyLimit',
      'unknown',
    ),
    phase: fc.constantFrom('session_token', 'websocket_connect'),
    permanent: fc.boolean(),
    retryAfterMs: fc.integer({ min: 0, max: 130_000 }),
  },
  { requiredKeys: ['code', 'phase', 'permanent'] },
);

const event = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('join'), count: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave'), pick: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('succeed'), pick: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('fail'), pick: fc.nat(), failure }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose') }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pass'), ms: fc.integer({ min: 0, max: 40_000 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wake') }) },
);
const story = fc.record({ seed: fc.integer(), events: fc.array(event, { maxLength: 120 }) });
type Event = typeof event extends fc.Arbitrary<infer E> ? E : never;

/** Plays events on a gate, checking after each of them what must hold. */
class GateStory {
  readonly gate = new ConnectGate<number>();
  readonly random: () => number;
  nowMs = 0;
  waiting: Ticket[] = [];
  dialling: Ticket[] = [];
  #joined = 0;
  /** Starts that were paced, since the endpoint was last healthy. */
  #pacedAtMs: number[] = [];

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  play(event: Event): void {
    switch (event.kind) {
      case 'join':
        for (let count = 0; count < event.count; count += 1) this.#join();
        break;
      case 'leave':
        this.#leave(event.pick);
        break;
      case 'succeed':
        this.#take(event.pick, (ticket) => this.gate.succeeded(ticket, this.nowMs));
        break;
      case 'fail':
        this.#take(event.pick, (ticket) => this.gate.failed(ticket, event.failure, this.nowMs, this.random));
        break;
      case 'lose':
        this.gate.connectionLost({ code: 'connectionClosed' }, this.nowMs);
        break;
      case 'pass':
        this.nowMs += event.ms;
        break;
      case 'wake':
        this.nowMs = Math.max(this.gate.wakeAtMs ?? this.nowMs, this.nowMs);
        break;
    }
    this.#admit();
  }

  #join(): void {
    this.#joined += 1;
    this.waiting.push(this.gate.join(this.#joined, this.nowMs));
  }

  #leave(pick: number): void {
    const all = [...this.waiting, ...this.dialling];
    const ticket = all[pick % Math.max(all.length, 1)];
    if (ticket === undefined) return;
    this.gate.leave(ticket);
    this.waiting = this.waiting.filter((other) => other !== ticket);
    this.dialling = this.dialling.filter((other) => other !== ticket);
  }

  #take(pick: number, end: (ticket: Ticket) => void): void {
    const [ticket] = this.dialling.splice(pick % Math.max(this.dialling.length, 1), 1);
    if (ticket !== undefined) end(ticket);
  }

  #admit(): void {
    const before = this.gate.standing;
    const admitted = this.gate.admit(this.nowMs, this.random);
    const { standing } = this.gate;
    // In the order of joining, and nobody twice.
    expect(admitted).toEqual(this.waiting.splice(0, admitted.length));
    this.dialling.push(...admitted);
    expect(standing).toMatchObject({ waiting: this.waiting.length, inFlight: this.dialling.length });
    // Never more in flight than the limit through the gate's own doing.
    if (admitted.length > 0) expect(standing.inFlight).toBeLessThanOrEqual(before.limit);
    if (admitted.length > 0 && before.notBeforeMs !== undefined) {
      expect(this.nowMs).toBeGreaterThanOrEqual(before.notBeforeMs);
    }
    if (before.level === 'healthy') this.#pacedAtMs = [];
    else admitted.forEach(() => this.#paced());
    // Nobody who could go is left, and the wake-up is in the future.
    const { wakeAtMs } = this.gate;
    if (wakeAtMs !== undefined) expect(wakeAtMs).toBeGreaterThan(this.nowMs);
    else expect(this.waiting.length === 0 || standing.inFlight >= standing.limit).toBe(true);
  }

  #paced(): void {
    this.#pacedAtMs.push(this.nowMs);
    const within = this.#pacedAtMs.filter((atMs) => atMs > this.nowMs - 100);
    expect(within.length).toBeLessThanOrEqual(20);
  }
}

describe('the connect gate, whatever happens', () => {
  it('serves in order, within limit, pace and floor, and never sleeps while it could act', () => {
    fc.assert(
      fc.property(story, ({ seed, events }) => {
        const told = new GateStory(seed);
        for (const one of events) told.play(one);
      }),
      { numRuns: 300 },
    );
  });

  it('lets everybody in once the dials succeed: 20 ms each, however long the line', () => {
    fc.assert(
      fc.property(story, ({ seed, events }) => {
        const told = new GateStory(seed);
        for (const one of events) told.play(one);
        const beganAtMs = told.nowMs;
        const left = told.waiting.length + told.dialling.length;
        const floorMs = Math.max((told.gate.standing.notBeforeMs ?? 0) - beganAtMs, 0);
        while (told.waiting.length + told.dialling.length > 0) {
          if (told.dialling.length > 0) {
            told.play({ kind: 'pass', ms: 20 });
            [...told.dialling].forEach(() => told.play({ kind: 'succeed', pick: 0 }));
          } else told.play({ kind: 'wake' });
        }
        expect(told.nowMs - beganAtMs).toBeLessThanOrEqual(floorMs + 3_100 + left * 22);
      }),
      { numRuns: 200 },
    );
  });
});
