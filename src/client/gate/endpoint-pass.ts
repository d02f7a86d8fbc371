/**
 * One attempt's pass through the gate of an endpoint, and then its connection: reports each end once, whatever else is said.
 * Every open session holds one, so it keeps nothing that is over.
 */
import type { GateTicket } from '../../core/policy/gate-ticket.js';
import type { GatePass } from './gate-pass.js';

type Failed = Parameters<GatePass['failed']>;
type Loss = Parameters<GatePass['lost']>[0];

/** The gate behind the passes; it is told things in the order in which they happen. */
export interface PassIssuer<Waiter> {
  dialConfirmed(ticket: GateTicket<Waiter>): void;
  dialFailed(ticket: GateTicket<Waiter>, ...failed: Failed): void;
  dialLeft(ticket: GateTicket<Waiter>): void;
  connectionLost(loss: Loss): number | undefined;
  connectionLeft(): void;
}

export class EndpointPass<Waiter> implements GatePass {
  readonly #issuer: PassIssuer<Waiter>;
  /** The ticket of the dial; then `connection`, and at last `over`. */
  #at: GateTicket<Waiter> | 'connection' | 'over';
  #admission: Promise<void> | undefined;

  constructor(issuer: PassIssuer<Waiter>, ticket: GateTicket<Waiter>, admission: Promise<void> | undefined) {
    this.#issuer = issuer;
    this.#at = ticket;
    this.#admission = admission;
  }

  get admission(): Promise<void> | undefined {
    return this.#admission;
  }

  confirmed(): void {
    if (typeof this.#at === 'string') return;
    const ticket = this.#at;
    this.#at = 'connection';
    this.#admission = undefined;
    this.#issuer.dialConfirmed(ticket);
  }

  failed(...failed: Failed): void {
    if (typeof this.#at === 'string') return;
    const ticket = this.#at;
    this.#at = 'over';
    this.#issuer.dialFailed(ticket, ...failed);
  }

  lost(loss: Loss): number | undefined {
    if (this.#at !== 'connection') return undefined;
    this.#at = 'over';
    return this.#issuer.connectionLost(loss);
  }

  left(): void {
    const at = this.#at;
    this.#at = 'over';
    if (at === 'connection') this.#issuer.connectionLeft();
    else if (at !== 'over') this.#issuer.dialLeft(at);
  }
}
