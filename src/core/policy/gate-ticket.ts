/**
 * One attempt's way through the connect gate. The gate alone moves it on; everybody else carries it around and hands
 * it back. It holds no time-out and no promise: those are the shell's.
 */
import type { Timed } from '../memory/time-queue.js';
import type { GateAccount } from './gate-account.js';
import type { LinePlace } from './gate-line.js';

/**
 * Where an attempt is:
 * - `waiting`: in the line of its account; `ready`: in the line of those that have prepared and need a permit
 * - `called`: its turn has come, and it prepares its dial without a permit. It counts against the limit while it is `young`,
 *   and is `late` once it has prepared for longer than that
 * - `dialling`: it has a permit, which counts until its lease is over
 * - `done`: dialled, or gone
 */
export type TicketStage<Waiter> =
  | { readonly stage: 'waiting' | 'ready'; readonly place: LinePlace<GateTicket<Waiter>> }
  | { readonly stage: 'called'; readonly as: 'free' | 'young' | 'late' }
  | {
      readonly stage: 'dialling';
      readonly serial: number;
      readonly startedAtMs: number;
      readonly counts: boolean;
    }
  | { readonly stage: 'done' };

export interface TicketTerms {
  /** Whether it prepares its dial once its turn has come, without a permit; `ready` then asks for that. Default false. */
  readonly prepares?: boolean;
  /** A permit that has not come back by then counts no more, milliseconds. Default Infinity. */
  readonly leaseMs?: number;
}

export class GateTicket<Waiter> implements Timed {
  /** Whatever the shell needs to wake the one who waits. */
  readonly waiter: Waiter;
  readonly account: GateAccount<GateTicket<Waiter>>;
  readonly prepares: boolean;
  readonly leaseMs: number;
  at: TicketStage<Waiter> = DONE;
  dueAtMs = 0;
  queuePlace = -1;

  constructor(
    waiter: Waiter,
    account: GateAccount<GateTicket<Waiter>>,
    { prepares = false, leaseMs = Infinity }: TicketTerms,
  ) {
    this.waiter = waiter;
    this.account = account;
    this.prepares = prepares;
    this.leaseMs = leaseMs;
  }
}

const DONE = { stage: 'done' } as const;
