/**
 * The public types of one utterance: its traits, its events and its end, and the handle as an interface without private members, so that
 * tests can use a fake. `Utterance` implements it; the compiler checks that.
 */
import type { Writable } from 'node:stream';
import { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import { ownMember } from '../../core/option/plain-object.js';
import type { Recovery } from '../../core/utterance/recovery.js';
import type { TraceContext } from '../../ports/message.js';
import type { Frame, FrameLike } from '../events/session-events.js';
import type { PlaybackEvent } from '../events/session-events.js';
import type { ListenerMethods } from '../events/typed-emitter.js';
import type { AudioChunk } from './audio-chunk.js';

/**
 * - `queue`: its frames are delivered after those of earlier utterances, never in between
 * - `parallel`: its frames are delivered as the service sends them
 */
export type Overlap = 'queue' | 'parallel';
export const OVERLAPS = ['queue', 'parallel'] as const satisfies readonly Overlap[];

/** The traits of an utterance, which the application may choose for each one. */
export interface UtteranceTraits {
  readonly recovery: Recovery;
  /** The utterance is not sent again if it was neither written to nor played for this time, milliseconds. */
  readonly ttlMs: number;
  /** The label that the application gave it. */
  readonly label: string | undefined;
  /** The trace of its first chunk, also after a re-send. */
  readonly traceContext: TraceContext | undefined;
  readonly frames: 'keep' | 'none' | undefined;
  readonly overlap: Overlap | undefined;
  /** The request id of the utterance that it follows. */
  readonly after: string | undefined;
}

/** The result of an utterance that ended without an error. */
export interface UtteranceResult {
  /** The request id of the utterance. */
  readonly reqId: string;
  /** The label that `speak` was given. */
  readonly label?: string;
  /**
   * - `delivered`: all audio and its end were sent and every frame came, over one connection; `replayed`: the same, after a
   *   re-send
   * - `interrupted`: interrupted by the application, or by the service
   */
  readonly outcome: 'delivered' | 'replayed' | 'interrupted';
  /**
   * Keyframes that reached the application: the larger of those that handlers got and those that a loop took. Frames that a loop left are
   * not counted. If every frame came and no loop has begun, those kept for one are counted. 0 in egress mode.
   */
  readonly keyframes: number;
  /**
   * How far it was heard, milliseconds of its audio: the position that a rendering client reported by `utterance.played`; in a room the
   * position that the service stated, advanced by the clock since then; otherwise the end of the last keyframe that reached the
   * application.
   */
  readonly positionMs: number;
}

/** The error with which `finished` of an utterance rejects. */
export type UtteranceError = AvatarSDKError & {
  /** The id of the utterance. */
  readonly reqId: string;
  /** `expired`: the service sent nothing for too long, or the audio became too old; `failed`: it was refused, or the session ended. */
  readonly outcome: 'expired' | 'failed';
};

/**
 * Whether an error belongs to an utterance that was not delivered: `finished` rejects with such an error, and `onError` gets it. Narrows
 * `reqId` and `outcome`. Works across copies of this package, as `AvatarSDKError.is`.
 *
 * @example
 * ```ts
 * try {
 *   await utterance.finished;
 * } catch (error) {
 *   if (isUtteranceError(error) && error.outcome === 'expired') sayAgain(error.reqId);
 *   else throw error;
 * }
 * ```
 */
export function isUtteranceError(error: unknown): error is UtteranceError {
  if (!AvatarSDKError.is(error)) return false;
  const outcome = ownMember(error, 'outcome');
  return ownMember(error, 'reqId') !== undefined && (outcome === 'expired' || outcome === 'failed');
}

/** One of the utterances that `session.interruptAll()` has interrupted. */
export interface InterruptedUtterance extends Pick<UtteranceResult, 'reqId' | 'label' | 'positionMs'> {
  /** It was interrupted. */
  readonly outcome: 'interrupted';
}

/** The events of one utterance, for `utterance.on(name, listener)`. */
export interface UtteranceEvents {
  /** Its playback has changed. */
  playback: PlaybackEvent;
  /** An animation message of it; each one once, in order. */
  frame: Frame;
  /** It has failed. */
  error: UtteranceError;
}

/** `UtteranceEvents`, with a type of frames that a test double can create. */
export interface UtteranceEventsLike extends Omit<UtteranceEvents, 'frame'> {
  /** An animation message of it; each one once, in order. */
  frame: FrameLike;
}

/**
 * The result of `session.speak()` as an interface: `Utterance` implements it, and a fake can.
 *
 * @example
 * ```ts
 * const fake: Pick<UtteranceHandle, 'reqId' | 'finished'> = {
 *   reqId: 'req-1',
 *   finished: Promise.resolve({ reqId: 'req-1', outcome: 'delivered', keyframes: 25, positionMs: 1_000 }),
 * };
 * ```
 */
export interface UtteranceHandle extends AsyncIterable<FrameLike>, ListenerMethods<UtteranceEventsLike> {
  /** The id of this request. */
  readonly reqId: string;
  /** The label that `speak` was given. */
  readonly label: string | undefined;
  /** Settles once: with the outcome, or with an AvatarSDKError. */
  readonly finished: Promise<UtteranceResult>;
  /** The same utterance as a Node stream. */
  readonly writable: Writable;
  /** Accepts audio of any length; awaiting it is the backpressure. */
  write(chunk: AudioChunk): Promise<void>;
  /** Ends the utterance, after the audio in `chunk` if it is given. */
  end(chunk?: AudioChunk): Promise<void>;
  /** Interrupts the utterance, at once. */
  interrupt(): Promise<void>;
  /** Frames from a keyframe on, if they are kept. */
  frames(options?: {
    /** The number of the keyframe; 0 by default. */
    readonly from?: number;
  }): AsyncIterable<FrameLike>;
  /** A rendering client has played this much of it, milliseconds. */
  played(ms: number): void;
}
