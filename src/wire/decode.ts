/**
 * Bytes of one frame to a message: which types belong to which direction, how others are treated, and the content of each message of a
 * service. Throws only WireError, whatever the bytes are; time and memory are linear in their number. Strings must be UTF-8, as proto3
 * requires, with one exception: the text of a ServerError.
 */
import { MessageType, WireError } from '../ports/message.js';
import type {
  ServerConfirmSession,
  ServerError,
  ServerMessage,
  ServerPlaybackState,
  ServerResponseAnimation,
  ClientMessage,
  IgnoredMessage,
} from '../ports/message.js';
import { CLIENT_READERS } from './client-reader.js';
import {
  readConnectionId,
  readShortText,
  readCutText,
  readSafeInt64,
  skipField,
  WIRE_LIMITS,
  contentOf,
  readEnvelope,
  toWireError,
} from './field-reader.js';
import type { FieldReader, Envelope } from './field-reader.js';
import { ANIMATION_TAG, countKeyframes } from './keyframes.js';

/** The longest kept text; the ids have 27 and about 36 bytes. */
const MAX_KEPT_BYTES = 127;

const NO_BYTES = new Uint8Array(0);

/**
 * The fast path of receiving: the texts of the animation messages of one connection. A text is nearly always the same as before, so it is
 * compared as bytes instead of being decoded to a string again. Two such strings, and the look-up of an utterance by a string without a
 * cached hash, were a quarter of the cost of receiving a message. The bytes of all three texts are in one piece of memory, because with a
 * thousand connections each further object is a cache miss (test/bench/NOTES.md).
 */
export class AnimationTexts {
  #connectionId = '';
  #reqId = '';
  #avatarId = '';
  /** The bytes of the three texts in sequence, and the end of each. */
  #bytes: Uint8Array = NO_BYTES;
  #connectionIdEnd = 0;
  #reqIdEnd = 0;
  #avatarIdEnd = 0;

