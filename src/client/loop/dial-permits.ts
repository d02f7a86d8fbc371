/**
 * One dial's way through the connect gates of its two endpoints: its turn at the ingress, the permit for a token request at the
 * console, the permit for the dial itself. While a function of the application runs it has no permit. What each endpoint answered is
 * reported to that endpoint's gate, and nothing else is.
 */
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import type { Decision } from '../../core/policy/decide.js';
import { toDecidableFailure } from '../../core/policy/to-decidable-failure.js';
import type { DialPermit } from '../gate/dial-permit.js';
import type { SessionGates } from '../gate/session-gates.js';

/** How long a dial may take, milliseconds. */
export interface DialLimits {
  /** Each of its steps; at least the session's `timeoutMs`. */
  readonly stepLimitMs: number;
  /** When the time of the outage is over, by the session's clock: no step goes on beyond it. */
  readonly endsAtMs: number;
}

/** Waits for an admission, where there is something to wait for; rejects with an AvatarSDKError. */
export type WaitAtGate = (pass: DialPermit, announced: boolean) => Promise<void> | undefined;

export class DialPermits {
  readonly #wait: WaitAtGate;
  readonly #gates: SessionGates;
  readonly #stepLimitMs: number;
  readonly #ingress: DialPermit;
  #request: DialPermit | undefined;
  /** The gate to which the failure was reported. */
  #failed: DialPermit | undefined;
  #announced = false;

  /** @param stepLimitMs how long each step of the dial may take, milliseconds */
  constructor(gates: SessionGates, wait: WaitAtGate, stepLimitMs: number) {
    this.#gates = gates;
    this.#wait = wait;
    this.#stepLimitMs = stepLimitMs;
    this.#ingress = gates.ingress.enter(gates.dialEntry(stepLimitMs));
  }

  /** The permit of the connection that the dial becomes. */
  get connection(): DialPermit {
    return this.#ingress;
  }

  /** Resolves when the dial may begin with its token, for which it then has a permit if it `requests` one from the console. */
  async turn(requests: () => boolean): Promise<void> {
    const turn = this.#wait(this.#ingress, true);
    this.#announced = turn !== undefined;
    await turn;
    const { console } = this.#gates;
    if (console === undefined || !requests()) return;
    this.#request = console.enter(this.#gates.requestEntry(this.#stepLimitMs));
    await this.#wait(this.#request, true);
  }

  /** The token is there. */
  requested(): void {
    this.#request?.confirmed();
    this.#request?.left();
    this.#request = undefined;
  }

  /** All that comes before the upgrade is done: resolves with the permit to dial; undefined where that is there at once. */
  permit(): Promise<void> | undefined {
    this.#ingress.prepared();
    return this.#wait(this.#ingress, !this.#announced);
  }

  confirmed(): void {
    this.#ingress.confirmed();
  }

  /** The dial failed at the endpoint that it has a permit for; without one it is reported to no gate. */
  failed(error: AvatarSDKError): void {
    this.#failed = this.#request ?? this.#ingress;
    this.#failed.failed(toDecidableFailure(error));
    this.left();
  }

  /** What follows from the failure that was reported. */
  decided(error: AvatarSDKError, decision: Decision): void {
    const hinted = decision.action === 'retry' && decision.source === 'hint';
    this.#failed?.decided(toDecidableFailure(error), hinted ? decision.delayMs : undefined);
    this.#failed = undefined;
  }

  /** It is over, and was no evidence. */
  left(): void {
    this.#request?.left();
    this.#request = undefined;
    this.#ingress.left();
  }
}
