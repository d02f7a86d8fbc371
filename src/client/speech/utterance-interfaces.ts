/**
 * What an application sees of one utterance, as types: how it is treated, its events and its end, and the handle as an interface without
 * private members, so that tests can give a fake. `Utterance` implements that; the compiler checks it.
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
 * - `queue`: its frames come after those of the utterances that were begun before it, never in between
 * - `parallel`: its frames come as the service sends them
 */
export type Overlap = 'queue' | 'parallel';
export const OVERLAPS = ['queue', 'parallel'] as const satisfies readonly Overlap[];

/** How an utterance is treated; the application may choose for each one. */
export interface UtteranceTraits {
  readonly recovery: Recovery;
  /** Not sent again when it was neither written to nor on the air for so long, milliseconds. */
  readonly ttlMs: number;
  /** The application's own name for it. */
  readonly label: string | undefined;
  /** Of its first chunk, again after a re-send. */
  readonly traceContext: TraceContext | undefined;
  readonly frames: 'keep' | 'none' | undefined;
  readonly overlap: Overlap | undefined;
  /** The request id of the one that it comes after. */
  readonly after: string | undefined;
}

/** How an utterance came to its end without an error. */
export interface UtteranceResult {
  /** The request id of the utterance. */
  readonly reqId: string;
  /** The label that `speak` was given. */
  readonly label?: string;
  /**
   * - `delivered`: all audio and its end were sent and every frame came, over one connection; `replayed`: the same, after a
   *   re-send
   * - `interrupted`: cut short by the application, or by the service
   */
  readonly outcome: 'delivered' | 'replayed' | 'interrupted';
  /**
   * Keyframes handed to the application: those that handlers were called with or, where these are more, those that a loop took. Frames
   * that a loop left behind are not counted. When every frame came and no loop has begun, those kept for one are counted. 0 in egress
   * mode.
   */
  readonly keyframes: number;
  /**
   * How far it was heard, milliseconds of its audio: as a rendering client has reported it by `utterance.played`; in a room as the
   * service says, or by the clock since it last said so; otherwise up to the last keyframe that reached the application.
   */
  readonly positionMs: number;
}

/** What `finished` of an utterance rejects with. */
export type UtteranceError = AvatarSDKError & {
  /** The id of the utterance. */
  readonly reqId: string;
  /** `expired`: the service fell silent, or the audio became too old; `failed`: it was refused, or the session ended. */
  readonly outcome: 'expired' | 'failed';
};

/**
 * Whether an error is that of an utterance which was not delivered: what `finished` rejects with, also where `onError` gets it. Narrows
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

/** One of the utterances that `session.interruptAll()` has cut short. */
export interface InterruptedUtterance extends Pick<UtteranceResult, 'reqId' | 'label' | 'positionMs'> {
  /** It was cut short. */
  readonly outcome: 'interrupted';
}

/** The events of one utterance, for `utterance.on(name, listener)`. */
export interface UtteranceEvents {
  /** What is heard of it has changed. */
  playback: PlaybackEvent;
  /** An animation message of it, once and in order. */
  frame: Frame;
  /** It has failed. */
  error: UtteranceError;
}

/** `UtteranceEvents`, with a type of frames that a test double can create. */
export interface UtteranceEventsLike extends Omit<UtteranceEvents, 'frame'> {
  /** An animation message of it, once and in order. */
  frame: FrameLike;
}

/**
 * What `session.speak()` returns, as an interface: `Utterance` implements it, and a fake can.
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
  /** Says that no more audio comes; may carry the last of it. */
  end(chunk?: AudioChunk): Promise<void>;
  /** Cuts the utterance short, at once. */
  interrupt(): Promise<void>;
  /** Frames from a keyframe on, where they are kept. */
  frames(options?: {
    /** The number of the keyframe; 0 by default. */
    readonly from?: number;
  }): AsyncIterable<FrameLike>;
  /** A rendering client has played so much of it, milliseconds. */
  played(ms: number): void;
}
