/**
 * The content of each message a service sends, read into values. Knows the fields and nothing of envelopes.
 * Strings must be UTF-8, as proto3 demands, with one exception: the text of a ServerError.
 */
import {
  readConnectionId,
  readCutText,
  readSafeInt64,
  readShortText,
  skipField,
  WIRE_LIMITS,
} from './field-reader.js';
import type { FieldReader } from './field-reader.js';
import { ANIMATION_TAG, countKeyframes } from './keyframes.js';
import { MessageType, WireError } from '../ports/message.js';
import type {
  ServerConfirmSession,
  ServerError,
  ServerMessage,
  ServerPlaybackState,
  ServerResponseAnimation,
} from '../ports/message.js';
import { AnimationTexts } from './repeated-text.js';

const NO_CAPABILITIES: readonly string[] = Object.freeze([]);

function readConfirmSession(reader: FieldReader): ServerConfirmSession {
  let connectionId = '';
  let capabilities: string[] | undefined;
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        // In one piece: as it is read it is a tree of pieces of eight characters, and it stays for as long as the session.
        connectionId = Buffer.from(readConnectionId(reader)).toString();
        break;
      case 0x12:
        capabilities = withCapability(capabilities, reader);
        break;
      default:
        skipField(reader, tag);
    }
  }
  return {
    type: MessageType.serverConfirmSession,
    connectionId,
    capabilities: capabilities ?? NO_CAPABILITIES,
  };
}

function withCapability(capabilities: string[] = [], reader: FieldReader): string[] {
  capabilities.push(readShortText(reader, 'a capability', WIRE_LIMITS.capabilityBytes));
  if (capabilities.length <= WIRE_LIMITS.capabilities) return capabilities;
  throw new WireError(`a confirmation with more than ${WIRE_LIMITS.capabilities} capabilities`);
}

function readServerError(reader: FieldReader): ServerError {
  let connectionId = '';
  let reqId = '';
  let code = 0;
  let message = '';
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        connectionId = readConnectionId(reader);
        break;
      case 0x12:
        reqId = readShortText(reader, 'req_id');
        break;
      case 0x18:
        code = reader.int32();
        break;
      case 0x22:
        // Tolerant: a damaged character in a sentence for people must not hide the code beside it.
        message = readCutText(reader, WIRE_LIMITS.errorTextBytes);
        break;
      default:
        skipField(reader, tag);
    }
  }
  return { type: MessageType.serverError, connectionId, reqId, code, message };
}

/** `texts`: what the messages before it said, when they are of the same connection. */
export function readResponseAnimation(
  reader: FieldReader,
  texts: AnimationTexts = new AnimationTexts(),
): ServerResponseAnimation {
  let connectionId = '';
  let reqId = '';
  let end = false;
  let avatarId = '';
  let keyframeCount = 0;
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        connectionId = texts.connectionId.read(reader);
        break;
      case 0x12:
        reqId = texts.reqId.read(reader);
        break;
      case 0x18:
        end = reader.bool();
        break;
      case ANIMATION_TAG:
        keyframeCount += countKeyframes(reader, keyframeCount);
        break;
      case 0x2a:
        avatarId = texts.avatarId.read(reader);
        break;
      default:
        skipField(reader, tag);
    }
  }
  return { type: MessageType.serverResponseAnimation, connectionId, reqId, end, avatarId, keyframeCount };
}

function readPlaybackState(reader: FieldReader): ServerPlaybackState {
  let connectionId = '';
  let reqId = '';
  let state = 0;
  let playedMs = 0;
  let reason = '';
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        connectionId = readConnectionId(reader);
        break;
      case 0x12:
        reqId = readShortText(reader, 'req_id');
        break;
      case 0x18:
        state = reader.int32();
        break;
      case 0x20:
        playedMs = readSafeInt64(reader, 'played_ms');
        break;
      case 0x2a:
        reason = readShortText(reader, 'reason');
        break;
      default:
        skipField(reader, tag);
    }
  }
  return { type: MessageType.serverPlaybackState, connectionId, reqId, state, playedMs, reason };
}

/** By the type of the message: all that a client reads. */
export const SERVER_READERS: Readonly<Record<ServerMessage['type'], (reader: FieldReader) => ServerMessage>> =
  {
    [MessageType.serverConfirmSession]: readConfirmSession,
    [MessageType.serverError]: readServerError,
    [MessageType.serverResponseAnimation]: (reader) => readResponseAnimation(reader),
    [MessageType.serverPlaybackState]: readPlaybackState,
  };
