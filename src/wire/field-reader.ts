/**
 * Reads single fields, and the envelope around every content; shared by all message readers. A reader's `len` is always the end of the
 * current message, so a field beyond it is noticed at once. Of an envelope it reads the type and the position of the content: it handles
 * a repeated content field, and refuses a content that contradicts the type. Does not read the content, and is independent of its fields.
 */
import protobuf from 'protobufjs/minimal.js';
import { WireError, MessageType } from '../ports/message.js';

/**
 * The limits of a message of the service. A message beyond a limit is refused as undecodable (`protocolError`); a text for people is cut.
 * The limits are far above the sizes that a service sends, and far below those that would exhaust a process.
 */
export const WIRE_LIMITS: Readonly<Record<WireLimit, number>> = Object.freeze({
  /** Connection ids, request ids, avatar ids and reasons, bytes; a request id has 27, a connection id about 36. */
  idBytes: 1_024,
  /** Capabilities of a confirmation; today's services send two. */
  capabilities: 64,
  capabilityBytes: 128,
  /** Text of a ServerError, bytes; a longer text is cut. */
  errorTextBytes: 8_192,
  /** Non-empty pieces in which the content of one message may come. Encoders write one. */
  contentPieces: 1_024,
  /** Keyframes of one message: ten minutes of speech. */
  keyframes: 16_384,
  /**
   * Keyframes of one message with fewer bytes than `smallKeyframeBytes`, empty ones not counted: 40 seconds of speech. Decoded they take
   * many times their bytes; a keyframe of a face has about 500.
   */
  smallKeyframes: 1_024,
  smallKeyframeBytes: 128,
  /** Encoded bytes of one keyframe: 16 thousand floats; a face has about 120. */
  keyframeBytes: 65_536,
});

type WireLimit =
  | 'idBytes'
  | 'capabilities'
  | 'capabilityBytes'
  | 'errorTextBytes'
  | 'contentPieces'
  | 'keyframes'
  | 'smallKeyframes'
  | 'smallKeyframeBytes'
  | 'keyframeBytes';

export type FieldReader = protobuf.Reader;

/** Deeper unknown groups are refused, as in other protobuf parsers. */
const MAX_GROUP_DEPTH = 100;

/** Uses the plain reader for Buffers as well: with one class the hot path stays monomorphic, and its short strings are as fast. */
export function openFields(bytes: Uint8Array, start = 0, end = bytes.length): FieldReader {
  const reader = new protobuf.Reader(bytes);
  reader.pos = start;
  reader.len = end;
  return reader;
}

/** Enters a nested message; returns the outer end, which the caller passes to `leaveMessage`. */
export function enterMessage(reader: FieldReader): number {
  const outerEnd = reader.len;
  const end = reader.size() + reader.pos;
  if (end > outerEnd) throw new WireError('a nested message is longer than the message around it');
  reader.len = end;
  return outerEnd;
}

export function leaveMessage(reader: FieldReader, outerEnd: number): void {
  reader.len = outerEnd;
}

/** Reads a nested message; `readField` reads or skips exactly the field of the tag that it gets. */
export function readNested(reader: FieldReader, readField: (tag: number) => void): void {
  const outerEnd = enterMessage(reader);
  while (reader.pos < reader.len) readField(reader.tag());
  leaveMessage(reader, outerEnd);
}

/** Skips the value of an unknown field, or of a known field with another wire type (which is unknown to proto3). */
export function skipField(reader: FieldReader, tag: number): void {
  if ((tag & 7) !== 3) {
    skipValue(reader, tag);
    return;
  }
  refuseFieldZero(tag);
  const openGroups = [tag >>> 3];
  while (openGroups.length > 0) {
    const inner = reader.tag();
    if ((inner & 7) === 3) {
      refuseFieldZero(inner);
      if (openGroups.push(inner >>> 3) > MAX_GROUP_DEPTH) throw new WireError('groups are nested too deeply');
    } else if ((inner & 7) === 4) {
      if (openGroups.pop() !== inner >>> 3) throw new WireError('a group ends that has not begun');
    } else {
      skipValue(reader, inner);
    }
  }
}

function skipValue(reader: FieldReader, tag: number): void {
  refuseFieldZero(tag);
  switch (tag & 7) {
    case 0:
      // Not `skip()`, which accepts varints of any length: ten bytes are the limit.
      reader.uint32();
      return;
    case 1:
      reader.skip(8);
      return;
    case 2:
      reader.skip(reader.size());
      return;
    case 5:
      reader.skip(4);
      return;
    default:
      throw new WireError(`wire type ${tag & 7} has no meaning here`);
  }
}

function refuseFieldZero(tag: number): void {
  if (tag >>> 3 === 0) throw new WireError('there is no field 0');
}

/** An id, or another short text for programs; a longer one is refused before it is read. */
export function readShortText(
  reader: FieldReader,
  fieldName: string,
  maxBytes = WIRE_LIMITS.idBytes,
): string {
  const from = reader.pos;
  const sizeBytes = reader.size();
  if (sizeBytes > maxBytes) {
    throw new WireError(`${fieldName} has ${sizeBytes} bytes, at most ${maxBytes} are accepted`);
  }
  reader.pos = from;
  return reader.stringVerify();
}

/** The service's id of a connection; only for people, so a long one is cut. */
export function readConnectionId(reader: FieldReader): string {
  const from = reader.pos;
  const isLong = reader.size() > WIRE_LIMITS.idBytes;
  reader.pos = from;
  return isLong ? readCutText(reader, WIRE_LIMITS.idBytes) : readShortText(reader, 'connection_id');
}

