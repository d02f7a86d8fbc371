/**
 * Reading single fields, and the envelope around every content: what all message readers share. A reader's
 * `len` is always the end of the message being read, so a field that reaches beyond its message is noticed at
 * once. Of an envelope, its type and where its content lies: what a repeated content field means, and that a
 * content which contradicts the type is refused. Does not read the content, and is independent of which
 * fields exist there.
 */
import protobuf from 'protobufjs/minimal.js';
import { WireError, MessageType } from '../ports/message.js';

/**
 * How much a message of the service may hold. What is beyond a limit is refused as undecodable (`protocolError`), or cut where
 * the text is for people. Far above what a service sends, far below what costs a process its time or memory.
 */
export const WIRE_LIMITS: Readonly<Record<WireLimit, number>> = Object.freeze({
  /** Connection ids, request ids, avatar ids and reasons, bytes; a request id has 27, a connection id about 36. */
  idBytes: 1_024,
  /** Capabilities of a confirmation; today's services name two. */
  capabilities: 64,
  capabilityBytes: 128,
  /** Text of a ServerError, bytes; what is beyond is cut. */
  errorTextBytes: 8_192,
  /** Pieces, empty ones not counted, in which the content of one message may come. Encoders make one. */
  contentPieces: 1_024,
  /** Keyframes of one message: ten minutes of speech. */
  keyframes: 16_384,
  /**
   * Keyframes of one message with fewer bytes than `smallKeyframeBytes`, empty ones not counted: 40 seconds of speech. Decoded they take
   * many times their bytes, where a face has about 500.
   */
  smallKeyframes: 1_024,
  smallKeyframeBytes: 128,
  /** Encoded bytes of one keyframe: 16 thousand floats, where a face has about 120. */
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

/** Deeper unknown groups are refused, as other protobuf parsers do. */
const MAX_GROUP_DEPTH = 100;

/** The plain reader also for a Buffer: one class keeps the hot path monomorphic, and its short strings are as fast. */
export function openFields(bytes: Uint8Array, start = 0, end = bytes.length): FieldReader {
  const reader = new protobuf.Reader(bytes);
  reader.pos = start;
  reader.len = end;
  return reader;
}

/** Steps into a nested message; returns the outer end, which the caller gives to `leaveMessage`. */
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

/** Reads a nested message; `readField` reads or skips exactly the field whose tag it is given. */
export function readNested(reader: FieldReader, readField: (tag: number) => void): void {
  const outerEnd = enterMessage(reader);
  while (reader.pos < reader.len) readField(reader.tag());
  leaveMessage(reader, outerEnd);
}

/** Skips the value of an unknown field, or of a known one with another wire type than its own (proto3: unknown). */
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
      // Not `skip()`, which takes varints of any length: ten bytes are the most.
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

/** The service's name for a connection: for people only, so one that is too long is cut. */
export function readConnectionId(reader: FieldReader): string {
  const from = reader.pos;
  const isLong = reader.size() > WIRE_LIMITS.idBytes;
  reader.pos = from;
  return isLong ? readCutText(reader, WIRE_LIMITS.idBytes) : readShortText(reader, 'connection_id');
}

/** A text for people: what is beyond `maxBytes` is skipped, and damaged characters are replaced. */
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

/** Whatever reading threw, as the one error of this folder; protobufjs throws RangeError, Error and TypeError. */
export function toWireError(cause: unknown): WireError {
  if (cause instanceof WireError) return cause;
  return new WireError(cause instanceof Error ? cause.message : 'undecodable bytes', { cause });
}

/** Envelope field `type`. */
const TYPE_TAG = 0x08;
/** The content field of a message type: the protocol numbers it one above. */
export function contentTag(type: number): number {
  return ((type + 1) << 3) | 2;
}

/** Content fields are those of the known types and all between; one is internal to the service, but still a member of the oneof. */
const FIRST_CONTENT_TAG = contentTag(Math.min(...Object.values(MessageType)));
const LAST_CONTENT_TAG = contentTag(Math.max(...Object.values(MessageType)));

export interface Envelope {
  /** As on the wire, perhaps unknown here; never 0. */
  readonly type: number;
  /** Tag of the content that counts; 0 when there is none. */
  readonly contentTag: number;
  /** Where the first content field that counts begins, its tag included; earlier ones were overridden. */
  readonly contentFrom: number;
  /** Reads the content and nothing else. */
  readonly content: FieldReader;
}

/**
 * Finds the content of an envelope. As in every proto3 parser, of different content fields the last one counts, and
 * the same one in several pieces is joined. Throws WireError or what protobufjs throws for broken framing.
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
        // An empty piece adds nothing, however many there are.
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
  let content: FieldReader;
  if (earlierPieces === undefined) {
    content = reader;
    content.pos = start;
    content.len = end;
  } else {
    content = openFields(Buffer.concat([...earlierPieces, bytes.subarray(start, end)]));
  }
  return { type, contentTag: tag, contentFrom: from, content };
}

function withPiece(pieces: Uint8Array[] | undefined, piece: Uint8Array): Uint8Array[] {
  if (pieces === undefined) return [piece];
  if (pieces.push(piece) < WIRE_LIMITS.contentPieces) return pieces;
  throw new WireError(`the content comes in more than ${WIRE_LIMITS.contentPieces} pieces`);
}

/** The reader of the content, after making sure that it is the content of this type. */
export function contentOf(envelope: Envelope): FieldReader {
  if (envelope.contentTag === contentTag(envelope.type)) return envelope.content;
  throw new WireError(
    envelope.contentTag === 0
      ? `a message of type ${envelope.type} without its content`
      : `a message of type ${envelope.type} with the content of type ${(envelope.contentTag >>> 3) - 1}`,
  );
}
