/**
 * The connect gate of one endpoint, shared by all sessions of a process: which dials may begin now, and when to ask again. It keeps the
 * process from overloading a service that has just recovered. Healthy: no limit. After a failure: few dials in flight, one more with
 * every quick answer, at a limited rate. Down: one probe per period, until one is answered.
 *
 * Sessions wait by account, and accounts take turns. Evidence about one account (a limit of its plan) delays only that account. A session
 * whose turn has come may prepare its dial, by functions of the application, without a permit; it counts against the limit for a short
 * time only.
 *
 * A session that is alone at its endpoint is never delayed. The gate is independent of `decide()`: a session first sleeps its own delay
 * and then joins the line, and only the dial itself counts as an attempt. So in a long outage each probe costs one attempt of one
 * session, in turn, while the other sessions wait in the line without using attempts. The gate never fails a session: limits and aborts
 * belong to the session. The gate has no clock, timer or promise: the shell keeps one timer, for `wakeAtMs`, and asks `admit` after every
 * event.
 */
import type { DecidableFailure } from '../policy/decide.js';
import type { GateAccount } from './gate-turns.js';
import { GateBelief, dialEvidence, lossEvidence } from './gate-belief.js';
import { DEFAULT_GATE_NUMBERS } from './gate-health.js';
import type { GateNumbers } from './gate-health.js';
import { GatePermits, finishedDial, statusOf, GateTicket } from './gate-ticket.js';
import type { GateStatus, TicketTerms } from './gate-ticket.js';
import { GateTurns } from './gate-turns.js';
import { hintedDelayMs, usableHintMs } from '../policy/delay.js';

/** Times are of one clock that never goes back. Every method is O(log n) for n tickets at most, `admit` for each that moves. */
export class ConnectGate<Waiter> {
  readonly #numbers: GateNumbers;
  readonly #endpoint: GateBelief;
  readonly #turns: GateTurns<GateTicket<Waiter>>;
  readonly #permits: GatePermits<Waiter>;
  #registered = 0;
  /** When a connection was last lost. */
  #lostAtMs = -Infinity;
  /** Tickets that wait for a turn or for a permit. */
  #waiting = 0;
  /** Tickets that are not done. */
  #tickets = 0;

  constructor(numbers: GateNumbers = DEFAULT_GATE_NUMBERS) {
    this.#numbers = numbers;
    this.#endpoint = new GateBelief(numbers);
    this.#turns = new GateTurns(numbers);
    this.#permits = new GatePermits(numbers, this.#endpoint, this.#turns);
  }

  /** One more session uses this endpoint, whether it dials, waits, is idle or connected. */
  register(): void {
    this.#registered += 1;
  }

  /** A registered session is over. */
  unregister(): void {
    this.#registered -= 1;
  }

  /** An attempt is due: it joins the end of its account's line. `admit` says when its turn comes. */
  join(waiter: Waiter, nowMs: number, account = '', terms: TicketTerms = {}): GateTicket<Waiter> {
    if (this.#waiting === 0) this.#endpoint.settle(nowMs);
    const ticket = new GateTicket(waiter, this.#turns.account(account, nowMs), terms);
    ticket.account.tickets += 1;
    this.#tickets += 1;
    this.#waiting += 1;
    ticket.at = { stage: 'waiting', place: ticket.account.waiting.join(ticket) };
    this.#turns.place(ticket.account, nowMs);
    return ticket;
  }

  /**
   * The tickets that leave the line now, in the order of their turns. Their dials begin; or, where a ticket has the stage `called`, its
   * preparation begins, and `ready` is called after it.
   */
  admit(nowMs: number, random: () => number): GateTicket<Waiter>[] {
    this.#turns.expire(nowMs, (ticket) => {
      this.#permits.expired(ticket);
      this.#turns.place(ticket.account, nowMs);
    });
    const moved: GateTicket<Waiter>[] = [];
    for (;;) {
      const account = this.#nextAccount(nowMs);
      if (account === undefined) return moved;
      const ticket = account.ready.call() ?? account.waiting.call();
      if (ticket === undefined) return moved;
      this.#waiting -= 1;
      if (ticket.prepares && ticket.at.stage === 'waiting') this.#permits.call(ticket, nowMs);
      else this.#permits.start(ticket, nowMs, random);
      this.#turns.hadTurn(account, nowMs);
      moved.push(ticket);
    }
  }

