/**
 * A snapshot of a fleet by its coordinator: which session has which place, and the state of each endpoint.
 * None of it is secret.
 */

/** One lease of a fleet. */
export interface FleetLease {
  /** The `appId` of the session. */
  readonly account: string;
  /** The id of the session in the fleet. */
  readonly sessionId: string;
  /** The process that has it. */
  readonly worker: string;
  /** When it ends unless it is renewed, milliseconds from now; Infinity where it does not end by itself. */
  readonly expiresInMs: number;
}

/** An endpoint as the fleet knows it. */
export interface FleetEndpoint {
  /** `wss://HOST/PATH`. */
  readonly endpoint: string;
  /** Whether the fleet takes it for down, and probes it. */
  readonly down: boolean;
  /** How long no session may dial because the service asked for it, milliseconds; 0 where it did not. */
  readonly waitMs: number;
  /** The session whose dial is the probe; undefined while there is none. */
  readonly probedBy: string | undefined;
  /** Processes that were seen lately. */
  readonly workers: number;
  /** Sessions that wait for a place because the limit of their plan is reached. */
  readonly waiting: number;
  /** Those that count now. */
  readonly leases: readonly FleetLease[];
}

/** A fleet at one moment. */
export interface FleetSnapshot {
  /** Whether the store answers. */
  readonly available: boolean;
  /** Every endpoint that this coordinator was asked about. */
  readonly endpoints: readonly FleetEndpoint[];
}
