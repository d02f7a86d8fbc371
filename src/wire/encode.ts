/**
 * Messages to the bytes of one frame, both directions. Only dispatches: the fields are in the writers, and audio,
 * which is sent fifty times a second, has its own encoder. Judges no value.
 */
import { writeConfigureSession } from './client-writer.js';
import { encodeAudioInput } from './encode-audio-input.js';
import { writeEnvelope, writeString } from './field-writer.js';
import { MessageType } from './message.js';
import type { ClientMessage, ServerMessageContent } from './message.js';
import {
  writeConfirmSession,
  writePlaybackState,
  writeResponseAnimation,
  writeServerError,
} from './server-writer.js';

/** Encodes what a client sends. Numbers are cut to 32 bits and lone surrogates become U+FFFD; nothing is refused. */
export function encodeClientMessage(message: ClientMessage): Uint8Array {
  switch (message.type) {
    case MessageType.clientConfigureSession:
      return writeEnvelope(message.type, (writer) => {
        writeConfigureSession(writer, message);
      });
    case MessageType.clientAudioInput:
      return encodeAudioInput(message.reqId, message.end, message.audio, message.traceContext);
    case MessageType.clientInterrupt:
    case MessageType.clientPause:
    case MessageType.clientResume:
      return writeEnvelope(message.type, (writer) => {
        writeString(writer, 1, message.reqId);
      });
  }
}

/** Encodes what a service sends, keyframes included; otherwise as `encodeClientMessage`. */
export function encodeServerMessage(content: ServerMessageContent): Uint8Array {
  return writeEnvelope(content.type, (writer) => {
    switch (content.type) {
      case MessageType.serverConfirmSession:
        writeConfirmSession(writer, content);
        return;
      case MessageType.serverError:
        writeServerError(writer, content);
        return;
      case MessageType.serverResponseAnimation:
        writeResponseAnimation(writer, content);
        return;
      case MessageType.serverPlaybackState:
        writePlaybackState(writer, content);
        return;
    }
  });
}
