/**
 * The bytes of the protocol for a client: encoding, decoding, and changes of an envelope before the application gets it. Another version
 * of the protocol is another implementation.
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
  /** The message with `audio`, in memory that the next call of any such object overwrites. */
  write(audio: Uint8Array, end: boolean): Uint8Array;
}

export interface AnimationPatch {
  /** Written over the request id; an id of another length is left unchanged. */
  readonly reqId?: string;
  /** True makes `end` false. */
  readonly clearEnd?: boolean;
}

/** Texts that the messages of one connection repeat; only their codec can read it. It makes decoding cheaper. */
export type RepeatedTexts = object;

export interface Codec {
  repeatedTexts(): RepeatedTexts;
  /**
   * Decodes a message of a service. Keyframes are counted and their framing is checked, but no float is decoded. Message types that are
   * unknown, or that only clients send, are returned as `ignored`. Throws only WireError.
   *
   * @param texts those of the connection that received the bytes
   */
  decode(bytes: Uint8Array, texts?: RepeatedTexts): ServerMessage | IgnoredMessage;
  encode(message: ClientMessage): Uint8Array;
  /** One chunk of a request's audio, copied; the first one may contain the trace of the request. */
  encodeAudio(reqId: string, end: boolean, audio: Uint8Array, traceContext?: TraceContext): Uint8Array;
  /** The same messages, for transports that copy the bytes they send. */
  audioMessages(reqId: string): AudioMessages;
  /** The keyframes of a whole animation envelope; empty if it has none. */
  keyframes(envelope: Uint8Array): readonly Keyframe[];
  /** Like `keyframes`, each list as a Float32Array that must only be read. */
  typedKeyframes(envelope: Uint8Array): readonly TypedKeyframe[];
  /** The trace of an animation envelope, as received; undefined if it names none. */
  traceContext(envelope: Uint8Array): TraceContext | undefined;
  /** A patched copy of an animation envelope, of the same length. */
  patchAnimation(envelope: Uint8Array, patch: AnimationPatch): Uint8Array;
  /** The same animation envelope without its first `count` keyframes; with `count` 0 the same object. */
  trimLeadingKeyframes(envelope: Uint8Array, count: number): Uint8Array;
  /** Marks memory that the application gets while it is still used here, so that it can't be transferred to another thread. */
  keepMemory(memory: ArrayBufferView): void;
}
