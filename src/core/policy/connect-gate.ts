/**
 * Who may dial an endpoint now, and when to ask again: the gate that all sessions of a process share for one endpoint,
 * so that the process is not why the service stays down. Healthy: everybody at once. After a failure: few in flight,
 * more with every quick answer, paced. Down: one probe per period, and the first answer lets the others in.
 *
 * A session that is alone at its endpoint is never held up: there is nobody to share anything with.
 * Beside `decide()`: a session first sleeps its own delay and then joins the line, and only the dial itself counts as
 * an attempt. So in a long outage a few sessions pay for the probes, in turn, with one attempt each, while the rest
 * wait here with their attempts unspent. The gate never fails a session: limits and aborts are the session's own.
 * No clock, no timer, no promise in here: the shell keeps one timer, for `wakeAtMs`, and asks `admit` after every event.
 */
import type { DecidableFailure } from './decide.js';
import { afterFailure, afterInconclusive, afterLoss, afterProbeStarted } from './gate-health.js';
import { afterRefusal, afterSuccess, afterThrottling, HEALTHY } from './gate-health.js';
import type { FinishedDial, GateHealth, GateMoment } from './gate-health.js';
import { GateLine } from './gate-line.js';
import { DEFAULT_GATE_NUMBERS } from './gate-numbers.js';
import type { GateNumbers } from './gate-numbers.js';
import { paceAllowsAtMs, paced, UNPACED } from './gate-pace.js';
import type { GateStanding } from './gate-standing.js';
import { GateTicket } from './gate-ticket.js';
import { dialVerdict, lossIsTrouble } from './gate-verdict.js';
import { hintedDelayMs, usableHintMs } from './hint.js';

/** Every method is O(1), `admit` per ticket that it hands out. Times are of one clock that never goes back. */
export class ConnectGate<Waiter> {
  readonly #numbers: GateNumbers;
  readonly #line = new GateLine<GateTicket<Waiter>>();
  #health: GateHealth = HEALTHY;
  #enrolled = 0;
  #inFlight = 0;
  #nextSerial = 0;
  #pace = UNPACED;
  /** The floor that the service asked for. */
  #notBeforeMs = -Infinity;

  constructor(numbers: GateNumbers = DEFAULT_GATE_NUMBERS) {
    this.#numbers = numbers;
  }

  /** One more session is at this endpoint, whether it dials, waits, sleeps or is connected. */
  enrol(): void {
    this.#enrolled += 1;
  }

  /** It is over. */
  resign(): void {
    this.#enrolled -= 1;
  }

