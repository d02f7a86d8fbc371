/**
 * A connect gate with up to three attempts around it and small numbers for everything, so that its corners are a few steps
 * away: what may happen to it, what must hold after each step, and that everybody gets in at the end.
 */
import { ConnectGate } from '../../src/core/policy/connect-gate.js';
import type { DecidableFailure } from '../../src/core/policy/decide.js';
import type { GateNumbers } from '../../src/core/policy/gate-numbers.js';
import type { GateTicket } from '../../src/core/policy/gate-ticket.js';
import { GateMemory } from './gate-memory.js';
import { must } from './must.js';
import type { World } from './replay-model.js';

type Ticket = GateTicket<number>;

/** One unit of time is a millisecond: the chance is fixed, so every time is a whole number. */
export const SMALL_NUMBERS: GateNumbers = {
  minInFlight: 1,
  paceBurst: 2,
  paceIntervalMs: 1,
  queueingMs: 0,
  failuresUntilDown: 2,
  probe: { baseMs: 1, factor: 2, capMs: 2, jitter: 'none', minIntervalMs: 1 },
  settleMs: 3,
  maxHintMs: 2,
};
const AT_ONCE = 3;
const chance = (): number => 0;
const where = { phase: 'websocket_connect', permanent: false } as const;
const LOSS = { code: 'connectionClosed' } as const;
const FAILURES: Readonly<Record<string, DecidableFailure>> = {
  unreachable: { ...where, code: 'connectionFailed' },
  throttled: { ...where, code: 'concurrencyLimit', retryAfterMs: 2 },
  refused: { ...where, code: 'avatarNotFound' },
  inconclusive: { ...where, code: 'unknown' },
};

export class GateWorld implements World {
  readonly #gate = new ConnectGate<number>(SMALL_NUMBERS);
  readonly #memory = new GateMemory();
  /** Sessions at the endpoint: those that dial or wait, and, in company, others that are connected. */
  readonly #others: number;
  #nowMs = 0;
  #joined = 0;
  #waiting: Ticket[] = [];
  #dialling: Ticket[] = [];

