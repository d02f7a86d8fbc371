/** The payloads of the callbacks and events of a session, by name. A frame decodes its keyframes when they are read. Decides nothing. */
import { AVATAR_CODEC } from '../../adapters/codec/avatar-codec.js';
import type { Keyframe, TraceContext, TypedKeyframe } from '../../ports/message.js';
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import type { DelaySource } from '../../core/policy/decide.js';
import type { SessionState } from '../../core/session/session-life.js';
import { KEYFRAME_MS } from '../../core/utterance/recovery.js';

/** One animation message of the service, as an interface for fakes of a session. `Frame` implements it. */
export interface FrameLike {
  /** The id of the utterance. */
  readonly reqId: string;
  /** Whether this is the last message of the utterance. */
  readonly end: boolean;
  /** The number of the first keyframe within the utterance, from 0. */
  readonly index: number;
  /** Whether it is the first frame after a recovery. */
  readonly resumed: boolean;
  /** When the first keyframe is due, milliseconds from the beginning of the utterance's audio. */
  readonly timeMs: number;
  /** The protobuf envelope. */
  readonly raw: Uint8Array;
  /** The keyframes, as lists of numbers. */
  readonly keyframes: readonly Keyframe[];
  /** The keyframes, as Float32Arrays. */
  readonly typedKeyframes: readonly TypedKeyframe[];
  /** The trace to which the frame belongs, if the service sends one. */
  readonly traceContext?: TraceContext | undefined;
}

/**
 * One animation message of the service.
 *
 * @example
 * ```ts
 * session.on('frame', ({ reqId, index, keyframes }) => render(reqId, index, keyframes));
 * ```
 */
export class Frame implements FrameLike {
  /**
   * The id of the utterance, as `sendAudio` and `speak` returned it; the same across reconnects. For frames without a request of this
   * session it is raw text of the service: neither redacted nor escaped, at most 1 KiB.
   */
  readonly reqId: string;
  /** Whether this is the last message of the utterance; it may have no keyframes. False at the end of a segment. */
  readonly end: boolean;
  /** The number of the first keyframe within the utterance, from 0, counted across reconnects. */
  readonly index: number;
  /**
   * Whether it is the first frame after a recovery. The service has started again in the middle of the utterance, so a renderer may blend
   * from the previous pose. Not part of `raw`.
   */
  readonly resumed: boolean;
  /**
   * Raw bytes of the service: the received protobuf envelope, unknown fields included; no text in it is redacted or escaped. Keyframes
   * that had been delivered before a reconnect are cut out. Its request id and its end are those of this frame, also after a re-send.
   *
   * Its memory is shared with other frames and can't be transferred to another thread: send a copy, `new Uint8Array(frame.raw)`, with the
   * copy's buffer in the transfer list.
   */
  readonly raw: Uint8Array;
  #keyframes: readonly Keyframe[] | undefined;

  /** @internal */
  constructor(reqId: string, end: boolean, index: number, raw: Uint8Array, resumed = false) {
    this.reqId = reqId;
    this.end = end;
    this.index = index;
    this.resumed = resumed;
    this.raw = raw;
  }

  /** When its first keyframe is due, milliseconds from the beginning of the utterance's audio: `index / KEYFRAMES_PER_SECOND` seconds. */
  get timeMs(): number {
    return this.index * KEYFRAME_MS;
  }

  /** Decoded when first read, and kept; empty in egress mode, where the frames go to the room. */
  get keyframes(): readonly Keyframe[] {
    this.#keyframes ??= AVATAR_CODEC.keyframes(this.raw);
    return this.#keyframes;
  }

  /**
   * The same keyframes as Float32Arrays, in half the time. They are decoded at each access, and must not be written. An aligned list is a
   * view of `raw`, so keeping a list keeps up to 64 KiB of memory. To transfer a list, transfer a copy: `list.slice()`.
   */
  get typedKeyframes(): readonly TypedKeyframe[] {
    return AVATAR_CODEC.typedKeyframes(this.raw);
  }

  /**
   * The trace to which the frame belongs: that of its request (`speak(audio, { traceContext })`), if the service sends it. Decoded at
   * each access. Raw text of the service, each part at most 1 KiB; undefined if there is none.
   */
  get traceContext(): TraceContext | undefined {
    return AVATAR_CODEC.traceContext(this.raw);
  }
}

/** A change of `session.state`. */
export interface StateChange {
  /** The state before. */
  readonly from: SessionState;
  /** The state after. */
  readonly to: SessionState;
  /** A few words for people. */
  readonly reason: string;
}

/** A failure that the session will retry, before the delay. */
export interface RetryInfo {
  /** The failure. */
  readonly error: AvatarSDKError;
  /**
   * The number of the attempt that follows the delay, within the outage: one more than `error.attempt`. An attempt is a dial; for
   * a failure of a single request, a sending of that request.
   */
  readonly attempt: number;
  /** The delay before the next attempt, milliseconds. */
  readonly delayMs: number;
  /** Where the delay came from. */
  readonly source: DelaySource;
}

