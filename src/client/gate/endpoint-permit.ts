/**
 * One attempt's pass through the gate of an endpoint, and then its connection: reports each end once, whatever else is said.
 * Every open session has one, so it keeps nothing that is over.
 */
import type { GateTicket } from '../../core/gate/gate-ticket.js';
import type { DialPermit, EndpointLoss } from './dial-permit.js';

type Failure = Parameters<DialPermit['failed']>[0];
type Loss = Parameters<DialPermit['lost']>[0];
type Ticket = GateTicket<EndpointPermit>;

/** The gate behind the permits; events are reported to it in the order in which they happen. */
export interface PassIssuer {
  dialPrepared(ticket: Ticket): void;
  dialConfirmed(ticket: Ticket): void;
  dialFailed(ticket: Ticket, failure: Failure): void;
  dialLeft(ticket: Ticket): void;
  failureDecided(account: string, failure: Failure, hintedDelayMs: number | undefined): void;
  connectionLost(account: string, loss: Loss): EndpointLoss;
  connectionLeft(): void;
  whyWaiting(ticket: Ticket): ReturnType<DialPermit['whyWaiting']>;
}

export class EndpointPermit implements DialPermit {
  readonly #issuer: PassIssuer;
  readonly #account: string;
  /** The ticket of the attempt; then `connection`, and at last `over`. */
  #at: Ticket | 'connection' | 'over' = 'over';
  #admission: { readonly promise: Promise<void>; readonly wake: () => void } | undefined;

  constructor(issuer: PassIssuer, account: string) {
    this.#issuer = issuer;
    this.#account = account;
  }

  get admission(): Promise<void> | undefined {
    return this.#admission?.promise;
  }

  /** For the gate: this is its ticket, and `moved` says when it goes on. */
  waitsWith(ticket: Ticket): void {
    this.#at = ticket;
    if (ticket.at.stage !== 'waiting' && ticket.at.stage !== 'ready') return;
    let wake = (): void => undefined;
    const promise = new Promise<void>((resolve) => (wake = resolve));
    this.#admission = { promise, wake };
  }

  /** For the gate: the ticket goes on. */
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