  /** `company`: whether other sessions are there besides those that dial or wait; who is alone is never held up. */
  constructor(company: boolean) {
    this.#others = company ? 2 : 0;
    for (let other = 0; other < this.#others; other += 1) this.#gate.enrol();
  }

  actions(): string[] {
    const everybody = this.#waiting.length + this.#dialling.length;
    const outcomes = ['succeed', 'leave', ...Object.keys(FAILURES)];
    const places = this.#dialling.length > 1 ? ['first', 'last'] : this.#dialling.map(() => 'first');
    return [
      ...(everybody < AT_ONCE ? ['join'] : []),
      ...this.#waiting.map((_, place) => `leave line ${place}`),
      ...places.flatMap((place) => outcomes.map((outcome) => `${outcome} ${place}`)),
      'lose',
      'tick',
    ];
  }

  play(action: string): void {
    const [what = '', place = '', index = ''] = action.split(' ');
    const { level } = this.#gate.standing;
    let ended: Ticket | undefined;
    if (what === 'join') this.#join();
    else if (what === 'lose') this.#gate.connectionLost(LOSS, this.#nowMs);
    else if (what === 'tick') this.#nowMs += 1;
    else if (place === 'line') this.#leave(this.#waiting.splice(Number(index), 1));
    else {
      const [ticket] = this.#dialling.splice(place === 'first' ? 0 : -1, 1);
      if (ticket === undefined) throw new Error(`nobody dials: ${action}`);
      ended = ticket;
      if (what !== 'leave') this.#gate.resign();
      if (what === 'leave') this.#leave([ticket]);
      else if (what === 'succeed') this.#gate.succeeded(ticket, this.#nowMs);
      else this.#fail(ticket, FAILURES[what]);
      this.#changesNothing(ticket);
    }
    this.#memory.happened(what, ended, level, this.#gate.standing.level, this.#nowMs);
    this.#admit();
  }

  key(): string {
    const { level, limit, waiting, notBeforeMs = -Infinity } = this.#gate.standing;
    const floorMs = Math.max(notBeforeMs - this.#nowMs, -SMALL_NUMBERS.settleMs);
    const known = this.#memory.key(this.#dialling, level, this.#nowMs);
    // When the next one would be let in is seen by letting one join, with fresh trouble so that none is forgotten by that.
    if (level !== 'healthy') this.#gate.connectionLost(LOSS, this.#nowMs);
    // One more at the endpoint, so that it is not alone: whoever is alone shows nothing of what the gate knows.
    if (waiting === 0) this.#join();
    this.#gate.enrol();
    const wakeMs = Math.max((this.#gate.wakeAtMs ?? Infinity) - this.#nowMs, 0);
    this.#gate.resign();
    return [level, limit, waiting, floorMs, wakeMs, known].join();
  }

  /** From here on nothing but failures, or nothing but successes: either way everybody who waits gets to dial. */
  finish(): void {
    this.#admit();
    for (let turn = 0; this.#waiting.length > 0; turn += 1) {
      must(turn < 100, 'everybody gets to dial in the end');
      const { wakeAtMs } = this.#gate;
      must(wakeAtMs !== undefined || this.#dialling.length > 0, 'nobody waits for nothing');
      if (this.#dialling.length > 0) this.play(turn % 2 === 0 ? 'unreachable first' : 'succeed first');
      else this.#nowMs = Math.max(this.#nowMs, wakeAtMs ?? 0);
      this.#admit();
    }
  }

  #fail(ticket: Ticket, failure: DecidableFailure | undefined): void {
    if (failure === undefined) throw new Error('no such failure');
    this.#gate.failed(ticket, failure, this.#nowMs, chance);
  }

  #join(): void {
    this.#gate.enrol();
    this.#waiting.push(this.#gate.join((this.#joined += 1), this.#nowMs));
  }

  #leave(tickets: readonly Ticket[]): void {
    for (const ticket of tickets) {
      this.#gate.resign();
      this.#gate.leave(ticket);
      this.#changesNothing(ticket);
    }
  }

  /** Whatever is told about a ticket that is done already. */
  #changesNothing(ticket: Ticket): void {
    const before = this.#shown();
    this.#gate.leave(ticket);
    this.#gate.succeeded(ticket, this.#nowMs);
    this.#fail(ticket, FAILURES['throttled']);
    must(this.#shown() === before, 'nothing changes through a ticket that is done');
  }

  #shown(): string {
    const { level, waiting, inFlight, limit, notBeforeMs } = this.#gate.standing;
    return [level, waiting, inFlight, limit, notBeforeMs, this.#gate.wakeAtMs].join();
  }

  #admit(): void {
    const { level, notBeforeMs = -Infinity } = this.#gate.standing;
    const admitted = this.#gate.admit(this.#nowMs, chance);
    const { standing, wakeAtMs } = this.#gate;
    const called = this.#waiting.splice(0, admitted.length);
    must(
      admitted.every((ticket, place) => ticket === called[place]),
      'first come, first served',
    );
    this.#dialling.push(...admitted);
    for (const ticket of admitted) this.#memory.dialBegins(ticket, level, this.#nowMs);
    const { waiting, inFlight, limit } = standing;
    must(waiting === this.#waiting.length && inFlight === this.#dialling.length, 'no ticket is lost');
    const alone = this.#others + waiting + inFlight === 1;
    if (alone) must(waiting === 0, 'who is alone is not held up');
    else if (admitted.length > 0) {
      must(inFlight <= limit, 'never more in flight than the limit');
      must(notBeforeMs <= this.#nowMs, 'nobody dials before the floor');
      must(level === 'healthy' || admitted.length <= SMALL_NUMBERS.paceBurst, 'the pace is kept');
    }
    if (wakeAtMs !== undefined) must(wakeAtMs > this.#nowMs, 'whoever could go has gone');
    else must(waiting === 0 || inFlight >= limit, 'whoever waits, waits for something');
  }
}
