/**
 * The sessions of one account at one endpoint, as the connect gate sees them: those that wait, in their order, and what is believed
 * about the account. An account is an opaque name: the caller that joins the gate decides which sessions share one.
 */
import type { Timed } from '../memory/time-queue.js';
import { GateBelief } from './gate-belief.js';
import type { GateStep } from './gate-belief.js';
import { GateLine } from './gate-line.js';
import type { LinePlace } from './gate-line.js';
import type { GateNumbers } from './gate-numbers.js';

export class GateAccount<Ticket extends { readonly prepares: boolean }> implements Timed {
  readonly name: string;
  readonly belief: GateBelief;
  /** Have prepared their dials, and need permits. */
  readonly ready = new GateLine<Ticket>();
  readonly waiting = new GateLine<Ticket>();
  /** Tickets that are not done. */
  tickets = 0;
  /** Its place among the accounts that take turns; undefined while it has none. */
  turn: LinePlace<GateAccount<Ticket>> | undefined;
  dueAtMs = 0;
  queuePlace = -1;

  constructor(name: string, numbers: GateNumbers) {
    this.name = name;
    this.belief = new GateBelief(numbers);
  }

  get waits(): boolean {
    return this.ready.length + this.waiting.length > 0;
  }

  /** What its next turn is for. */
  get nextStep(): GateStep {
    return this.ready.length === 0 && this.waiting.first?.prepares === true ? 'call' : 'dial';
  }

  /** Whether nothing is remembered about it that the next session would have to wait for. */
  forgets(nowMs: number): boolean {
    if (this.tickets > 0) return false;
    this.belief.settle(nowMs);
    return this.belief.level === 'healthy' && this.belief.notBeforeMs <= nowMs;
  }
}
