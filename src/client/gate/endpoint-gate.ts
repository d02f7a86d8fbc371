/**
 * The connect gate of one endpoint with a clock: the core decides which sessions may dial and when to check again; this class waits, with
 * one timer for all of them. It also keeps other state that the sessions of an endpoint share: their number, a drain, the budget for
 * re-sends.
 */
import { ConnectGate } from '../../core/gate/connect-gate.js';
import { FairBudget } from '../../core/gate/fair-budget.js';
import { whyGated } from '../../core/gate/gate-ticket.js';
import type { GateTicket } from '../../core/gate/gate-ticket.js';
import { drainNoticed, isDrainNotice } from '../../core/policy/delay.js';
import type { Drain } from '../../core/policy/delay.js';
import type { DecidableFailure } from '../../core/policy/decidable-failure.js';
import type { Clock, Timer } from '../../ports/clock.js';
import type { Random } from '../../ports/random.js';
import type { DialGate, EndpointLoss, GateEntry, DialPermit } from '../../ports/connect-gate.js';

type Ticket = GateTicket<EndpointPermit>;
type Failure = DecidableFailure;
type Loss = Pick<DecidableFailure, 'code' | 'origin' | 'closeCode'>;

export class EndpointGate implements DialGate, PermitIssuer {
  readonly #clock: Clock;
  readonly #shownName: string;
  readonly #gate = new ConnectGate<EndpointPermit>();
  readonly #budget: FairBudget;
  #random: Random = { next: () => 0.5 };
  #timer: Timer | undefined;
  /** Sessions with a confirmed connection. */
  #connected = 0;
  #drain: Drain | undefined;

  /** @param shownName for people: kind and address of the endpoint, without secrets */
  constructor(clock: Clock, shownName: string) {
    this.#clock = clock;
    this.#shownName = shownName;
    this.#budget = new FairBudget(clock.nowMs());
  }

  /** Whether a new gate would behave the same: it has no session, and no state that matters to the next one. */
  get isIdle(): boolean {
    return this.#gate.isIdle(this.#clock.nowMs());
  }

  register(): void {
    this.#gate.register();
  }

  unregister(): void {
    this.#gate.unregister();
    // A session that is now the only one need not wait any longer.
    this.#admit();
  }

  enter({ random, account, prepares, leaseMs }: GateEntry): DialPermit {
    this.#random = random;
    const permit = new EndpointPermit(this, account);
    const ticket = this.#gate.join(permit, this.#clock.nowMs(), account, { prepares, leaseMs });
    this.#admit();
    permit.waitsWith(ticket);
    return permit;
  }

  answered(): void {
    this.#budget.answered(this.#clock.nowMs());
  }

  resendInMs(account: string): number {
    return this.#budget.ask(account, this.#clock.nowMs());
  }

  dialPrepared(ticket: Ticket): void {
    this.#gate.ready(ticket, this.#clock.nowMs(), this.#draw);
    this.#admit();
  }

  dialConfirmed(ticket: Ticket): void {
    this.#connected += 1;
    this.#gate.succeeded(ticket, this.#clock.nowMs());
    this.#admit();
  }

  dialFailed(ticket: Ticket, failure: Failure): void {
    // The wait is at least the hint; the session's own delay is reported when it has been decided.
    this.#gate.failed(ticket, failure, this.#clock.nowMs(), this.#draw, failure.retryAfterMs);
    this.#admit();
  }

  failureDecided(account: string, failure: Failure, hintedDelayMs: number | undefined): void {
    this.#gate.hinted(account, failure, this.#clock.nowMs(), this.#draw, hintedDelayMs);
    this.#admit();
  }

  dialLeft(ticket: Ticket): void {
    this.#gate.leave(ticket, this.#clock.nowMs());
    this.#admit();
  }