  /** This method and the next two return the same text, or throw the same error, as reading without kept texts. */
  readConnectionId(reader: FieldReader): string {
    if (isNext(reader, this.#bytes, 0, this.#connectionIdEnd)) return this.#connectionId;
    const text = readConnectionId(reader);
    const bytes = keptBytes(reader, text);
    if (bytes === undefined) return text;
    this.#connectionId = text;
    this.#keep(bytes, undefined, undefined);
    return text;
  }

  readReqId(reader: FieldReader): string {
    if (isNext(reader, this.#bytes, this.#connectionIdEnd, this.#reqIdEnd)) return this.#reqId;
    const text = readShortText(reader, 'req_id');
    const bytes = keptBytes(reader, text);
    if (bytes === undefined) return text;
    this.#reqId = text;
    this.#keep(undefined, bytes, undefined);
    return text;
  }

  readAvatarId(reader: FieldReader): string {
    if (isNext(reader, this.#bytes, this.#reqIdEnd, this.#avatarIdEnd)) return this.#avatarId;
    const text = readShortText(reader, 'avatar_id');
    const bytes = keptBytes(reader, text);
    if (bytes === undefined) return text;
    this.#avatarId = text;
    this.#keep(undefined, undefined, bytes);
    return text;
  }

  /** Replaces the kept bytes of one text. */
  #keep(
    connectionId = this.#bytes.subarray(0, this.#connectionIdEnd),
    reqId = this.#bytes.subarray(this.#connectionIdEnd, this.#reqIdEnd),
    avatarId = this.#bytes.subarray(this.#reqIdEnd, this.#avatarIdEnd),
  ): void {
    this.#connectionIdEnd = connectionId.length;
    this.#reqIdEnd = this.#connectionIdEnd + reqId.length;
    this.#avatarIdEnd = this.#reqIdEnd + avatarId.length;
    const bytes = new Uint8Array(this.#avatarIdEnd);
    bytes.set(connectionId);
    bytes.set(reqId, this.#connectionIdEnd);
    bytes.set(avatarId, this.#reqIdEnd);
    this.#bytes = bytes;
  }
}

/** Whether the field's text has the bytes from `from` to `to` of `kept`; if so, moves the reader behind the field. */
function isNext(reader: FieldReader, kept: Uint8Array, from: number, to: number): boolean {
  const { buf, len, pos } = reader;
  const length = to - from;
  const at = pos + 1;
  // Kept texts have a length of one byte. The engine compiles this loop to code like memcmp.
  if (buf[pos] !== length || at + length > len) return false;
  for (let i = 0; i < length; i += 1) if (buf[at + i] !== kept[from + i]) return false;
  reader.pos = at + length;
  return true;
}

/** The bytes of the text that was just read; undefined if it is too long to be kept. */
function keptBytes(reader: FieldReader, text: string): Uint8Array | undefined {
  const sizeBytes = Buffer.byteLength(text);
  return sizeBytes <= MAX_KEPT_BYTES ? reader.buf.subarray(reader.pos - sizeBytes, reader.pos) : undefined;
}

const NO_CAPABILITIES: readonly string[] = Object.freeze([]);

function readConfirmSession(reader: FieldReader): ServerConfirmSession {
  let connectionId = '';
  let capabilities: string[] | undefined;
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        // Flattened: as read it is a tree of pieces of eight characters, and it is kept for the whole session.
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
        // Lenient: a damaged character in a sentence for people must not hide the code next to it.
        message = readCutText(reader, WIRE_LIMITS.errorTextBytes);
        break;
      default:
        skipField(reader, tag);
    }
  }
  return { type: MessageType.serverError, connectionId, reqId, code, message };
}

/** @param texts the texts of earlier messages of the same connection */
function readResponseAnimation(
  reader: FieldReader,
  texts: AnimationTexts = new AnimationTexts(),
): ServerResponseAnimation {
  let connectionId = '';
  let reqId = '';
  let end = false;
  let avatarId = '';
  const counted = { all: 0, small: 0 };
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        connectionId = texts.readConnectionId(reader);
        break;
      case 0x12:
        reqId = texts.readReqId(reader);
        break;
      case 0x18:
        end = reader.bool();
        break;
      case ANIMATION_TAG:
        countKeyframes(reader, counted);
        break;
      case 0x2a:
        avatarId = texts.readAvatarId(reader);
        break;
      default:
        skipField(reader, tag);
    }
  }
  const { all: keyframeCount } = counted;
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

/** The readers of all messages that a client accepts, by type. */
const SERVER_READERS: Readonly<Record<ServerMessage['type'], (reader: FieldReader) => ServerMessage>> = {
  [MessageType.serverConfirmSession]: readConfirmSession,
  [MessageType.serverError]: readServerError,
  [MessageType.serverResponseAnimation]: (reader) => readResponseAnimation(reader),
  [MessageType.serverPlaybackState]: readPlaybackState,
};

type Readers<Message> = ReadonlyMap<number, (reader: FieldReader) => Message>;
const READ_BY_CLIENT = byType(SERVER_READERS);
const READ_BY_SERVICE = byType(CLIENT_READERS);

/**
 * Decodes a message of a service. Keyframes are counted and their framing is checked, but no float is decoded. Message types that are
 * unknown, or that only clients send, are returned as `ignored`; unknown fields are skipped. Does not check values: an empty connection
 * id is decoded. `texts`, those of the connection that received the bytes, make decoding cheaper.
 */
export function decodeServerMessage(
  bytes: Uint8Array,
  texts?: AnimationTexts,
): ServerMessage | IgnoredMessage {
  try {
    const envelope = readEnvelope(bytes);
    // Nearly all messages have this type, so they do not need the table.
    if (envelope.type === MessageType.serverResponseAnimation) {
      return readResponseAnimation(contentOf(envelope), texts);
    }
    return readBy(READ_BY_CLIENT, envelope);
  } catch (cause) {
    throw toWireError(cause);
  }
}

/** Decodes a message of a client; otherwise as `decodeServerMessage`. `audio` is a view into `bytes`, not a copy. */
export function decodeClientMessage(bytes: Uint8Array): ClientMessage | IgnoredMessage {
  try {
    return readBy(READ_BY_SERVICE, readEnvelope(bytes));
  } catch (cause) {
    throw toWireError(cause);
  }
}

function readBy<Message>(readers: Readers<Message>, envelope: Envelope): Message | IgnoredMessage {
  const read = readers.get(envelope.type);
  return read === undefined ? { type: 'ignored', messageType: envelope.type } : read(contentOf(envelope));
}

function byType<Message>(
  readers: Readonly<Record<number, (reader: FieldReader) => Message>>,
): Readers<Message> {
  return new Map(Object.entries(readers).map(([type, read]) => [Number(type), read]));
}
