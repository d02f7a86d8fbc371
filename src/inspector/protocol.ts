/**
 * What the server of the inspector sends to its page, as JSON in Server-Sent Events, and the one request that the page sends. Both sides
 * import this file for its types; it has no code but constants, so that the page can be built without Node.
 *
 * A stream begins with a `hello`. Every message after it may have each of its parts or not; there are at most ten in a second.
 */
import type { SessionState } from '../core/session/session-life.js';

/** At most one message in so many milliseconds. */
export const MESSAGE_EVERY_MS = 100;
/** One keyframe, and one audio level, stands for so many milliseconds of audio. */
export const KEYFRAME_MS = 40;
/** The lists of a keyframe in the order in which they are sent, and how many numbers of each; missing ones are zeros. */
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
  /** Why it is in this state, in words. */
  readonly reason: string;
  /** Since when. */
  readonly sinceMs: number;
  readonly firstMs: number;
  /** When it ended; null while it is open. */
  readonly endedMs: number | null;
  /** Whether a failure has ended it. */
  readonly failed: boolean;
  readonly endpoint: string;
  readonly avatarId: string;
  readonly connectionId: string;
  /** The outage that goes on; null without one. */
  readonly outageSinceMs: number | null;
  readonly outageCode: string;
  /** The attempt that is made, or comes next; 0 while there is a connection. */
  readonly attempt: number;
  readonly maxAttempts: number | null;
  readonly maxElapsedMs: number | null;
  /** When the next attempt is due; null where none waits. */
  readonly nextAtMs: number | null;
  readonly nextWhy: string;
  /** Why it waits at a gate, or in a fleet; empty where it does not. */
  readonly gate: string;
  /** The id of the session in its fleet; empty where it has no coordinator. */
  readonly fleetId: string;
  readonly hasLease: boolean;
  /** Utterances in flight. */
  readonly speaking: number;
  readonly paused: boolean;
  readonly keptBytes: number;
  readonly maxKeptBytes: number;
  /** Outages that have ended with a new connection. */
  readonly outages: number;
  readonly outageMs: number;
  /** Utterances that came to their end, and those that did not. */
  readonly delivered: number;
  readonly lost: number;
  readonly errors: number;
  readonly lastCode: string;
  /** Keyframes so far, of all utterances. */
  readonly keyframes: number;
}

/** What happened to a session, for its timeline and its log. */
export interface SessionEventView {
  readonly seq: number;
  readonly atMs: number;
  readonly kind: 'state' | 'failure' | 'retry' | 'giveUp' | 'lease' | 'recovered' | 'note';
  /** Of `state`, the state that follows; of `failure`, the code. */
  readonly name: string;
  readonly text: string;
  /** What an operator should do about a failure. */
  readonly remedy?: string;
  /** How long it lasts: the delay of a retry, the outage of a recovery. */
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
  /** The longest time without a new keyframe while some were missing, milliseconds. */
  readonly gapMs: number;
}

/** A part of the speech of the session that the page watches. */
export interface SpeechPart {
  readonly reqId: string;
  /** When it happened, milliseconds of the Unix epoch. */
  readonly atMs: number;
  /** The number of the first of the keyframes, or of the first of the levels. */
  readonly from: number;
  /** Each as one list of numbers: see SENT_LISTS. */
  readonly keyframes?: readonly (readonly number[])[];
  /** The peak of each 40 ms, 0 to 1. */
  readonly levels?: readonly number[];
  /** Whether the first of the keyframes is the first one after a recovery. */
  readonly resumed?: boolean;
  readonly end?: boolean;
}

/** The session that the page watches. */
export interface SessionDetail {
  readonly id: string;
  /** Present where all that the page has of it is void. */
  readonly anew?: true;
  /** Those that are new. */
  readonly events?: readonly SessionEventView[];
  /** All that are kept, the newest last. */
  readonly utterances?: readonly UtteranceView[];
  readonly speech?: readonly SpeechPart[];
}

/** How many sessions there were, once a second. */
export interface CountSample {
  readonly atMs: number;
  readonly connected: number;
  readonly dialling: number;
  readonly waiting: number;
}

/** One place in a fleet that is taken. */
export interface FleetLeaseView {
  readonly fleetId: string;
  readonly account: string;
  /** The process that has it; empty where the coordinator does not say. */
  readonly worker: string;
  /** The session of this process that has it; empty: one of another process. */
  readonly session: string;
  /** When it ends unless it is renewed; null where that is not known, or it does not end by itself. */
  readonly endsAtMs: number | null;
}

/** An endpoint as a coordinator knows it. */
export interface FleetEndpointView {
  readonly endpoint: string;
  readonly down: boolean;
  /** Until when the service asked all to wait; null where it did not. */
  readonly waitUntilMs: number | null;
  /** The id in the fleet of the session that probes; empty while none does. */
  readonly probedBy: string;
  /** Processes, and sessions that wait for a place; null where the coordinator does not say. */
  readonly workers: number | null;
  readonly waiting: number | null;
  /** How many places are taken. */
  readonly held: number;
  /** Those of this process first, 500 at most. */
  readonly leases: readonly FleetLeaseView[];
}

/** What one coordinator says of its fleet. */
export interface FleetView {
  /** `unlisted`: the coordinator can't list, and only what this process has is shown. `silent`: the same, because it does not answer. */
  readonly source: 'fleet' | 'unlisted' | 'silent';
  readonly endpoints: readonly FleetEndpointView[];
}

export interface Hello {
  /** For the request `watch`. */
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
  /** Of each that has changed: its id, and the members that differ; all of them where the page does not know it. */
  readonly rows?: readonly (Pick<SessionRow, 'id'> & Partial<SessionRow>)[];
  /** Those that are kept no longer. */
  readonly gone?: readonly string[];
  readonly sample?: CountSample;
  /** Audio kept for re-sends by all sessions of the process, bytes. */
  readonly processKeptBytes?: number;
  /** One for each coordinator of the sessions that are open. */
  readonly fleets?: readonly FleetView[];
  readonly detail?: SessionDetail;
}

/** The body of `POST watch`. */
export interface WatchRequest {
  readonly stream: string;
  /** Null: none. */
  readonly session: string | null;
}
