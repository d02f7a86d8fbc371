/**
 * One attempt's way through the connect gate. The gate alone moves it on; everybody else carries it around and hands
 * it back. It holds no time-out and no promise: those are the shell's.
 */
import type { LinePlace } from './gate-line.js';

/** Where an attempt is: in the line, dialling, or done (dialled, or gone). */
export type TicketStage<Waiter> =
  | { readonly stage: 'waiting'; readonly place: LinePlace<GateTicket<Waiter>> }
  | { readonly stage: 'dialling'; readonly serial: number; readonly startedAtMs: number }
  | { readonly stage: 'done' };

export class GateTicket<Waiter> {
  /** Whatever the shell needs to wake the one who waits. */
  readonly waiter: Waiter;
  at: TicketStage<Waiter> = { stage: 'done' };

  constructor(waiter: Waiter) {
    this.waiter = waiter;
  }
}
