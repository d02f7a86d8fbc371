/**
 * The states of a session with the only table of legal transitions (the diagram in the README is drawn from it). Also the history for
 * `explain()`: the latest transitions, failures and decisions, bounded, plain data, already redacted. Also the life of a session: one
 * union, from which every question about it is answered.
 *
 * The life goes `idle → starting → open → ending → over`. `draining` lies between one of the first three and `ending`. A stage is never
 * followed by an earlier one: a restart begins another life. The connection loop runs from `starting` on, and `over` comes after its end.
 * Independent of clock, socket and timer: entries of the history carry their time, and the session itself stops its work once in `ending`
 * and records that here.
 */
import type { AvatarSDKErrorCode, Phase, Step } from '../failure/avatar-sdk-error-code.js';
import { MAX_QUOTED_CHARACTERS } from '../failure/error-record.js';
import { bounded } from '../failure/to-avatar-sdk-error.js';
import type { GiveUpReason, AvatarSDKError } from '../failure/avatar-sdk-error.js';
import type { DelaySource } from '../policy/decide.js';

/**
 * The states of a session.
 *
 * A dial goes through `session_token → websocket_connect → websocket_runtime`. A failure on the way, and the loss of a connection, leads
 * to `waiting` if the policy retries, otherwise to `closed`. From `closing` the only way is to `closed`, and from `closed` by `restart()`
 * to `idle`.
 */
export type SessionState =
  | 'idle'
  | 'session_token'
  | 'websocket_connect'
  | 'websocket_runtime'
  | 'waiting'
  | 'closing'
  | 'closed';
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
 * - `dialStarted`: an attempt begins; `tokenObtained`, `confirmed`: a phase of it is complete
 * - `heldBack`: the first attempt has to wait at the connect gate
 * - `interrupted`: the attempt failed or the connection was lost, and the session will retry
 * - `endingStarted`: the session ends, a socket may still be closing; `ended`: all is closed
 * - `restarted`: the application starts it again
 */
export const SESSION_EVENTS = [
  'dialStarted',
  'tokenObtained',
  'confirmed',
  'heldBack',
  'interrupted',
  'endingStarted',
  'ended',
  'restarted',
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
  closed: { restarted: 'idle' },
});

/** The state after `event`, or undefined when the event is not legal in `state`. */
export function transition(state: SessionState, event: SessionEvent): SessionState | undefined {
  return TRANSITIONS[state][event];
}

/** An entry of a session's history. Times are milliseconds of the Unix epoch. */
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
      /** Why, in a few words; for a decision to give up: the rule or limit. */
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
      /** The row of the table that led to the code, in the words of `avatarkit-session explain`. */
      readonly matchedRow: string;
    }
  | {
      readonly kind: 'retry';
      readonly atMs: number;
      /** The number of the attempt that follows the delay, as in the `retry` event. */
      readonly attempt: number;
      /** The delay before that attempt, milliseconds. */
      readonly delayMs: number;
      /** Where the delay came from. */
      readonly source: DelaySource;
      /** One clause for people: the row and the numbers that led to the decision. */
      readonly why: string;
    }
  | {
      readonly kind: 'giveUp';
      readonly atMs: number;
      readonly reason: GiveUpReason;
      readonly why: string;
    }
  | {
      readonly kind: 'lease';
      readonly atMs: number;
      /** What happened to the session's place in its fleet (option `coordinator`). */
      readonly reason: string;
    };

/** One line of `session.explain()`. */
export type HistoryEntry = HistoryEvent & {
  /** Counted from 1 without gaps, across restarts: the number of the first kept entry shows how many were dropped. */
  readonly seq: number;
  /** The life of the session that the entry belongs to: 1 until the first `restart()`, then one more with each. */
  readonly life: number;
};

/** The number of kept entries. An outage of 20 attempts, which takes five minutes by the default policy, writes about 100. */
export const HISTORY_LIMIT = 100;
/** The longest text of an entry, characters, equal to that of an error's message: with `HISTORY_LIMIT` this bounds the kept bytes. */
export const HISTORY_TEXT_CHARACTERS = MAX_QUOTED_CHARACTERS;

/** Adds the entry to the history, and drops the oldest one beyond the limit. */
export function remember(history: HistoryEvent[], entry: HistoryEvent): void {
  history.push(withShortTexts(entry));
  if (history.length > HISTORY_LIMIT) history.shift();
}

/**
 * The same history in an array of exactly its size: one that has grown by `push` reserves room for up to seventeen more entries, and an
 * idle session without failures has four.
 */
export function withoutSpareRoom(history: readonly HistoryEvent[]): HistoryEvent[] {
  return history.slice();
}

/** Shortens the texts of an entry: they are the package's own, an error's, or those of an application's gate or coordinator. */
function withShortTexts(entry: HistoryEvent): HistoryEvent {
  const isLong = (text: unknown): text is string =>
    typeof text === 'string' && text.length > HISTORY_TEXT_CHARACTERS;
  if (!hasLongText(entry)) return entry;
  const shortened = Object.entries(entry).map(([name, value]: [string, unknown]) => [
    name,
    isLong(value) ? bounded(value, HISTORY_TEXT_CHARACTERS) : value,
  ]);
  return Object.fromEntries(shortened) as HistoryEvent;
}

