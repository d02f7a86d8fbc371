/** What the methods of a session take. */
import type { Recovery } from '../core/utterance/recovery.js';

export interface StartOptions {
  /** Aborting it before `start` has resolved ends the session; afterwards it means nothing any more. */
  readonly signal?: AbortSignal | undefined;
}

export interface SpeakOptions {
  /** What happens to this utterance when the connection is lost. Default: the session's `recovery`. */
  readonly recovery?: Recovery | undefined;
  /** Not sent again when it was neither written to nor on the air for so long, milliseconds. Default: the session's `replay.ttlMs`. */
  readonly ttlMs?: number | undefined;
}

/** What a close that drains does with a session that is paused. */
export const WHEN_PAUSED = ['resume', 'interrupt'] as const;
export type WhenPaused = (typeof WHEN_PAUSED)[number];

export interface CloseOptions {
  /** Wait for what is being said to be finished. Default false. */
  readonly drain?: boolean | undefined;
  /**
   * What a close that drains does first when the session is paused: `resume` (default) it, so that what is being said is finished,
   * or `interrupt` everything.
   */
  readonly whenPaused?: WhenPaused | undefined;
  /** How long to wait for that, milliseconds. Default 30 000. */
  readonly timeoutMs?: number | undefined;
}