  /**
   * A called ticket has prepared its dial. The dial begins at once if that is possible (see `at`), otherwise when `admit` returns the
   * ticket.
   */
  ready(ticket: GateTicket<Waiter>, nowMs: number, random: () => number): void {
    if (ticket.at.stage !== 'called') return;
    const { account } = ticket;
    if (this.#alone || this.#permits.admitsAtOnce(ticket, nowMs)) this.#permits.start(ticket, nowMs, random);
    else {
      this.#permits.end(ticket);
      ticket.at = { stage: 'ready', place: account.ready.join(ticket) };
      this.#waiting += 1;
    }
    this.#turns.place(account, nowMs);
  }

  /**
   * When to call `admit` again if nothing else happens before; undefined when no ticket waits, or when only a dial that
   * ends can let the next one in. A time that is not after now means at once.
   */
  get wakeAtMs(): number | undefined {
    if (this.#waiting === 0) return undefined;
    // A session that is alone has its own backoff, and needs no other limit.
    if (this.#alone) return -Infinity;
    const { first, nextAtMs } = this.#turns;
    const turnAtMs =
      first !== undefined && this.#endpoint.hasRoom ? this.#endpoint.nextAtMs(first.nextStep) : undefined;
    return turnAtMs === undefined || nextAtMs === undefined
      ? (turnAtMs ?? nextAtMs)
      : Math.min(turnAtMs, nextAtMs);
  }

  /** The dial was confirmed, or the request answered. A ticket that is not dialling changes nothing. */
  succeeded(ticket: GateTicket<Waiter>, nowMs: number): void {
    const { at, account } = ticket;
    if (at.stage !== 'dialling') return;
    const moment = this.#permits.moment(nowMs);
    this.#endpoint.succeeded(moment, finishedDial(at, this.#endpoint, nowMs));
    account.belief.succeeded(moment, finishedDial(at, account.belief, nowMs));
    this.leave(ticket, nowMs);
  }

  /**
   * The dial failed. A wait that the service asked for becomes the floor of the endpoint or of the account, unless the present floor is
   * later. A ticket that was not dialling is removed and gives no evidence.
   *
   * @param hintedDelayMs how long the session itself will wait because of it, so that the gate adds no second wait; without it the gate
   *   draws a delay of its own
   */
  failed(
    ticket: GateTicket<Waiter>,
    failure: DecidableFailure,
    nowMs: number,
    random: () => number,
    hintedDelayMs?: number,
  ): void {
    const { at, account } = ticket;
    if (at.stage === 'dialling') {
      const evidence = dialEvidence(failure);
      const moment = this.#permits.moment(nowMs);
      this.#endpoint.failed(evidence.endpoint, moment, finishedDial(at, this.#endpoint, nowMs), random);
      if (evidence.account === 'throttled') account.belief.throttled(moment);
      this.#raiseFloor(account, failure, nowMs, random, hintedDelayMs);
    }
    this.leave(ticket, nowMs);
  }

  /** Raises the floor for a failure that was reported before the session's own wait was decided. */
  hinted(
    account: string,
    failure: DecidableFailure,
    nowMs: number,
    random: () => number,
    hintedDelayMs?: number,
  ): void {
    if (usableHintMs(failure.retryAfterMs) === undefined) return;
    this.#raiseFloor(this.#turns.account(account, nowMs), failure, nowMs, random, hintedDelayMs);
  }

  /**
   * Removes a ticket that waits, prepares or dials, because its attempt was cancelled (abort, close). Its place is free; that is no
   * evidence.
   */
  leave(ticket: GateTicket<Waiter>, nowMs: number): void {
    const { at, account } = ticket;
    if (at.stage === 'done') return;
    if (at.stage === 'waiting' || at.stage === 'ready') {
      (at.stage === 'waiting' ? account.waiting : account.ready).leave(at.place);
      this.#waiting -= 1;
    }
    this.#permits.end(ticket);
    account.tickets -= 1;
    this.#tickets -= 1;
    this.#turns.place(account, nowMs);
    this.#turns.forgetIfIdle(account, nowMs);
  }

  /**
   * A confirmed connection was lost, for any reason. Call it before the session's own delay begins: then the gate limits the dials that
   * follow many losses before the first of them fails.
   *
   * @returns whether no other connection was lost within `loneAfterMs` before it
   */
  connectionLost(failure: Pick<DecidableFailure, 'code' | 'origin'>, nowMs: number, account = ''): boolean {
    const isLone = nowMs - this.#lostAtMs > this.#numbers.loneAfterMs;
    this.#lostAtMs = nowMs;
    const evidence = lossEvidence(failure);
    if (evidence.endpoint === 'unreachable') this.#endpoint.lost(this.#permits.moment(nowMs));
    if (evidence.account !== 'throttled') return isLone;
    const limited = this.#turns.account(account, nowMs);
    limited.belief.throttled(this.#permits.moment(nowMs));
    this.#turns.place(limited, nowMs);
    return isLone;
  }

  get status(): GateStatus {
    return statusOf(this.#endpoint, this.#waiting);
  }

  /** The status for one ticket: also the state of its account, and the least time that it has to wait, as far as that is known. */
  statusOf({ account }: GateTicket<Waiter>, nowMs: number): GateStatus & { readonly leastMs: number } {
    const { belief, nextStep } = account;
    const nextAtMs = Math.max(this.#endpoint.nextAtMs(nextStep), belief.nextAtMs(nextStep));
    return { ...statusOf(this.#endpoint, this.#waiting, belief), leastMs: Math.max(nextAtMs - nowMs, 0) };
  }

  /** Whether the gate has no session, and no state that would delay the next one. */
  isIdle(nowMs: number): boolean {
    if (this.#waiting === 0) this.#endpoint.settle(nowMs);
    if (this.#registered > 0 || this.#tickets > 0 || this.#endpoint.level !== 'healthy') return false;
    for (const account of this.#turns.accounts()) if (!account.forgets(nowMs)) return false;
    return true;
  }

  get #alone(): boolean {
    return this.#registered === 1;
  }

  /** The account whose turn is now. */
  #nextAccount(nowMs: number): GateAccount<GateTicket<Waiter>> | undefined {
    if (this.#alone) {
      for (const account of this.#turns.accounts()) if (account.waits) return account;
      return undefined;
    }
    const { first } = this.#turns;
    if (first === undefined || !this.#endpoint.hasRoom) return undefined;
    return this.#endpoint.nextAtMs(first.nextStep) <= nowMs ? first : undefined;
  }

  #raiseFloor(
    account: GateAccount<GateTicket<Waiter>>,
    failure: DecidableFailure,
    nowMs: number,
    random: () => number,
    ownDelayMs: number | undefined,
  ): void {
    const { hintOf } = dialEvidence(failure);
    const hintMs = usableHintMs(failure.retryAfterMs);
    if (hintOf === undefined || hintMs === undefined || hintMs > this.#numbers.maxHintMs) return;
    const notBeforeMs = nowMs + (ownDelayMs ?? hintedDelayMs(hintMs, random()));
    const belief = hintOf === 'endpoint' ? this.#endpoint : account.belief;
    belief.raiseFloor(notBeforeMs);
    // Tickets that waited for the end of a floor are paced.
    if (belief.level === 'healthy') belief.throttled(this.#permits.moment(nowMs));
    this.#turns.place(account, nowMs);
  }
}
