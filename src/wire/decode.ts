/**
 * Bytes of one frame to a message: which types belong to which direction, and what happens to the others. Throws
 * WireError and nothing else, whatever the bytes are; time and memory are linear in their number.
 */
import { readAudioInput, readConfigureSession, readReqId } from './client-reader.js';
import { contentOf, readEnvelope } from './envelope.js';
import { toWireError } from './field-reader.js';
import { MessageType } from './message.js';
import type { ClientMessage, IgnoredMessage, ServerMessage } from './message.js';
import type { AnimationTexts } from './repeated-text.js';
import {
  readConfirmSession,
  readPlaybackState,
  readResponseAnimation,
  readServerError,
} from './server-reader.js';

/**
 * Decodes what a service sent. Keyframes are counted and their framing is checked, but no float is decoded. Message
 * types that are unknown, or that only clients send, come back as `ignored`; unknown fields are skipped. Does not
 * judge values: an empty connection id decodes. `texts`, of the connection that the bytes came over, makes decoding cheaper.
 */
export function decodeServerMessage(
  bytes: Uint8Array,
  texts?: AnimationTexts,
): ServerMessage | IgnoredMessage {
  try {
    const envelope = readEnvelope(bytes);
    switch (envelope.type) {
      case MessageType.serverResponseAnimation:
        return readResponseAnimation(contentOf(envelope), texts);
      case MessageType.serverConfirmSession:
        return readConfirmSession(contentOf(envelope));
      case MessageType.serverError:
        return readServerError(contentOf(envelope));
      case MessageType.serverPlaybackState:
        return readPlaybackState(contentOf(envelope));
      default:
        return { type: 'ignored', messageType: envelope.type };
    }
  } catch (cause) {
    throw toWireError(cause);
  }
}

/** Decodes what a client sent; otherwise as `decodeServerMessage`. `audio` is a view into `bytes`, not a copy. */
export function decodeClientMessage(bytes: Uint8Array): ClientMessage | IgnoredMessage {
  try {
    const envelope = readEnvelope(bytes);
    switch (envelope.type) {
      case MessageType.clientAudioInput:
        return readAudioInput(contentOf(envelope));
      case MessageType.clientConfigureSession:
        return readConfigureSession(contentOf(envelope));
      case MessageType.clientInterrupt:
      case MessageType.clientPause:
      case MessageType.clientResume:
        return { type: envelope.type, reqId: readReqId(contentOf(envelope)) };
      default:
        return { type: 'ignored', messageType: envelope.type };
    }
  } catch (cause) {
    throw toWireError(cause);
  }
}
