/**
 * The bytes of the protocol as a client needs them: messages out, messages in, and what is changed in an envelope on its way to
 * the application. Another version of the protocol is another implementation.
 */
import type {
  ClientMessage,
  IgnoredMessage,
  Keyframe,
  ServerMessage,
  TraceContext,
  TypedKeyframe,
} from './message.js';

/** Writes the audio messages of one request. */
export interface AudioMessages {
  readonly reqId: string;
  /** The message with `audio`, in memory that the next call of any of them writes again. */
  write(audio: Uint8Array, end: boolean): Uint8Array;
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
  /** One chunk of a request's audio, copied; the first one may carry the trace that the request belongs to. */
  encodeAudio(reqId: string, end: boolean, audio: Uint8Array, traceContext?: TraceContext): Uint8Array;
  /** The same messages for a sender of copies. */
  audioMessages(reqId: string): AudioMessages;
  /** The keyframes of a whole animation envelope; none when it carries none. */
  keyframes(envelope: Uint8Array): readonly Keyframe[];
  /** As `keyframes`, each list as a Float32Array that is to be read and not written. */
  typedKeyframes(envelope: Uint8Array): readonly TypedKeyframe[];
  /** The trace that an animation envelope belongs to, as it came; undefined where it names none. */
  traceContext(envelope: Uint8Array): TraceContext | undefined;
  /** A patched copy of an animation envelope, of the same length. */
  patchAnimation(envelope: Uint8Array, patch: AnimationPatch): Uint8Array;
  /** The same animation envelope without its first `count` keyframes; with `count` 0 the very same bytes. */
  trimLeadingKeyframes(envelope: Uint8Array, count: number): Uint8Array;
  /** Marks memory that is handed out and stays in use here: it can't be transferred to another thread. */
  keepMemory(memory: ArrayBufferView): void;
}
