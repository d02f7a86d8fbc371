/**
 * What a session remembers about itself for `explain()`: its last transitions, failures and decisions, oldest
 * first. Bounded, plain data, already redacted when it gets here. Knows no clock: entries carry their time.
 */
import type { AvatarSDKErrorCode } from '../failure/avatar-sdk-error-code.js';
import type { GiveUpReason } from '../failure/avatar-sdk-error.js';
import type { Phase, Step } from '../failure/phase.js';
import type { DelaySource } from '../policy/decide.js';
import type { SessionState } from './session-state.js';

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
