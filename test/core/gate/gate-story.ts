/**
 * Plays any sequence of events on a connect gate with its clock and its sessions, and checks the invariants
 * after each event. The sessions have three accounts; some prepare their dials, and some never return their
 * permits.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import { ConnectGate } from '../../../src/core/gate/connect-gate.js';
import type { DecidableFailure } from '../../../src/core/policy/decide.js';
import type { GateTicket } from '../../../src/core/gate/gate-ticket.js';
import { seededRandom } from '../policy/seeded-random.js';

export const LEASE_MS = 5_000;
const ACCOUNTS = ['a', 'b', 'c'];

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
    origin: fc.constantFrom('service', 'gateway', 'transport', 'application'),
    retryAfterMs: fc.integer({ min: 0, max: 130_000 }),
  },
  { requiredKeys: ['code', 'phase', 'permanent'] },
);
const pick = fc.nat();
const joined = {
  kind: fc.constant('join'),
  count: fc.integer({ min: 1, max: 30 }),
  account: fc.constantFrom(...ACCOUNTS),
  prepares: fc.boolean(),
};
const event = fc.oneof(
  { weight: 4, arbitrary: fc.record(joined) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave'), pick }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('prepare'), pick }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('succeed'), pick }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('fail'), pick, failure }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose'), account: fc.constantFrom(...ACCOUNTS) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pass'), ms: fc.integer({ min: 0, max: 40_000 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wake') }) },
);
export const gateStory = fc.record({ seed: fc.integer(), events: fc.array(event, { maxLength: 120 }) });
type Event = typeof event extends fc.Arbitrary<infer E> ? E : never;

export class GateStory {
  readonly gate = new ConnectGate<number>();
  nowMs = 0;
  /** Tickets in the order in which they joined. */
  waiting: Ticket[] = [];
  called: Ticket[] = [];
  ready: Ticket[] = [];
  dialling: Ticket[] = [];
  readonly #random: () => number;
  #joined = 0;
  /** The times of the paced dials since the endpoint was last healthy. */
  #pacedAtMs: number[] = [];

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  get left(): number {
    return this.waiting.length + this.called.length + this.ready.length + this.dialling.length;
  }

  play(event: Event): void {
    switch (event.kind) {
      case 'join':
        for (let count = 0; count < event.count; count += 1) this.#join(event.account, event.prepares);
        break;
      case 'leave':
        this.#leave(event.pick);
        break;
      case 'prepare':
        this.#take(this.called, event.pick, (ticket) => this.#prepared(ticket));
        break;
      case 'succeed':
        this.#take(this.dialling, event.pick, (ticket) => this.gate.succeeded(ticket, this.nowMs));
        break;
      case 'fail':
        this.#take(this.dialling, event.pick, (ticket) =>
          this.gate.failed(ticket, event.failure, this.nowMs, this.#random),
        );
        break;
      case 'lose':
        this.gate.connectionLost({ code: 'connectionClosed' }, this.nowMs, event.account);
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

  #join(account: string, prepares: boolean): void {
    this.#joined += 1;
    const terms = { prepares, leaseMs: LEASE_MS };
    this.waiting.push(this.gate.join(this.#joined, this.nowMs, account, terms));
  }

  #leave(picked: number): void {
    const all = [this.waiting, this.called, this.ready, this.dialling].filter(({ length }) => length > 0);
    this.#take(all[picked % Math.max(all.length, 1)] ?? [], picked, (ticket) =>
      this.gate.leave(ticket, this.nowMs),
    );
  }

  #prepared(ticket: Ticket): void {
    const { level } = this.gate.status;
    this.gate.ready(ticket, this.nowMs, this.#random);
    if (ticket.at.stage === 'dialling') this.#dials(ticket, level);
    else this.ready.push(ticket);
  }

  #take(from: Ticket[], picked: number, end: (ticket: Ticket) => void): void {
    const [ticket] = from.splice(picked % Math.max(from.length, 1), 1);
    if (ticket !== undefined) end(ticket);
  }

  #admit(): void {
    const before = this.gate.status;
    const moved = this.gate.admit(this.nowMs, this.#random);
    for (const ticket of moved) {
      const line = this.ready.includes(ticket) ? this.ready : this.waiting;
      const first = line.find(({ account }) => account === ticket.account);
      expect(first, 'within an account the session that has waited longest is first').toBe(ticket);
      line.splice(line.indexOf(ticket), 1);
      if (ticket.at.stage === 'called') this.called.push(ticket);
      else this.#dials(ticket, before.level);
    }
    const { status: standing } = this.gate;
    expect(standing.waiting).toBe(this.waiting.length + this.ready.length);
    const counting = this.dialling.filter(({ at }) => at.stage === 'dialling' && at.counts);
    expect(standing.inFlight, 'no permit is lost').toBe(counting.length);
    if (moved.length > 0) {
      expect(standing.inFlight, 'never more in flight than the limit').toBeLessThanOrEqual(before.limit);
      expect(before.notBeforeMs ?? 0, 'no dial before the floor').toBeLessThanOrEqual(this.nowMs);
      for (const { account } of moved) expect(account.belief.notBeforeMs).toBeLessThanOrEqual(this.nowMs);
    }
    this.#sleepsForAReason();
  }

  /** Checks that the gate has a next time in the future, or that no waiting session may dial. */
  #sleepsForAReason(): void {
    const { wakeAtMs, status: standing } = this.gate;
    if (wakeAtMs !== undefined) {
      expect(wakeAtMs).toBeGreaterThan(this.nowMs);
      return;
    }
    const line = [...this.waiting, ...this.ready];
    const full = line.every(({ account }) => !account.belief.hasRoom);
    expect(line.length === 0 || standing.inFlight >= standing.limit || full).toBe(true);
  }

  #dials(ticket: Ticket, level: string): void {
    this.dialling.push(ticket);
    if (level === 'healthy') {
      this.#pacedAtMs = [];
      return;
    }
    this.#pacedAtMs.push(this.nowMs);
    const within = this.#pacedAtMs.filter((atMs) => atMs > this.nowMs - 100);
    expect(within.length).toBeLessThanOrEqual(20);
  }
}
