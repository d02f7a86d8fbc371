/** The codec of the protocol that proto/avatar.proto describes. The only file beside the embedded service that imports the wire. */
import type { Codec } from '../../ports/codec.js';
import { decodeClientMessage, decodeServerMessage, AnimationTexts } from '../../wire/decode.js';
import { patchAnimation, trimLeadingKeyframes } from '../../wire/edit-animation.js';
import { encodeClientMessage, encodeServerMessage } from '../../wire/encode.js';
import { AudioInputMessages, encodeAudioInput } from '../../wire/encode-audio-input.js';
import { decodeTypedKeyframes, keepMemory } from '../../wire/typed-keyframes.js';
import { decodeTraceContext } from '../../wire/trace-context.js';
import { decodeKeyframes } from '../../wire/keyframes.js';

export const AVATAR_CODEC: Codec = Object.freeze({
  repeatedTexts: () => new AnimationTexts(),
  decode: decodeServerMessage,
  encode: encodeClientMessage,
  encodeAudio: encodeAudioInput,
  audioMessages: (reqId: string) => new AudioInputMessages(reqId),
  keyframes: decodeKeyframes,
  typedKeyframes: decodeTypedKeyframes,
  traceContext: decodeTraceContext,
  patchAnimation,
  trimLeadingKeyframes,
  keepMemory,
});

/** The codec of the service's end, for a substitute of the service or a reader of a session's messages. */
export const SERVICE_CODEC = Object.freeze({
  /** Throws only WireError. */
  decode: decodeClientMessage,
  encode: encodeServerMessage,
});
