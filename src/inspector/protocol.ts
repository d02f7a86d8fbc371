/**
 * The messages from the server of the inspector to its page, as JSON in Server-Sent Events, and the one request of the page. Both sides
 * import this file for its types; its only code is constants, so that the page can be built without Node.
 *
 * A stream begins with a `hello`. All parts of later messages are optional; there are at most ten messages per second.
 */
import type { SessionState } from '../core/session/session-life.js';

/** The least time between two messages, milliseconds. */
export const MESSAGE_EVERY_MS = 100;
/** The duration of one keyframe, and of one audio level, milliseconds. */
export const KEYFRAME_MS = 40;
/** The lists of a keyframe in the order in which they are sent, and the number of values of each; missing ones are zeros. */
export const SENT_LISTS = [
  ['translation', 3],
  ['rotation', 3],
  ['neckPose', 3],
  ['jawPose', 3],
  ['eyePose', 6],
  ['eyeLid', 2],
  ['expression', 12],
] as const;

/** One session in the list. Times are milliseconds of the Unix epoch, by the clock of the process. */
export interface SessionRow {
  readonly id: string;
  readonly state: SessionState;
  /** The reason for this state, in words. */
  readonly reason: string;
  /** When this state began. */
  readonly sinceMs: number;
  readonly firstMs: number;
  /** When it ended; null while it is open. */
  readonly endedMs: number | null;
  /** Whether a failure has ended it. */
  readonly failed: boolean;
  readonly endpoint: string;
  readonly avatarId: string;
  readonly connectionId: string;
  /** When the current outage began; null without one. */
  readonly outageSinceMs: number | null;
  readonly outageCode: string;
  /** The number of the running or next attempt; 0 while there is a connection. */
  readonly attempt: number;
  readonly maxAttempts: number | null;
  readonly maxElapsedMs: number | null;
  /** When the next attempt is due; null if none waits. */
  readonly nextAtMs: number | null;
  readonly nextWhy: string;
  /** The reason for a wait at a gate or in a fleet; empty without one. */
  readonly gate: string;
  /** The id of the session in its fleet; empty without a coordinator. */
  readonly fleetId: string;
  readonly hasLease: boolean;
  /** Unfinished utterances. */
  readonly speaking: number;
  readonly paused: boolean;
  readonly keptBytes: number;
  readonly maxKeptBytes: number;
  /** Outages that have ended with a new connection. */
  readonly outages: number;
  readonly outageMs: number;
  /** Utterances that were completed, and those that were not. */
  readonly delivered: number;
  readonly lost: number;
  readonly errors: number;
  readonly lastCode: string;
  /** Keyframes of all utterances so far. */
  readonly keyframes: number;
}

/** An event of a session, for its timeline and its log. */
export interface SessionEventView {
  readonly seq: number;
  readonly atMs: number;
  readonly kind: 'state' | 'failure' | 'retry' | 'giveUp' | 'lease' | 'recovered' | 'note';
  /** For `state` the new state; for `failure` the code. */
  readonly name: string;
  readonly text: string;
  /** What an operator should do about a failure. */
  readonly remedy?: string;
  /** The duration: the delay of a retry, the outage of a recovery. */
  readonly durationMs?: number;
}

/** One utterance of a session. */
export interface UtteranceView {
  readonly reqId: string;
  readonly label: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly writtenMs: number;
  readonly keyframes: number;
  readonly positionMs: number;
  readonly replays: number;
  readonly stage: string;
  readonly outcome: string;
  /** The longest time without a new keyframe while some were expected, milliseconds. */
  readonly gapMs: number;
}

/** A part of the speech of the watched session. */
export interface SpeechPart {
  readonly reqId: string;
  /** When it happened, milliseconds of the Unix epoch. */
  readonly atMs: number;
  /** The number of the first of the keyframes, or of the first of the levels. */
  readonly from: number;
  /** Each keyframe as one list of numbers: see SENT_LISTS. */
  readonly keyframes?: readonly (readonly number[])[];
  /** The peak of each 40 ms, 0 to 1. */
  readonly levels?: readonly number[];
  /** Whether the first of the keyframes is the first one after a recovery. */
  readonly resumed?: boolean;
  readonly end?: boolean;
}

/** The watched session. */
export interface SessionDetail {
  readonly id: string;
  /** Present if the page must drop its earlier details. */
  readonly anew?: true;
  /** The new events. */
  readonly events?: readonly SessionEventView[];
  /** All kept utterances, the newest last. */
  readonly utterances?: readonly UtteranceView[];
  readonly speech?: readonly SpeechPart[];
}

/** The number of sessions, sampled once a second. */
export interface CountSample {
  readonly atMs: number;
  readonly connected: number;
  readonly dialling: number;
  readonly waiting: number;
}

/** One lease of a fleet. */
export interface FleetLeaseView {
  readonly fleetId: string;
  readonly account: string;
  /** The process that has it; empty if the coordinator does not say. */
  readonly worker: string;
  /** The session of this process that has it; empty for a session of another process. */
  readonly session: string;
  /** When it ends unless it is renewed; null if that is unknown, or if it does not expire. */
  readonly endsAtMs: number | null;
}

/** The state of an endpoint according to a coordinator. */
export interface FleetEndpointView {
  readonly endpoint: string;
  readonly down: boolean;
  /** Until when the service asked all sessions to wait; null if it did not. */
  readonly waitUntilMs: number | null;
  /** The fleet id of the session whose dial is the probe; empty without one. */
  readonly probedBy: string;
  /** The numbers of processes, and of sessions that wait for a place; null if the coordinator does not say. */
  readonly workers: number | null;
  readonly waiting: number | null;
  /** The number of leases. */
  readonly held: number;
  /** Leases of this process first, at most 500. */
  readonly leases: readonly FleetLeaseView[];
}

/** The answer of one coordinator about its fleet. */
export interface FleetView {
  /**
   * `unlisted`: the coordinator can't list its leases, so only those of this process are shown. `silent`: the same, because it does not
   * answer.
   */
  readonly source: 'fleet' | 'unlisted' | 'silent';
  readonly endpoints: readonly FleetEndpointView[];
}

export interface Hello {
  /** The id of the stream, for the request `watch`. */
  readonly stream: string;
  readonly version: string;
  readonly pid: number;
  readonly title: string;
  /** The clock of the process. */
  readonly nowMs: number;
  readonly samples: readonly CountSample[];
}

export interface Message {
  readonly hello?: Hello;
  readonly nowMs: number;
  /** For each changed session its id, and the changed members; all members if the page does not have it. */
  readonly rows?: readonly (Pick<SessionRow, 'id'> & Partial<SessionRow>)[];
  /** Sessions that are no longer kept. */
  readonly gone?: readonly string[];
  readonly sample?: CountSample;
  /** Audio kept for re-sends by all sessions of the process, bytes. */
  readonly processKeptBytes?: number;
  /** One view for each coordinator of the open sessions. */
  readonly fleets?: readonly FleetView[];
  readonly detail?: SessionDetail;
}

/** The body of `POST watch`. */
export interface WatchRequest {
  readonly stream: string;
  /** Null: no session. */
  readonly session: string | null;
}
