/**
 * A snapshot of a fleet by its coordinator: the leases with their sessions, and the state of each endpoint.
 * Nothing in it is secret.
 */

/** One lease of a fleet. */
export interface FleetLease {
  /** The `appId` of the session. */
  readonly account: string;
  /** The id of the session in the fleet. */
  readonly sessionId: string;
  /** The process that has it. */
  readonly worker: string;
  /** When it ends unless it is renewed, milliseconds from now; Infinity if it does not expire. */
  readonly expiresInMs: number;
}

/** The state of an endpoint in the fleet. */
export interface FleetEndpoint {
  /** `wss://HOST/PATH`. */
  readonly endpoint: string;
  /** Whether the endpoint counts as down, and is probed. */
  readonly down: boolean;
  /** For how long no session may dial because the service asked for it, milliseconds; 0 without such a wait. */
  readonly waitMs: number;
  /** The session whose dial is the probe; undefined while there is none. */
  readonly probedBy: string | undefined;
  /** The number of processes that were seen recently. */
  readonly workers: number;
  /** The number of sessions that wait for a place because the limit of their plan is reached. */
  readonly waiting: number;
  /** The current leases. */
  readonly leases: readonly FleetLease[];
}

/** A fleet at one moment. */
export interface FleetSnapshot {
  /** Whether the store answers. */
  readonly available: boolean;
  /** Every endpoint that this coordinator has been called for. */
  readonly endpoints: readonly FleetEndpoint[];
}
