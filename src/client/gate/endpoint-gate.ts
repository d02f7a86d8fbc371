/**
 * The connect gate of one endpoint with a clock: the core decides who may dial and when to look again, this waits. One timer
 * for however many wait. Also keeps what else the sessions of an endpoint share: how many there are, a drain, the budget
 * for re-sends.
 */
import { ConnectGate } from '../../core/policy/connect-gate.js';
import { drainNoticed, isDrainNotice } from '../../core/policy/gate-drain-window.js';
import type { Drain } from '../../core/policy/gate-drain-window.js';
import type { GateStanding } from '../../core/policy/gate-standing.js';
import type { GateTicket } from '../../core/policy/gate-ticket.js';
import {
  askBudget,
  budgetEarned,
  DEFAULT_BUDGET_NUMBERS,
  fullBudget,
} from '../../core/policy/retry-budget.js';
import type { RetryBudget } from '../../core/policy/retry-budget.js';
import type { Clock, Timer } from '../../ports/clock.js';
import type { Random } from '../../ports/random.js';
import { EndpointPass } from './endpoint-pass.js';
import type { PassIssuer } from './endpoint-pass.js';
import type { DialGate, GatePass } from './gate-pass.js';

/** Wakes the one who waits. */
type Waiter = () => void;

export class EndpointGate implements DialGate, PassIssuer<Waiter> {
  readonly #clock: Clock;
  readonly #gate = new ConnectGate<Waiter>();
  #random: Random = { next: () => 0.5 };
  #timer: Timer | undefined;
  /** With a confirmed connection. */
  #connected = 0;
  #drain: Drain | undefined;
  #budget: RetryBudget;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#budget = fullBudget(DEFAULT_BUDGET_NUMBERS, clock.nowMs());
  }

  get standing(): GateStanding {
    return this.#gate.standing;
  }

  get nextAtMs(): number | undefined {
    return this.#gate.wakeAtMs;
  }

  /** Whether a new gate would do as well: nobody is here, and nothing is remembered that matters to the next one. */
  get forgotten(): boolean {
    return this.#gate.forgets(this.#clock.nowMs());
  }

  enrol(): void {
    this.#gate.enrol();
  }

  resign(): void {
    this.#gate.resign();
    // Whoever is the last one now has nobody to wait for.
    this.#admit();
  }

  enter(random: Random): GatePass {
    this.#random = random;
    let wake: Waiter = () => undefined;
    const ticket = this.#gate.join(() => wake(), this.#clock.nowMs());
    this.#admit();
    const admission =
      ticket.at.stage === 'dialling' ? undefined : new Promise<void>((resolve) => void (wake = resolve));
    return new EndpointPass(this, ticket, admission);
  }

  answered(): void {
    this.#budget = budgetEarned(this.#budget, DEFAULT_BUDGET_NUMBERS, this.#clock.nowMs());
  }

  resendInMs(): number {
    const nowMs = this.#clock.nowMs();
    const { budget, granted, nextAtMs } = askBudget(this.#budget, DEFAULT_BUDGET_NUMBERS, nowMs);
    this.#budget = budget;
    return granted ? 0 : nextAtMs - nowMs;
  }

  dialConfirmed(ticket: GateTicket<Waiter>): void {
    this.#connected += 1;
    this.#gate.succeeded(ticket, this.#clock.nowMs());
    this.#admit();
  }

  dialFailed(ticket: GateTicket<Waiter>, ...[failure, hintedDelayMs]: Parameters<GatePass['failed']>): void {
    this.#gate.failed(ticket, failure, this.#clock.nowMs(), this.#draw, hintedDelayMs);
    this.#admit();
  }

  dialLeft(ticket: GateTicket<Waiter>): void {
    this.#gate.leave(ticket);
    this.#admit();
  }

  connectionLost({ code, closeCode }: Parameters<GatePass['lost']>[0]): number | undefined {
    const nowMs = this.#clock.nowMs();
    const connected = this.#connected;
    this.#connected -= 1;
    this.#gate.connectionLost({ code }, nowMs);
    if (!isDrainNotice(closeCode)) return undefined;
    this.#drain = drainNoticed(this.#drain, connected, nowMs);
    return this.#drain.sessions;
  }

  connectionLeft(): void {
    this.#connected -= 1;
  }

  readonly #draw = (): number => this.#random.next();

  #admit(): void {
    for (const { waiter } of this.#gate.admit(this.#clock.nowMs(), this.#draw)) waiter();
    this.#timer?.cancel();
    const { wakeAtMs } = this.#gate;
    this.#timer =
      wakeAtMs === undefined
        ? undefined
        : this.#clock.schedule(wakeAtMs - this.#clock.nowMs(), () => this.#admit());
  }
}