  connectionLost(account: string, loss: Loss): EndpointLoss {
    const nowMs = this.#clock.nowMs();
    const connected = this.#connected;
    this.#connected -= 1;
    const isLone = this.#gate.connectionLost(loss, nowMs, account);
    if (!isDrainNotice(loss.closeCode)) return { isLone };
    this.#drain = drainNoticed(this.#drain, connected, nowMs);
    return { drainedSessions: this.#drain.sessions };
  }

  connectionLeft(): void {
    this.#connected -= 1;
  }

  whyWaiting(ticket: Ticket): ReturnType<DialPermit['whyWaiting']> {
    const nowMs = this.#clock.nowMs();
    const { leastMs, ...standing } = this.#gate.statusOf(ticket, nowMs);
    return { why: whyGated(standing, nowMs, this.#shownName), leastMs: Math.ceil(leastMs) };
  }

  readonly #draw = (): number => this.#random.next();

  #admit(): void {
    for (const { waiter } of this.#gate.admit(this.#clock.nowMs(), this.#draw)) waiter.moved();
    this.#timer?.cancel();
    const { wakeAtMs } = this.#gate;
    this.#timer =
      wakeAtMs === undefined
        ? undefined
        : this.#clock.schedule(wakeAtMs - this.#clock.nowMs(), () => this.#admit());
  }
}

/** The gate behind the permits; events are reported to it in their order. */
export interface PermitIssuer {
  dialPrepared(ticket: Ticket): void;
  dialConfirmed(ticket: Ticket): void;
  dialFailed(ticket: Ticket, failure: Failure): void;
  dialLeft(ticket: Ticket): void;
  failureDecided(account: string, failure: Failure, hintedDelayMs: number | undefined): void;
  connectionLost(account: string, loss: Loss): EndpointLoss;
  connectionLeft(): void;
  whyWaiting(ticket: Ticket): ReturnType<DialPermit['whyWaiting']>;
}

/**
 * The permit of one dial, and then of its connection. It reports its end only once, whatever is called afterwards. Every open session has
 * one, so it drops references that are no longer needed.
 */
export class EndpointPermit implements DialPermit {
  readonly #issuer: PermitIssuer;
  readonly #account: string;
  /** The ticket of the attempt; then `connection`, and finally `over`. */
  #at: Ticket | 'connection' | 'over' = 'over';
  #admission: { readonly promise: Promise<void>; readonly wake: () => void } | undefined;

  constructor(issuer: PermitIssuer, account: string) {
    this.#issuer = issuer;
    this.#account = account;
  }

  get admission(): Promise<void> | undefined {
    return this.#admission?.promise;
  }

  /** Called by the gate with the ticket of this dial; `moved` follows when the ticket may continue. */
  waitsWith(ticket: Ticket): void {
    this.#at = ticket;
    if (ticket.at.stage !== 'waiting' && ticket.at.stage !== 'ready') return;
    let wake = (): void => undefined;
    const promise = new Promise<void>((resolve) => (wake = resolve));
    this.#admission = { promise, wake };
  }

  /** Called by the gate: the ticket may continue. */
  moved(): void {
    const admission = this.#admission;
    this.#admission = undefined;
    admission?.wake();
  }

  prepared(): void {
    if (typeof this.#at === 'string') return;
    this.#issuer.dialPrepared(this.#at);
    this.waitsWith(this.#at);
  }

  confirmed(): void {
    if (typeof this.#at === 'string') return;
    const ticket = this.#at;
    this.#at = 'connection';
    this.#issuer.dialConfirmed(ticket);
  }

  failed(failure: Failure): void {
    if (typeof this.#at === 'string') return;
    const ticket = this.#at;
    this.#at = 'over';
    this.#issuer.dialFailed(ticket, failure);
  }

  decided(failure: Failure, hintedDelayMs: number | undefined): void {
    this.#issuer.failureDecided(this.#account, failure, hintedDelayMs);
  }

  lost(loss: Loss): EndpointLoss | undefined {
    if (this.#at !== 'connection') return undefined;
    this.#at = 'over';
    return this.#issuer.connectionLost(this.#account, loss);
  }

  left(): void {
    const at = this.#at;
    this.#at = 'over';
    this.#admission = undefined;
    if (at === 'connection') this.#issuer.connectionLeft();
    else if (at !== 'over') this.#issuer.dialLeft(at);
  }

  whyWaiting(): ReturnType<DialPermit['whyWaiting']> {
    if (typeof this.#at === 'string') return { why: 'nothing is waited for', leastMs: 0 };
    return this.#issuer.whyWaiting(this.#at);
  }
}
