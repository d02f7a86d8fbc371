/**
 * The waits of a dial at the connect gates, and the reports to the gates about the dial. A wait ends when the dial may continue, when the
 * session ends, or when the outage reaches its time limit; it counts as no attempt. Must not know how a gate decides.
 */
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import type { Decision } from '../../core/policy/decide.js';
import { toDecidableFailure } from '../../core/policy/decidable-failure.js';
import type { DecidableFailure } from '../../core/policy/decidable-failure.js';
import type { Clock } from '../../ports/clock.js';
import type { DialPermit } from '../../ports/connect-gate.js';
import type { EndSignal } from '../../ports/end-signal.js';
import type { WaitMessage } from '../events/channels.js';
import type { Told } from '../events/telemetry.js';
import { untilAborted, withDeadline } from '../waiting/deadline.js';
import type { SessionGates } from './shared-gate.js';

export interface GateWait {
  readonly clock: Clock;
  /** Aborted when the session ends. */
  readonly signal: EndSignal;
  /** The longest wait, milliseconds; Infinity for no limit. */
  readonly leftMs: number;
  /** Called before the wait. `leastMs` is the least time that is known; 0 if it depends on the end of another dial. */
  onGateWait(why: string, leastMs: number): void;
  /** Called at the beginning and at the end of the wait. */
  publish(course: WaitCourse): void;
}

/** The published facts of a wait. */
export type WaitCourse = Told<WaitMessage>;

/** Publishes the beginning and the end of a wait. */
export class PublishedWait {
  readonly #wait: GateWait;
  readonly #reason: string;
  readonly #leastMs: number;
  readonly #sinceMs: number;

  constructor(wait: GateWait, reason: string, leastMs: number) {
    this.#wait = wait;
    this.#reason = reason;
    this.#leastMs = leastMs;
    this.#sinceMs = wait.clock.nowMs();
    this.#publish('began', 0, false);
  }

  ended(admitted: boolean): void {
    this.#publish('ended', this.#wait.clock.nowMs() - this.#sinceMs, admitted);
  }

  #publish(stage: WaitCourse['stage'], waitedMs: number, admitted: boolean): void {
    this.#wait.publish({ stage, reason: this.#reason, leastMs: this.#leastMs, waitedMs, admitted });
  }
}

/** Undefined if no wait is needed. Rejects with DeadlinePassed or the signal's reason, after it has called `left` of the permit. */
export function waitForAdmission(permit: DialPermit, wait: GateWait): Promise<void> | undefined {
  const { admission } = permit;
  return admission === undefined ? undefined : admitted(permit, admission, wait);
}

async function admitted(permit: DialPermit, admission: Promise<void>, wait: GateWait): Promise<void> {
  const { clock, signal, leftMs } = wait;
  let published: PublishedWait | undefined;
  try {
    const { why, leastMs } = permit.whyWaiting();
    wait.onGateWait(why, leastMs);
    published = new PublishedWait(wait, why, leastMs);
    // One millisecond more than the limit, so that the wait ends beyond the limit and not at it.
    await (leftMs === Infinity
      ? untilAborted(admission, signal)
      : withDeadline(clock, leftMs + 1, signal, () => admission));
    published.ended(true);
  } catch (error) {
    published?.ended(false);
    permit.left();
    throw error;
  }
}

/** Waits for an admission, if a wait is needed; rejects with an AvatarSDKError. */
export type WaitAtGate = (permit: DialPermit, isReported: boolean) => Promise<void> | undefined;

/** The session's turn among the dials of all processes. */
export interface FleetTurn {
  admitted(): Promise<void>;
  confirmed(): void;
  failed(failure: DecidableFailure): void;
  left(): void;
}

/**
 * The way of one dial through the gates: its turn at the ingress, its turn in the fleet if there is one, the permit for a token request
 * at the console, the permit for the dial itself. While a function of the application runs, the dial has no permit. The answer of each
 * endpoint is reported to that endpoint's gate only.
 */
export class DialPermits {
  readonly #wait: WaitAtGate;
  readonly #gates: SessionGates;
  readonly #stepLimitMs: number;
  readonly #ingress: DialPermit;
  readonly #fleet: FleetTurn | undefined;
  #request: DialPermit | undefined;
  /** The permit to whose gate a failure was reported, and the failure. */
  #failed: { readonly permit: DialPermit; readonly failure: DecidableFailure } | undefined;
  #isReported = false;

  /**
   * @param stepLimitMs how long each step of the dial may take, milliseconds
   * @param fleet undefined if the session has no coordinator
   */
  constructor(gates: SessionGates, wait: WaitAtGate, stepLimitMs: number, fleet?: FleetTurn) {
    this.#fleet = fleet;
    this.#gates = gates;
    this.#wait = wait;
    this.#stepLimitMs = stepLimitMs;
    this.#ingress = gates.ingress.enter(gates.dialEntry(stepLimitMs));
  }

  /** The permit of the connection that the dial becomes. */
  get connection(): DialPermit {
    return this.#ingress;
  }

  /**
   * Resolves when the dial may begin with its token. If it `requests` one from the console, it then has a permit for that. Undefined if it may
   * begin at once.
   */
  turn(requests: () => boolean): Promise<void> | undefined {
    const turn = this.#wait(this.#ingress, true);
    this.#isReported = turn !== undefined;
    return turn === undefined && this.#fleet === undefined
      ? this.#requestTurn(requests)
      : this.#laterTurn(turn, requests);
  }

  async #laterTurn(turn: Promise<void> | undefined, requests: () => boolean): Promise<void> {
    await turn;
    await this.#fleet?.admitted();
    await this.#requestTurn(requests);
  }

  #requestTurn(requests: () => boolean): Promise<void> | undefined {
    const { console } = this.#gates;
    if (console === undefined || !requests()) return undefined;
    this.#request = console.enter(this.#gates.requestEntry(this.#stepLimitMs));
    return this.#wait(this.#request, true);
  }

  /** The token has been received. */
  requested(): void {
    this.#request?.confirmed();
    this.#request?.left();
    this.#request = undefined;
  }

  /** All steps before the upgrade are done. Resolves with the permit to dial; undefined if the permit is there at once. */
  permit(): Promise<void> | undefined {
    this.#ingress.prepared();
    return this.#wait(this.#ingress, !this.#isReported);
  }

  confirmed(): void {
    this.#ingress.confirmed();
    this.#fleet?.confirmed();
  }

  /** The dial failed at the endpoint that it has a permit for; without a permit nothing is reported. */
  failed(error: AvatarSDKError): void {
    const permit = this.#request ?? this.#ingress;
    const failure = toDecidableFailure(error);
    this.#failed = { permit, failure };
    permit.failed(failure);
    if (permit === this.#ingress) this.#fleet?.failed(failure);
    this.left();
  }

  /** The decision about the reported failure. */
  decided(decision: Decision): void {
    const hinted = decision.action === 'retry' && decision.source === 'hint';
    if (this.#failed !== undefined)
      this.#failed.permit.decided(this.#failed.failure, hinted ? decision.delayMs : undefined);
    this.#failed = undefined;
  }

  /** The dial is over without evidence. */
  left(): void {
    this.#request?.left();
    this.#request = undefined;
    this.#ingress.left();
    this.#fleet?.left();
  }
}
