/**
 * One attempt's way through the connect gate, and its status there in words. Only the gate moves a ticket on; other code keeps it
 * and hands it back. It has no timer and no promise: those belong to the shell.
 */
import type { Timed } from '../memory/time-queue.js';
import type { GateAccount, LinePlace } from './gate-turns.js';
import { durationText } from './delay.js';
import type { GateBelief } from './gate-belief.js';

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

interface Status {
  readonly level: 'healthy' | 'recovering' | 'down';
  /** Dials in flight at most; Infinity while healthy. */
  readonly limit: number;
  /** No dial starts before this time, as the service asked; absent when it did not. May have passed. */
  readonly notBeforeMs?: number;
}

export interface GateStatus extends Status {
  readonly waiting: number;
  readonly inFlight: number;
  /** What is believed about the account of the session that asks; absent without evidence. */
  readonly account?: Status;
}

export function statusOf(endpoint: GateBelief, waiting: number, account?: GateBelief): GateStatus {
  const ofAccount =
    account === undefined || account.level === 'healthy' ? {} : { account: standing(account) };
  return { ...standing(endpoint), waiting, inFlight: endpoint.dialling, ...ofAccount };
}

function standing({ level, limit, notBeforeMs }: GateBelief): Status {
  return { level, limit, ...(notBeforeMs === -Infinity ? {} : { notBeforeMs }) };
}

/** @param endpoint the name of the endpoint: `ingress` or `console` and its host, without anything secret */
export function whyGated(
  { level, waiting, limit, notBeforeMs, account }: GateStatus,
  nowMs: number,
  endpoint: string,
): string {
  const line = `${waiting} in line at the connect gate of the ${endpoint}`;
  if (account?.notBeforeMs !== undefined && account.notBeforeMs > nowMs) {
    return `${line}: the service asked this account for no dial in the next ${durationText(account.notBeforeMs - nowMs)}`;
  }
  if (notBeforeMs !== undefined && notBeforeMs > nowMs) {
    return `${line}: the service asked for no dial in the next ${durationText(notBeforeMs - nowMs)}`;
  }
  if (level === 'down') return `${line}: the endpoint does not answer, one probe at a time`;
  if (account !== undefined)
    return `${line}: this account is at its limit, at most ${account.limit} dials at once`;
  if (level === 'healthy') return `${line}: it is open`;
  return `${line}: the endpoint has just failed, at most ${limit} dials at once`;
}
