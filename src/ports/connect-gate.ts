/**
 * The connect gate: the line that every dial passes, so that the sessions of an endpoint do not all dial it when it has just failed. The
 * package has one for the sessions of a process; another implementation may share its state between machines. Must not know how a gate
 * decides.
 */
import type { Clock } from './clock.js';
import type { Random } from './random.js';

/** An address that sessions dial. The console and the ingress are two endpoints, even on the same host. */
export interface GateEndpoint {
  /** Equal for the same address and the same agent; without credentials. */
  readonly name: string;
  /** For messages: `ingress` or `console`, and the host. */
  readonly shownName: string;
}

/** The facts of a failed dial that a gate uses. */
export interface GateFailure {
  /** Like `AvatarSDKError.code`. */
  readonly code: string;
  /** Whether waiting can't remedy the failure, as with an invalid certificate. */
  readonly permanent: boolean;
  /** Like `AvatarSDKError.origin`; absent where it is not known. */
  readonly origin?: string;
  /** The wait that the service asked for, milliseconds. */
  readonly retryAfterMs?: number;
}

/** The loss of a confirmed connection. */
export interface GateLoss extends Pick<GateFailure, 'code' | 'origin'> {
  /** The close code of the WebSocket; absent where there was none. */
  readonly closeCode?: number;
}

/** Facts about the loss of a connection that the sessions of an endpoint share. */
export interface EndpointLoss {
  /** The number of sessions with the same drain notice, this one included; absent if it was none. */
  readonly drainedSessions?: number;
  /** Whether no other session lost a connection within the last second, and it was no drain notice. */
  readonly isLone?: boolean;
}

/** How a dial joins the line. */
export interface GateEntry {
  /** For random delays. */
  readonly random: Random;
  /** Equal for sessions with the same credentials. A keyed hash, from which they can't be derived. */
  readonly account: string;
  /** Whether the session prepares its dial when its turn has come, and asks for the permit with `prepared`. */
  readonly prepares: boolean;
  /** When a permit that was not returned expires, milliseconds after it was given. */
  readonly leaseMs: number;
}

/** One dial at the gate, and then its connection. Calls after its end have no effect. */
export interface DialPermit {
  /**
   * Resolves when the session may continue: with its dial, or first with its preparation. Undefined if it may continue now. Never
   * rejects; the session calls `left` when it ends the wait.
   */
  readonly admission: Promise<void> | undefined;
  /** The dial is prepared and needs its permit: from now on `admission` is the wait for the permit. */
  prepared(): void;
  /** The dial ended with a confirmed connection. */
  confirmed(): void;
  /** The dial failed. Without a permit that is no evidence about the endpoint, and the dial only leaves the line. */
  failed(failure: GateFailure): void;
  /**
   * The session has made its decision about a failure that was reported before.
   *
   * @param hintedDelayMs the wait that the service asked for, if the session observes it; otherwise undefined
   */
  decided(failure: GateFailure, hintedDelayMs: number | undefined): void;
  /** The confirmed connection was lost. Undefined if the gate has no facts about other sessions. */
  lost(failure: GateLoss): EndpointLoss | undefined;
  /** The dial was given up, or the connection ended as intended. */
  left(): void;
  /** Why it waits, and the least time that it will wait, milliseconds; 0 if that depends on the end of another dial. */
  whyWaiting(): { readonly why: string; readonly leastMs: number };
}

/** The gate of one endpoint. */
export interface DialGate {
  /** A session starts. */
  register(): void;
  /** A session that has started is over. */
  unregister(): void;
  /** A dial joins the line. */
  enter(entry: GateEntry): DialPermit;
  /** A request was completed, which adds to the budget for re-sends. */
  answered(): void;
  /** 0 if an utterance may be sent again now, which is counted; otherwise when to ask again, milliseconds. */
  resendInMs(account: string): number;
}

/**
 * A connect gate for the option `connectGate`: sessions with the same one share it, endpoint by endpoint. `createConnectGate()` makes
 * one; implement it to share its state in another way. All methods return at once. Errors and invalid results become a process warning,
 * and the dial continues as without a gate.
 *
 * @example
 * ```ts
 * const connectGate: ConnectGate = createConnectGate();
 * const sessions = allOptions.map((one) => newAvatarSession({ ...one, connectGate }));
 * ```
 */
export interface ConnectGate {
  /** The gate of an endpoint. It is looked up for every dial. Sessions with different clocks must not share one. */
  endpoint(clock: Clock, endpoint: GateEndpoint): DialGate;
}
