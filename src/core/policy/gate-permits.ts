/**
 * Who has a permit to dial, and who counts as if it had one: calls and dials begin and end here, and the beliefs of the endpoint and of
 * the account count them. Whose turn it is has been decided elsewhere.
 */
import type { GateBelief } from './gate-belief.js';
import type { FinishedDial, GateMoment } from './gate-health.js';
import type { GateNumbers } from './gate-numbers.js';
import type { GateTicket, TicketStage } from './gate-ticket.js';
import type { GateTurns } from './gate-turns.js';

export class GatePermits<Waiter> {
  readonly #numbers: GateNumbers;
  readonly #endpoint: GateBelief;
  readonly #turns: GateTurns<GateTicket<Waiter>>;
  #nextSerial = 0;
  /** Tickets that prepare for longer than they should. */
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
    // Where nothing is known against it, calls are not counted: no ticket waits for their end.
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

  /** Whether a ticket that has prepared may dial now, before those that wait. */
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

  /** The ticket prepares for too long, or has had its permit for too long: it counts no more. */
  expired(ticket: GateTicket<Waiter>): void {
    const { at } = ticket;
    if (at.stage !== 'called' && at.stage !== 'dialling') return;
    this.end(ticket);
    if (at.stage === 'called') this.#late += 1;
    ticket.at = at.stage === 'called' ? LATE_CALL : { ...at, counts: false };
  }

  /** Whatever the ticket has here, it gives back. */
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
const DONE = { stage: 'done' } as const;

/** A dial that ends now, as one belief counts it. */
export function finishedDial(
  { serial, startedAtMs }: Extract<TicketStage<never>, { stage: 'dialling' }>,
  { busy }: GateBelief,
  nowMs: number,
): FinishedDial {
  return { serial, tookMs: nowMs - startedAtMs, inFlight: busy };
}