/** A text for people: bytes beyond `maxBytes` are skipped, and damaged characters are replaced. */
export function readCutText(reader: FieldReader, maxBytes: number): string {
  const sizeBytes = reader.size();
  const from = reader.pos;
  reader.skip(sizeBytes);
  const kept = reader.buf.subarray(from, from + Math.min(sizeBytes, maxBytes));
  return new TextDecoder('utf-8', { ignoreBOM: true, fatal: false }).decode(kept, {
    stream: sizeBytes > maxBytes,
  });
}

/** A signed 64-bit field as a number; values that a number can't hold exactly are refused. */
export function readSafeInt64(reader: FieldReader, fieldName: string): number {
  const value = Number(reader.int64());
  if (!Number.isSafeInteger(value)) throw new WireError(`${fieldName} is beyond 2^53`);
  return value;
}

/** One entry of a `map<string, string>`; a missing key or value is empty, a repeated key replaces the earlier one. */
export function readMapEntry(reader: FieldReader, into: Map<string, string>): void {
  let key = '';
  let value = '';
  readNested(reader, (tag) => {
    switch (tag) {
      case 0x0a:
        key = reader.stringVerify();
        return;
      case 0x12:
        value = reader.stringVerify();
        return;
      default:
        skipField(reader, tag);
    }
  });
  into.set(key, value);
}

/** Any error of reading as the error of this folder; protobufjs throws RangeError, Error and TypeError. */
export function toWireError(cause: unknown): WireError {
  if (cause instanceof WireError) return cause;
  return new WireError(cause instanceof Error ? cause.message : 'undecodable bytes', { cause });
}

/** Envelope field `type`. */
const TYPE_TAG = 0x08;
/** The content field of a message type; its number is the type plus one. */
export function contentTag(type: number): number {
  return ((type + 1) << 3) | 2;
}

/**
 * Content fields are those of the known types and all numbers between; one is internal to the service, but also a member of the oneof.
 */
const FIRST_CONTENT_TAG = contentTag(Math.min(...Object.values(MessageType)));
const LAST_CONTENT_TAG = contentTag(Math.max(...Object.values(MessageType)));

export interface Envelope {
  /** The type on the wire, which may be unknown here; never 0. */
  readonly type: number;
  /** Tag of the content that applies; 0 if there is none. */
  readonly contentTag: number;
  /** The offset of the first content field that applies, including its tag; earlier ones were overridden. */
  readonly contentFrom: number;
  /** Reads only the content. */
  readonly content: FieldReader;
  /** The parts of a content that came in several; undefined if it came in one. */
  readonly pieces: readonly Uint8Array[] | undefined;
}

/**
 * Finds the content of an envelope. As in every proto3 parser, the last of different content fields applies, and pieces of the same one
 * are joined. Throws WireError, or the errors of protobufjs for broken framing.
 */
export function readEnvelope(bytes: Uint8Array): Envelope {
  const reader = openFields(bytes);
  let type = 0;
  let tag = 0;
  let from = 0;
  let start = 0;
  let end = 0;
  let earlierPieces: Uint8Array[] | undefined;
  while (reader.pos < reader.len) {
    const fieldFrom = reader.pos;
    const fieldTag = reader.tag();
    if (fieldTag === TYPE_TAG) {
      type = reader.int32();
    } else if (fieldTag >= FIRST_CONTENT_TAG && fieldTag <= LAST_CONTENT_TAG && (fieldTag & 7) === 2) {
      if (fieldTag === tag) {
        // An empty piece adds nothing, so it is not kept.
        if (end > start) earlierPieces = withPiece(earlierPieces, bytes.subarray(start, end));
      } else {
        earlierPieces = undefined;
        tag = fieldTag;
        from = fieldFrom;
      }
      const size = reader.size();
      start = reader.pos;
      reader.skip(size);
      end = reader.pos;
    } else {
      skipField(reader, fieldTag);
    }
  }
  if (type === 0) throw new WireError('an envelope without a type');
  const pieces = earlierPieces === undefined ? undefined : [...earlierPieces, bytes.subarray(start, end)];
  let content = reader;
  if (pieces === undefined) {
    content.pos = start;
    content.len = end;
  } else {
    content = openFields(Buffer.concat(pieces));
  }
  return { type, contentTag: tag, contentFrom: from, content, pieces };
}

function withPiece(pieces: Uint8Array[] | undefined, piece: Uint8Array): Uint8Array[] {
  if (pieces === undefined) return [piece];
  if (pieces.push(piece) < WIRE_LIMITS.contentPieces) return pieces;
  throw new WireError(`the content comes in more than ${WIRE_LIMITS.contentPieces} pieces`);
}

/** The reader of the content, after a check that the content fits the type. */
export function contentOf(envelope: Envelope): FieldReader {
  if (envelope.contentTag === contentTag(envelope.type)) {
    for (const piece of envelope.pieces ?? []) requireWholeFields(piece);
    return envelope.content;
  }
  throw new WireError(
    envelope.contentTag === 0
      ? `a message of type ${envelope.type} without its content`
      : `a message of type ${envelope.type} with the content of type ${(envelope.contentTag >>> 3) - 1}`,
  );
}

/** Throws if a field continues beyond the end of the piece: each piece is a message of its own, and their fields are merged. */
function requireWholeFields(piece: Uint8Array): void {
  const reader = openFields(piece);
  while (reader.pos < reader.len) skipField(reader, reader.tag());
}