/** Checked for each entry, therefore member by member: all other texts of an entry are from closed lists. */
function hasLongText(entry: HistoryEvent): boolean {
  if (entry.kind === 'failure')
    return Math.max(entry.message.length, entry.matchedRow.length) > HISTORY_TEXT_CHARACTERS;
  const text = entry.kind === 'retry' || entry.kind === 'giveUp' ? entry.why : entry.reason;
  return text.length > HISTORY_TEXT_CHARACTERS;
}

/** The entries with their numbers, which no idle session has to keep. `happened` counts all entries so far, dropped ones included. */
export function numbered(
  history: readonly HistoryEvent[],
  happened: number,
  lives = 1,
): readonly HistoryEntry[] {
  let life = lives - history.filter(beginsLife).length;
  return history.map((entry, index) => {
    if (beginsLife(entry)) life += 1;
    return { seq: happened - history.length + index + 1, life, ...entry };
  });
}

/** Whether the entry is the restart of a session that was over. */
function beginsLife(entry: HistoryEvent): boolean {
  return entry.kind === 'state' && entry.from === 'closed';
}

/** How a session ends, and the error with which all open operations fail. The error may be made when it is first read. */
export interface SessionEnd {
  readonly reason: 'closed' | 'aborted' | 'ended' | 'failed';
  readonly error: AvatarSDKError;
  /** Whether the signal of `start` timed out. That is a failure of the start, though the signal is the application's. */
  readonly timedOut?: boolean;
}

/** The progress of a session: `start` not called, `start` called, or a first connection confirmed. */
type Progress = 'idle' | 'starting' | 'open';

export type Life =
  | { readonly stage: Progress }
  | { readonly stage: 'draining'; readonly progress: Progress; readonly error: AvatarSDKError }
  | {
      readonly stage: 'ending';
      readonly progress: Progress;
      readonly end: SessionEnd;
      /** Whether the work of the session has been stopped. */
      readonly stopped: boolean;
    }
  | { readonly stage: 'over'; readonly end: SessionEnd };

// These stages have no data, so all sessions share them.
const STARTING: Life = Object.freeze({ stage: 'starting' });
const OPEN: Life = Object.freeze({ stage: 'open' });
export const IDLE: Life = Object.freeze({ stage: 'idle' });

/** `start` was called. Only an idle session begins. */
export function started(life: Life): Life {
  if (life.stage === 'idle') return STARTING;
  return life.stage === 'draining' && life.progress === 'idle' ? { ...life, progress: 'starting' } : life;
}

/** A connection was confirmed; only the first one changes the stage. */
export function confirmed(life: Life): Life {
  if (life.stage === 'starting') return OPEN;
  return life.stage === 'draining' && life.progress === 'starting' ? { ...life, progress: 'open' } : life;
}

/** No new utterance is accepted; the session ends when the open ones finish. Keeps the first error. */
export function draining(life: Life, error: AvatarSDKError): Life {
  return isEnded(life) || life.stage === 'draining'
    ? life
    : { stage: 'draining', progress: life.stage, error };
}

/** The session ends. The first end is kept. */
export function ending(life: Life, end: SessionEnd): Life {
  return isEnded(life) ? life : { stage: 'ending', progress: progressOf(life), end, stopped: false };
}

/** The work of the session has been stopped. */
export function stopped(life: Life): Life {
  return life.stage === 'ending' ? { ...life, stopped: true } : life;
}

/** The session has ended completely. */
export function over(life: Life): Life {
  return life.stage === 'ending' ? { stage: 'over', end: life.end } : life;
}

/** How the session ends or has ended; undefined before that. */
export function endOf(life: Life): SessionEnd | undefined {
  return isEnded(life) ? life.end : undefined;
}

/** Whether the session ends or has ended. */
export function isEnded(life: Life): life is Extract<Life, { readonly end: SessionEnd }> {
  return life.stage === 'ending' || life.stage === 'over';
}

/** Whether the end is a failure, and not requested by the application or the service. */
export function isFailure(end: SessionEnd): boolean {
  return end.reason === 'failed' || (Object.hasOwn(end, 'timedOut') && end.timedOut === true);
}

/** Whether the application may start it again. An end by `close()` or a signal is final; a start whose signal timed out is not. */
export function mayRestart(end: SessionEnd): boolean {
  return end.reason === 'ended' || isFailure(end);
}

/** Why no new utterance is accepted while the open ones continue; undefined while new ones are accepted, and after the end. */
export function drainErrorOf(life: Life): AvatarSDKError | undefined {
  return life.stage === 'draining' ? life.error : undefined;
}

/** Whether the connection loop has begun and not yet ended. */
export function isStarted(life: Life): boolean {
  return life.stage !== 'over' && progressOf(life) !== 'idle';
}

/** Whether a connection has been confirmed and the session has not ended. */
export function wasConfirmed(life: Life): boolean {
  return !isEnded(life) && progressOf(life) === 'open';
}

function progressOf(life: Exclude<Life, { readonly stage: 'over' }>): Progress {
  return life.stage === 'draining' || life.stage === 'ending' ? life.progress : life.stage;
}
