/** One animation message as the application sees it; keyframes are decoded only when somebody asks. */
import { AVATAR_CODEC } from '../../adapters/codec/avatar-codec.js';
import type { Keyframe, TypedKeyframe } from '../../ports/message.js';

/**
 * One animation message of the service.
 *
 * @example
 * ```ts
 * session.on('frame', ({ reqId, index, keyframes }) => render(reqId, index, keyframes));
 * ```
 */
export class Frame {
  /**
   * The id of the utterance, as `sendAudio` and `speak` gave it; the same across reconnects. Of frames that belong to no request of
   * this session it is raw text of the service: neither redacted nor escaped, at most 1 KiB.
   */
  readonly reqId: string;
  /** Whether this is the last message of the utterance; it may hold no keyframes. The end of a segment is not. */
  readonly end: boolean;
  /** The number of the first keyframe within the utterance, from 0, counted across reconnects. */
  readonly index: number;
  /**
   * Whether it is the first frame after a recovery: the service began anew in the middle of the utterance, so a renderer may blend from
   * the pose before it. Not part of `raw`.
   */
  readonly resumed: boolean;
  /**
   * Raw bytes of the service: the protobuf envelope as it came, unknown fields included; no text in it is redacted or escaped. When a part of it had been delivered before a
   * reconnect, that part is cut out. Its request id and its end are those of this frame, also after a re-send.
   *
   * Its memory is shared with other frames, and can't be transferred to another thread: send a copy, `new Uint8Array(frame.raw)`, with
   * the copy's buffer in the transfer list.
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

  /** Decoded at the first call and kept; empty in egress mode, where the frames go to the room. */
  get keyframes(): readonly Keyframe[] {
    this.#keyframes ??= AVATAR_CODEC.keyframes(this.raw);
    return this.#keyframes;
  }

  /**
   * The same keyframes as Float32Arrays, for half the time: decoded at every call, to be read and not written. What lies well in
   * memory is a view of `raw`, so a list that is kept keeps the memory around it, up to 64 KiB. Transfer copies, `list.slice()`.
   */
  get typedKeyframes(): readonly TypedKeyframe[] {
    return AVATAR_CODEC.typedKeyframes(this.raw);
  }
}
