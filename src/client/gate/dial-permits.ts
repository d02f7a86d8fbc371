/**
 * The waits of a dial at the connect gates, and what is reported back about the dial. A wait ends when the dial may continue, when the
 * session ends, or when the outage has lasted as long as it may; it counts as no attempt. Must not know how a gate decides.
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
  /** How long it may wait at most, milliseconds; Infinity for as long as it takes. */
  readonly leftMs: number;
  /** Called before the wait. `leastMs` is the least time that is known; 0 when that depends on the end of another dial. */
  onGateWait(why: string, leastMs: number): void;
  /** Called when it begins and when it is over. */
  publish(course: WaitCourse): void;
}

/** What is published of a wait. */
export type WaitCourse = Told<WaitMessage>;

/** Publishes that a wait has begun, and when it is over. */
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

/**
 * Undefined where nothing has to be waited for. Rejects with DeadlinePassed or the signal's reason; the permit has `left` then.
 */
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
    // One millisecond more than is left, so that the wait ends beyond the limit and not at it.
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

/** Waits for an admission, where there is something to wait for; rejects with an AvatarSDKError. */
export type WaitAtGate = (permit: DialPermit, isReported: boolean) => Promise<void> | undefined;

/** The session's turn among the dials of all processes. */
export interface FleetTurn {
  admitted(): Promise<void>;
  confirmed(): void;
  failed(failure: DecidableFailure): void;
  left(): void;
}

/**
 * One dial's way through the gates: its turn at the ingress, its turn in the fleet where there is one, the permit for a token request at
 * the console, the permit for the dial itself. While a function of the application runs the dial has no permit. The answer of each endpoint
 * is reported to that endpoint's gate only.
 */
export class DialPermits {
  readonly #wait: WaitAtGate;
  readonly #gates: SessionGates;
  readonly #stepLimitMs: number;
  readonly #ingress: DialPermit;
  readonly #fleet: FleetTurn | undefined;
  #request: DialPermit | undefined;
  /** The gate to which the failure was reported. */
  #failed: DialPermit | undefined;
  #isReported = false;

  /**
   * @param stepLimitMs how long each step of the dial may take, milliseconds
   * @param fleet undefined where the session shares nothing with other processes
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

  /** Resolves when the dial may begin with its token, for which it then has a permit if it `requests` one from the console. */
  async turn(requests: () => boolean): Promise<void> {
    const turn = this.#wait(this.#ingress, true);
    this.#isReported = turn !== undefined;
    await turn;
    await this.#fleet?.admitted();
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
    return this.#wait(this.#ingress, !this.#isReported);
  }

  confirmed(): void {
    this.#ingress.confirmed();
    this.#fleet?.confirmed();
  }

  /** The dial failed at the endpoint that it has a permit for; without one it is reported to no gate. */
  failed(error: AvatarSDKError): void {
    this.#failed = this.#request ?? this.#ingress;
    const failure = toDecidableFailure(error);
    this.#failed.failed(failure);
    if (this.#failed === this.#ingress) this.#fleet?.failed(failure);
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
    this.#fleet?.left();
  }
}
