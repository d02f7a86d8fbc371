/**
 * What the sessions of many processes share at one endpoint: how many of them may be open, and how often they may dial. Asked after
 * the connect gate of the process and before an attempt counts. An implementation answers at once; the waiting is the session's.
 */
import type { FleetSnapshot } from './fleet-snapshot.js';

/** The session that asks. None of it is secret. */
export interface FleetMember {
  /** The ingress without query and credentials, the same in every process: `wss://HOST/PATH`. */
  readonly endpoint: string;
  /** The `appId`: sessions with the same one share the limit of a plan. */
  readonly account: string;
  /** Unique in the fleet, and the same for all dials of a session. */
  readonly sessionId: string;
}

/** A request of a session to a coordinator. */
export interface FleetRequest extends FleetMember {
  /** Aborted when the session ends or the time for the answer is over. */
  readonly signal: AbortSignal;
}

/** A place among the sessions that may be open at the same time. A session keeps it from its first dial to its end, over all reconnects. */
export interface Lease {
  /**
   * Aborted when the place is lost: it was not renewed in time, the store forgot it, or an operator freed it. The session goes on; it asks
   * for a new lease, and dials no more until it has one.
   */
  readonly lost: AbortSignal;
  /** Gives the place back. Resolves when that is done, or when it can't be; never rejects. Further calls do nothing. */
  release(): Promise<void> | void;
}

/** Not now. */
export interface FleetWait {
  /** When to ask again, milliseconds from now. */
  readonly waitMs: number;
  /** Why, in a clause for people: shown by `explain()`. */
  readonly reason: string;
}

/** What a session learned, for all others. */
export type FleetNews =
  | {
      /** The endpoint answered: a session was confirmed, or refused for reasons of its own. */
      readonly kind: 'answered';
    }
  /** A dial got no answer of the service, or one that says that it is not there. */
  | { readonly kind: 'unreachable' }
  /** A dial or a wait was given up, and says nothing about the endpoint. */
  | { readonly kind: 'left' }
  /** The service asked for a wait, of all accounts or of this one. */
  | {
      readonly kind: 'hint';
      /** Who has to wait. */
      readonly scope: 'endpoint' | 'account';
      /** For how long, milliseconds from now. */
      readonly delayMs: number;
    }
  /** The service sends its sessions away: a close code 1001, 1012, 1013 or 4503. */
  | { readonly kind: 'drain' };

/**
 * Coordinates the sessions of many processes, as the option `coordinator`. `createMemoryCoordinator()` does so for one process,
 * `createRedisCoordinator()` of `avatarkit-session/redis` for a fleet.
 *
 * What happens when a call throws, rejects or does not answer within the session's `timeoutMs`: the session waits a second and asks again,
 * for as long as an outage may last. A session with a connection is never ended by its coordinator.
 *
 * @example
 * ```ts
 * const coordinator: FleetCoordinator = createMemoryCoordinator({ maxSessions: 20, dialsPerSecond: 10 });
 * const session = newAvatarSession({ ...options, coordinator });
 * ```
 */
export interface FleetCoordinator {
  /** A place for the session, or when to ask again. A session that has one gets the same again. Rejects with the reason of an aborted signal. */
  acquire(request: FleetRequest): Promise<Lease | FleetWait>;
  /** Whether the session, which has a lease, may dial now: undefined, or when to ask again. Absent: always. */
  dial?(request: FleetRequest): Promise<FleetWait | undefined>;
  /** Takes what a session learned. Returns at once and never throws. Absent: nothing is shared. */
  publish?(member: FleetMember, news: FleetNews): void;
  /** The fleet at this moment, for the inspector. Absent: that shows the leases of its own process only. */
  inspect?(): Promise<FleetSnapshot>;
}
