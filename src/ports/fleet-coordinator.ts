/**
 * The limits that the sessions of many processes share at one endpoint: how many of them may be open, and how often they may dial. Called
 * after the connect gate of the process and before an attempt counts. An implementation answers at once; the session does the waiting.
 */
import type { FleetSnapshot } from './fleet-snapshot.js';

/** The calling session. Nothing in it is secret. */
export interface FleetMember {
  /** The ingress without query and credentials, equal in every process: `wss://HOST/PATH`. */
  readonly endpoint: string;
  /** The `appId`: sessions with the same one share the limit of a plan. */
  readonly account: string;
  /** Unique in the fleet, and the same for all dials of a session. */
  readonly sessionId: string;
}

/** A request of a session to a coordinator. */
export interface FleetRequest extends FleetMember {
  /** Aborted when the session ends or when the time limit of the answer is reached. */
  readonly signal: AbortSignal;
}

/**
 * A place among the sessions that may be open at the same time. A session keeps it from its first dial to its end, across all reconnects.
 */
export interface Lease {
  /**
   * Aborted when the place is lost: it was not renewed in time, the store lost it, or an operator freed it. The session continues; it
   * asks for a new lease, and does not dial again until it has one.
   */
  readonly lost: AbortSignal;
  /** Releases the place. Resolves when that is done, or can't be done; never rejects. Further calls do nothing. */
  release(): Promise<void> | void;
}

/** The answer that the session must wait. */
export interface FleetWait {
  /** When to ask again, milliseconds from now. */
  readonly waitMs: number;
  /** Why, in a clause for people: shown by `explain()`. */
  readonly reason: string;
}

/** A message of a session for all others. */
export type FleetNews =
  | {
      /** The endpoint answered: a session was confirmed, or refused for a reason that concerns only this session. */
      readonly kind: 'answered';
    }
  /** A dial got no answer of the service, or an answer that the service is not reachable. */
  | { readonly kind: 'unreachable' }
  /** A dial or a wait was given up, which is no evidence about the endpoint. */
  | { readonly kind: 'left' }
  /** The service asked all accounts, or this one, to wait. */
  | {
      readonly kind: 'hint';
      /** The sessions that have to wait: all, or those of this account. */
      readonly scope: 'endpoint' | 'account';
      /** The wait, milliseconds from now. */
      readonly delayMs: number;
    }
  /** The service drains: a close code 1001, 1012, 1013 or 4503. */
  | { readonly kind: 'drain' };

/**
 * Coordinates the sessions of many processes, as the option `coordinator`. `createMemoryCoordinator()` does so for one process,
 * `createRedisCoordinator()` of `avatarkit-session/redis` for a fleet.
 *
 * If a call throws, rejects or does not answer within the session's `timeoutMs`, the session waits a second and asks again, for as long
 * as an outage may last. A session with a connection is never ended by its coordinator.
 *
 * @example
 * ```ts
 * const coordinator: FleetCoordinator = createMemoryCoordinator({ maxSessions: 20, dialsPerSecond: 10 });
 * const session = newAvatarSession({ ...options, coordinator });
 * ```
 */
export interface FleetCoordinator {
  /**
   * A place for the session, or when to ask again. A session that has a place gets the same one again. Rejects with the reason of an
   * aborted signal.
   */
  acquire(request: FleetRequest): Promise<Lease | FleetWait>;
  /** Whether the session, which has a lease, may dial now: undefined, or when to ask again. Absent: it may always dial. */
  dial?(request: FleetRequest): Promise<FleetWait | undefined>;
  /** Receives a message of a session. Returns at once and never throws. Absent: messages are not shared. */
  publish?(member: FleetMember, news: FleetNews): void;
  /** The state of the fleet, for the inspector. Absent: the inspector shows only the leases of its own process. */
  inspect?(): Promise<FleetSnapshot>;
}
