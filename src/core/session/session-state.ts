/**
 * The states of a session and the one table of legal transitions; the diagram in the README is drawn from it. And what a session
 * remembers about itself for `explain()`: its last transitions, failures and decisions, oldest first. Bounded, plain data, already
 * redacted when it gets here. Knows no clock: entries carry their time.
 */
import type { AvatarSDKErrorCode } from '../failure/avatar-sdk-error-code.js';
import type { GiveUpReason } from '../failure/avatar-sdk-error.js';
import type { Phase, Step } from '../failure/phase.js';
import type { DelaySource } from '../policy/decide.js';

/**
 * The states of a session.
 *
 * A dial walks `session_token → websocket_connect → websocket_runtime`. Whatever fails on the way, and every connection that is lost
 * later, leads to `waiting` when the policy goes on, or out through `closed`. `closing` is left only for `closed`, and `closed` is never
 * left: a session is not reopened.
 */
export type SessionState =
  'idle' | 'session_token' | 'websocket_connect' | 'websocket_runtime' | 'waiting' | 'closing' | 'closed';
export const SESSION_STATES = [
  'idle',
  'session_token',
  'websocket_connect',
  'websocket_runtime',
  'waiting',
  'closing',
  'closed',
] as const satisfies readonly SessionState[];

/**
 * - `dialStarted`: an attempt begins; `tokenObtained`, `confirmed`: its phases are through
 * - `heldBack`: the first attempt has to wait at the connect gate
 * - `interrupted`: the attempt failed or the connection was lost, and the session goes on later
 * - `endingStarted`: no way back, a socket is still being closed; `ended`: nothing is left
 */
export const SESSION_EVENTS = [
  'dialStarted',
  'tokenObtained',
  'confirmed',
  'heldBack',
  'interrupted',
  'endingStarted',
  'ended',
] as const;
export type SessionEvent = (typeof SESSION_EVENTS)[number];

export const TRANSITIONS: Readonly<
  Record<SessionState, Readonly<Partial<Record<SessionEvent, SessionState>>>>
> = Object.freeze({
  idle: { dialStarted: 'session_token', heldBack: 'waiting', endingStarted: 'closing' },
  session_token: { tokenObtained: 'websocket_connect', interrupted: 'waiting', endingStarted: 'closing' },
  websocket_connect: { confirmed: 'websocket_runtime', interrupted: 'waiting', endingStarted: 'closing' },
  websocket_runtime: { interrupted: 'waiting', endingStarted: 'closing' },
  waiting: { dialStarted: 'session_token', endingStarted: 'closing' },
  closing: { ended: 'closed' },
  closed: {},
});

/** The state after `event`, or undefined when the event is not legal in `state`. */
export function transition(state: SessionState, event: SessionEvent): SessionState | undefined {
  return TRANSITIONS[state][event];
}

/** What a session remembers: a transition, a failure, or a decision. Times are milliseconds of the Unix epoch. */
export type HistoryEvent =
  | {
      /** What happened. */
      readonly kind: 'state';
      /** Unix epoch, milliseconds. */
      readonly atMs: number;
      /** The state before. */
      readonly from: SessionState;
      /** The state after. */
      readonly to: SessionState;
      /** Why, in a few words; of a decision to give up: which rule or limit. */
      readonly reason: string;
    }
  | {
      readonly kind: 'failure';
      readonly atMs: number;
      /** The code of the failure. */
      readonly code: AvatarSDKErrorCode;
      /** The phase of the session in which it happened. */
      readonly phase: Phase;
      /** The step within the phase. */
      readonly step: Step;
      /** The message of the error. */
      readonly message: string;
      /** Which row of which table led to the code, in the words of `avatarkit-session explain`. */
      readonly matchedRow: string;
    }
  | {
      readonly kind: 'retry';
      readonly atMs: number;
      /** The number of the attempt that follows the delay, as in the `retry` event. */
      readonly attempt: number;
      /** The delay before that attempt, milliseconds. */
      readonly delayMs: number;
      /** Where the delay comes from. */
      readonly source: DelaySource;
      /** One clause for people: which row and which numbers led here. */
      readonly why: string;
    }
  | {
      readonly kind: 'giveUp';
      readonly atMs: number;
      readonly reason: GiveUpReason;
      readonly why: string;
    };

/** One line of `session.explain()`. */
export type HistoryEntry = HistoryEvent & {
  /** The number of this entry in the life of the session, from 1, without gaps: the first one kept tells how many are not any more. */
  readonly seq: number;
};

/** Entries kept; an outage of 20 attempts, which is five minutes by the default policy, writes about 100. */
export const HISTORY_LIMIT = 100;

/**
 * The history with this entry, and without the oldest beyond the limit. A new array of exactly
 * that size each time: one that grows, by a push or behind a spread, keeps room for seventeen, and a session that runs well has four.
 */
export function remember(history: readonly HistoryEvent[], entry: HistoryEvent): readonly HistoryEvent[] {
  return history.slice(1 - HISTORY_LIMIT).concat(entry);
}

/** With their numbers, which no idle session has to keep: `happened` is how many there have been, those forgotten included. */
export function numbered(history: readonly HistoryEvent[], happened: number): readonly HistoryEntry[] {
  return history.map((entry, index) => ({ seq: happened - history.length + index + 1, ...entry }));
}