  /** An attempt wants to begin: it joins the end of the line. `admit` says when it may. */
  join(waiter: Waiter, nowMs: number): GateTicket<Waiter> {
    this.#settle(nowMs);
    const ticket = new GateTicket(waiter);
    ticket.at = { stage: 'waiting', place: this.#line.join(ticket) };
    return ticket;
  }

  /** Those whose dials begin now, in the order in which they joined; every one of them comes back exactly once. */
  admit(nowMs: number, random: () => number): GateTicket<Waiter>[] {
    const admitted: GateTicket<Waiter>[] = [];
    for (;;) {
      const dueAtMs = this.wakeAtMs;
      const ticket = dueAtMs !== undefined && dueAtMs <= nowMs ? this.#line.call() : undefined;
      if (ticket === undefined) return admitted;
      this.#start(ticket, nowMs, random);
      admitted.push(ticket);
    }
  }

  /**
   * When to call `admit` again if nothing else happens before; undefined when nobody waits, or when only a dial that
   * ends can let the next one in. A time that is not after now means at once.
   */
  get wakeAtMs(): number | undefined {
    const health = this.#health;
    if (this.#line.length === 0) return undefined;
    // Whoever is alone has nobody to wait for, and a backoff of its own.
    if (this.#enrolled === 1) return -Infinity;
    if (this.#inFlight >= this.#limit) return undefined;
    switch (health.level) {
      case 'healthy':
        return this.#notBeforeMs;
      case 'recovering':
        return Math.max(this.#notBeforeMs, paceAllowsAtMs(this.#pace, this.#numbers));
      case 'down':
        return Math.max(this.#notBeforeMs, paceAllowsAtMs(this.#pace, this.#numbers), health.nextProbeAtMs);
    }
  }

  /** The dial was confirmed. A ticket that is not dialling changes nothing, here and below. */
  succeeded(ticket: GateTicket<Waiter>, nowMs: number): void {
    const dial = this.#finish(ticket, nowMs);
    if (dial === undefined) return;
    this.#health = afterSuccess(this.#health, this.#numbers, this.#moment(nowMs), dial);
  }

  /**
   * The dial failed. A wait that the service asked for becomes the floor of the whole gate, never a shorter one.
   *
   * @param hintedDelayMs how long the session itself is going to wait for that, so that it need not wait here once more;
   *   without it the gate draws a spread of its own
   */
  failed(
    ticket: GateTicket<Waiter>,
    failure: DecidableFailure,
    nowMs: number,
    random: () => number,
    hintedDelayMs?: number,
  ): void {
    const dial = this.#finish(ticket, nowMs);
    if (dial === undefined) return;
    const hinted = this.#raiseFloor(failure, nowMs, random, hintedDelayMs);
    const moment = this.#moment(nowMs);
    const verdict = dialVerdict(failure);
    switch (verdict) {
      case 'unreachable':
        this.#health = afterFailure(this.#health, this.#numbers, moment, dial, random);
        return;
      case 'throttled':
        this.#health = afterThrottling(this.#health, this.#numbers, moment);
        return;
      case 'refused':
      case 'inconclusive':
        // Whoever waits for the end of a floor is let in with care.
        if (hinted) this.#health = afterThrottling(this.#health, this.#numbers, moment);
        else if (verdict === 'refused') this.#health = afterRefusal(this.#health, this.#numbers, moment);
        else this.#health = afterInconclusive(this.#health, moment, dial);
    }
  }

  /** Whoever waits or dials gives up (abort, close): its place is free, and nothing is learnt about the endpoint. */
  leave(ticket: GateTicket<Waiter>): void {
    switch (ticket.at.stage) {
      case 'waiting':
        this.#line.leave(ticket.at.place);
        break;
      case 'dialling':
        this.#inFlight -= 1;
        break;
      case 'done':
        return;
    }
    ticket.at = { stage: 'done' };
  }

  /**
   * A confirmed connection was lost, whichever way: tell the gate before the session's own delay begins, so that a
   * thousand losses don't become a thousand dials that must fail first.
   */
  connectionLost(failure: Pick<DecidableFailure, 'code'>, nowMs: number): void {
    if (lossIsTrouble(failure)) this.#health = afterLoss(this.#health, this.#numbers, this.#moment(nowMs));
  }

  get standing(): GateStanding {
    return {
      level: this.#health.level,
      waiting: this.#line.length,
      inFlight: this.#inFlight,
      limit: this.#limit,
      ...(this.#notBeforeMs === -Infinity ? {} : { notBeforeMs: this.#notBeforeMs }),
    };
  }

  /** Whether nobody is here, and nothing is remembered that the next one who joins would be held up for. */
  forgets(nowMs: number): boolean {
    this.#settle(nowMs);
    const empty = this.#enrolled === 0 && this.#line.length === 0 && this.#inFlight === 0;
    // A floor is always trouble too, and that is only forgotten after it.
    return empty && this.#health.level === 'healthy';
  }

  get #limit(): number {
    switch (this.#health.level) {
      case 'healthy':
        return Infinity;
      case 'recovering':
        return this.#health.limit;
      case 'down':
        return this.#numbers.minInFlight;
    }
  }

  #moment(nowMs: number): GateMoment {
    return { nowMs, nextSerial: this.#nextSerial };
  }

  #start(ticket: GateTicket<Waiter>, nowMs: number, random: () => number): void {
    ticket.at = { stage: 'dialling', serial: this.#nextSerial, startedAtMs: nowMs };
    this.#nextSerial += 1;
    this.#inFlight += 1;
    if (this.#health.level === 'healthy') return;
    this.#pace = paced(this.#pace, this.#numbers, nowMs);
    if (this.#health.level === 'down') {
      this.#health = afterProbeStarted(this.#health, this.#numbers, nowMs, random());
    }
  }

  #finish(ticket: GateTicket<Waiter>, nowMs: number): FinishedDial | undefined {
    if (ticket.at.stage !== 'dialling') return undefined;
    const { serial, startedAtMs } = ticket.at;
    const dial = { serial, tookMs: nowMs - startedAtMs, inFlight: this.#inFlight };
    ticket.at = { stage: 'done' };
    this.#inFlight -= 1;
    return dial;
  }

  #raiseFloor(
    failure: DecidableFailure,
    nowMs: number,
    random: () => number,
    ownDelayMs: number | undefined,
  ): boolean {
    const hintMs = usableHintMs(failure.retryAfterMs);
    if (hintMs === undefined || hintMs > this.#numbers.maxHintMs) return false;
    this.#notBeforeMs = Math.max(this.#notBeforeMs, nowMs + (ownDelayMs ?? hintedDelayMs(hintMs, random())));
    return true;
  }

  /** What was learnt long ago, and by nobody since, is no reason to hold up those who come now. */
  #settle(nowMs: number): void {
    const health = this.#health;
    if (health.level === 'healthy' || this.#line.length > 0) return;
    // A probe that is still out is about to tell.
    if (health.level === 'down' && this.#inFlight > 0) return;
    const quietSinceMs = Math.max(health.troubleAtMs, this.#notBeforeMs);
    if (nowMs - quietSinceMs >= this.#numbers.settleMs) this.#health = HEALTHY;
  }
}
