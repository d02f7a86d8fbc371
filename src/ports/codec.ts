/**
 * The bytes of the protocol as a client needs them: messages out, messages in, and what is changed in an envelope on its way to
 * the application. Another version of the protocol is another implementation.
 */
import type { ClientMessage, IgnoredMessage, Keyframe, ServerMessage, TypedKeyframe } from './message.js';

/** Where audio lies, and how many bytes in front of it are free. */
export interface AudioPlace {
  readonly block: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly roomBytes: number;
}

/** The head of the audio messages of one request. */
export interface AudioHead {
  readonly reqId: string;
  /**
   * The message for the audio between `from` and `to` of `block`: a view of the block where the `roomBytes` before `from`, which
   * are free to be written, are enough; else a copy.
   */
  write(place: AudioPlace, end: boolean): Uint8Array;
}

export interface AnimationPatch {
  /** Written over the request id; one of another length is left as it is. */
  readonly reqId?: string;
  /** True makes `end` false. */
  readonly clearEnd?: boolean;
}

/** What the messages of one connection repeat; only their codec knows what is in it. It makes decoding cheaper. */
export type RepeatedTexts = object;

export interface Codec {
  repeatedTexts(): RepeatedTexts;
  /**
   * Decodes what a service sent. Keyframes are counted and their framing is checked, but no float is decoded. Message types that
   * are unknown, or that only clients send, come back as `ignored`. Throws WireError and nothing else.
   *
   * @param texts of the connection that the bytes came over
   */
  decode(bytes: Uint8Array, texts?: RepeatedTexts): ServerMessage | IgnoredMessage;
  encode(message: ClientMessage): Uint8Array;
  /** One chunk of a request's audio, copied. */
  encodeAudio(reqId: string, end: boolean, audio: Uint8Array): Uint8Array;
  audioHead(reqId: string): AudioHead;
  /** Free bytes in front of audio that are enough for its head, in the ordinary case. */
  readonly audioHeadRoomBytes: number;
  /** The keyframes of a whole animation envelope; none when it carries none. */
  keyframes(envelope: Uint8Array): readonly Keyframe[];
  /** As `keyframes`, each list as a Float32Array that is to be read and not written. */
  typedKeyframes(envelope: Uint8Array): readonly TypedKeyframe[];
  /** A patched copy of an animation envelope, of the same length. */
  patchAnimation(envelope: Uint8Array, patch: AnimationPatch): Uint8Array;
  /** The same animation envelope without its first `count` keyframes; with `count` 0 the very same bytes. */
  trimLeadingKeyframes(envelope: Uint8Array, count: number): Uint8Array;
  /** Marks memory that is handed out and stays in use here: it can't be transferred to another thread. */
  keepMemory(memory: ArrayBufferView): void;
}