/** A connection that replaced a lost one. */
export interface ReconnectInfo {
  /** The service's id of the connection, redacted, on one line, at most 256 characters. */
  readonly connectionId: string;
  /** The id of the connection that was lost. */
  readonly previousConnectionId: string;
  /** The number of the dial that succeeded, within the outage: the `attempt` of the last `retry` before it. */
  readonly attempts: number;
  /** From the last bytes of the lost connection to the confirmation of the new one, whole milliseconds. */
  readonly outageMs: number;
  /** What ended the previous connection. */
  readonly error: AvatarSDKError;
}

/**
 * A change of the playback: in the room if the service publishes into one, otherwise where the frames are delivered. One event for each
 * change. After `started` there is one `ended` or `interrupted`, also after a failure.
 */
export type PlaybackEvent =
  | {
      /** The request id of the utterance. */
      readonly reqId: string;
      /** The label that `speak` was given. */
      readonly label?: string;
      /** What happened to the utterance. */
      readonly state: 'started' | 'paused' | 'resumed';
      /**
       * Audio of the utterance that has been heard so far, milliseconds; always present with `ended` and `interrupted`. It is the
       * position that a rendering client reported by `utterance.played`; in a room the position that the service stated, advanced by the
       * clock since then. Otherwise 40 ms for each keyframe that was delivered to a handler or a loop.
       */
      readonly positionMs?: number;
      /** The service's own word: `explicit`, `preempted`, `pause_timeout`, … Redacted, on one line, at most 256 characters. */
      readonly reason?: string;
    }
  | {
      readonly reqId: string;
      readonly label?: string;
      readonly state: 'ended' | 'interrupted';
      readonly positionMs: number;
      readonly reason?: string;
    };

/**
 * Why a session is over:
 * - `closed`: the application closed it; `aborted`: the signal given to `start()`
 * - `ended`: the service closed it normally, with no request unfinished
 * - `failed`: a failure that is not retried (any more), in `error`
 */
export interface CloseInfo {
  /** One of the four reasons. */
  readonly reason: 'closed' | 'aborted' | 'ended' | 'failed';
  /** The failure that ended the session; present for `failed` and `aborted`. */
  readonly error?: AvatarSDKError;
}

/** Event names and payloads, for `session.on(name, listener)`; each has a callback option of the same meaning. */
export interface SessionEvents {
  /** The state has changed. */
  state: StateChange;
  /** A failure; `error.willRetry` says whether the session goes on. */
  error: AvatarSDKError;
  /** The session retries after a delay. */
  retry: RetryInfo;
  /** A connection has replaced a lost one. */
  reconnect: ReconnectInfo;
  /** An animation message; each one once, in order. */
  frame: Frame;
  /** The playback has changed. */
  playback: PlaybackEvent;
  /** The session is over; called once, and once more after each `restart()`. */
  close: CloseInfo;
}

/** The name of an event of a session. */
export type SessionEventName = keyof SessionEvents;
export const SESSION_EVENT_NAMES = [
  'state',
  'retry',
  'reconnect',
  'error',
  'frame',
  'playback',
  'close',
] as const satisfies readonly SessionEventName[];

type AnyHandler = (payload: never) => unknown;

/** Listeners of one utterance, in addition to those of its session. */
export class OwnListeners {
  #listeners: readonly { readonly name: string; readonly handler: AnyHandler; readonly once: boolean }[] = [];

  /** Whether this event has listeners. */
  hasListeners(name: string): boolean {
    return this.#listeners.some((one) => one.name === name);
  }

  add(name: string, handler: AnyHandler, once: boolean): void {
    this.#listeners = [...this.#listeners, { name, handler, once }];
  }

  /** Like `add`, but before all other listeners. */
  prepend(name: string, handler: AnyHandler, once: boolean): void {
    this.#listeners = [{ name, handler, once }, ...this.#listeners];
  }

  /** Removes the listener that was added last. */
  remove(name: string, handler: AnyHandler): void {
    const at = this.#listeners.findLastIndex((one) => one.name === name && one.handler === handler);
    if (at >= 0) this.#listeners = this.#listeners.toSpliced(at, 1);
  }

  /** Removes the listeners of an event, or of all events. */
  removeAll(name?: string): void {
    this.#listeners = this.#listeners.filter((one) => name !== undefined && one.name !== name);
  }

  /** Listeners in the order of their calls. */
  all(name: string): readonly AnyHandler[] {
    return this.#listeners.filter((one) => one.name === name).map(({ handler }) => handler);
  }

  /** The listeners to call now; those of `once` are removed. */
  take(name: string): readonly AnyHandler[] {
    const heard = this.#listeners.filter((one) => one.name === name);
    if (heard.some(({ once }) => once))
      this.#listeners = this.#listeners.filter((one) => one.name !== name || !one.once);
    return heard.map(({ handler }) => handler);
  }
}
