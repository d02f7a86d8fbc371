/**
 * One attempt's way through the connect gate, and its status there in words. It keeps which tickets have a permit to dial, and which
 * count against the limit without one: calls and dials begin and end here, and the beliefs of the endpoint and of the account count them.
 * Only the gate moves a ticket to another stage; other code keeps a ticket and passes it back. Whose turn it is, is decided in
 * gate-turns.ts. Timers and promises are the shell's.
 */
import type { Timed } from '../memory/collections.js';
import { durationText } from '../policy/delay.js';
import type { GateBelief } from './gate-belief.js';
import type { FinishedDial, GateMoment, GateNumbers } from './gate-health.js';
import type { GateAccount, LinePlace, GateTurns } from './gate-turns.js';

/**
 * The stage of an attempt:
 * - `waiting`: in the line of its account; `ready`: in the line of those that have prepared and need a permit
 * - `called`: its turn has come, and it prepares its dial without a permit. It counts against the limit while it is `young`, and is
 *   `late` once it has prepared for longer than that
 * - `dialling`: it has a permit, which counts until its lease is over
 * - `done`: dialled or cancelled
 */
type TicketStage<Waiter> =
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
  /** Whether it prepares its dial once its turn has come, without a permit, and asks for the permit by `ready`. Default false. */
  readonly prepares?: boolean;
  /** A permit counts for at most this long, milliseconds. Default Infinity. */
  readonly leaseMs?: number;
}

export class GateTicket<Waiter> implements Timed {
  /** Used by the shell to wake the waiting attempt. */
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
  /** The most dials in flight; Infinity while healthy. */
  readonly limit: number;
  /** No dial starts before this time, as the service asked; absent if it did not ask. May have passed. */
  readonly notBeforeMs?: number;
}

export interface GateStatus extends Status {
  readonly waiting: number;
  readonly inFlight: number;
  /** The state of the session's account; absent without evidence. */
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

export class GatePermits<Waiter> {
  readonly #numbers: GateNumbers;
  readonly #endpoint: GateBelief;
  readonly #turns: GateTurns<GateTicket<Waiter>>;
  #nextSerial = 0;
  /** Tickets whose preparation is late. */
  #late = 0;

  constructor(numbers: GateNumbers, endpoint: GateBelief, turns: GateTurns<GateTicket<Waiter>>) {
    this.#numbers = numbers;
    this.#endpoint = endpoint;
    this.#turns = turns;
  }

  moment(nowMs: number): GateMoment {
    return { nowMs, nextSerial: this.#nextSerial };
  }

  /** The ticket prepares its dial from now on. */
  call(ticket: GateTicket<Waiter>, nowMs: number): void {
    const { belief } = ticket.account;
    // While neither the endpoint nor the account has failures, calls are not counted: no ticket waits for their end.
    if (this.#endpoint.level === 'healthy' && belief.level === 'healthy') {
      ticket.at = FREE_CALL;
      return;
    }
    ticket.at = YOUNG_CALL;
    this.#endpoint.callBegins(nowMs);
    belief.callBegins(nowMs);
    const { prepareMs, prepareBesideLateMs } = this.#numbers;
    this.#turns.schedule(ticket, nowMs + (this.#late > 0 ? prepareBesideLateMs : prepareMs));
  }

  /** Whether a ticket that has prepared may dial now, before the tickets that wait. */
  admitsAtOnce({ at, account }: GateTicket<Waiter>, nowMs: number): boolean {
    if (at.stage !== 'called') return false;
    const { belief } = account;
    if (at.as === 'young') return this.#endpoint.admitsCalled(nowMs) && belief.admitsCalled(nowMs);
    return (
      this.#endpoint.level === 'healthy' && belief.level === 'healthy' && this.#endpoint.notBeforeMs <= nowMs
    );
  }

  /** The dial begins. */
  start(ticket: GateTicket<Waiter>, nowMs: number, random: () => number): void {
    this.end(ticket);
    ticket.at = { stage: 'dialling', serial: this.#nextSerial, startedAtMs: nowMs, counts: true };
    this.#nextSerial += 1;
    this.#endpoint.dialBegins(nowMs, random);
    ticket.account.belief.dialBegins(nowMs, random);
    this.#turns.schedule(ticket, nowMs + ticket.leaseMs);
  }

  /** The preparation has become late, or the lease of the permit is over: the ticket no longer counts against the limit. */
  expired(ticket: GateTicket<Waiter>): void {
    const { at } = ticket;
    if (at.stage !== 'called' && at.stage !== 'dialling') return;
    this.end(ticket);
    if (at.stage === 'called') this.#late += 1;
    ticket.at = at.stage === 'called' ? LATE_CALL : { ...at, counts: false };
  }

  /** Takes the ticket out of every count. */
  end(ticket: GateTicket<Waiter>): void {
    const { at, account } = ticket;
    ticket.at = DONE;
    if (at.stage === 'called' && at.as === 'late') this.#late -= 1;
    const calls = at.stage === 'called' && at.as === 'young';
    const dials = at.stage === 'dialling' && at.counts;
    if (!calls && !dials) return;
    this.#turns.unschedule(ticket);
    for (const belief of [this.#endpoint, account.belief]) {
      if (calls) belief.callEnds();
      else belief.dialEnds();
    }
  }
}

const FREE_CALL = { stage: 'called', as: 'free' } as const;
const YOUNG_CALL = { stage: 'called', as: 'young' } as const;
const LATE_CALL = { stage: 'called', as: 'late' } as const;

/** The facts about a dial that ends now, as one belief counts them. */
export function finishedDial(
  { serial, startedAtMs }: Extract<TicketStage<never>, { stage: 'dialling' }>,
  { busy }: GateBelief,
  nowMs: number,
): FinishedDial {
  return { serial, tookMs: nowMs - startedAtMs, inFlight: busy };
}
