/**
 * The envelope: its type, and where its content lies. Decides what a repeated content field means, and that a
 * content which contradicts the type is refused. Does not look into the content.
 */
import { MessageType, WireError } from '../ports/message.js';
import { openFields, skipField, WIRE_LIMITS } from './field-reader.js';
import type { FieldReader } from './field-reader.js';

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
