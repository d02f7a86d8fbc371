/**
 * Changes only the fields of an animation envelope about its request: the request id of a re-send becomes that of the
 * application, and the end of a segment is no longer an end of the request. All other bytes, and the length, stay the
 * same.
 */
import protobuf from 'protobufjs/minimal.js';
import type { AnimationPatch } from '../ports/codec.js';
import { contentTag, openFields, skipField, toWireError } from './field-reader.js';
import type { FieldReader } from './field-reader.js';
import { readAnimationEnvelope, ANIMATION_TAG, KEYFRAME_TAG } from './keyframes.js';
import { MessageType } from '../ports/message.js';

const CONTENT_TAG = contentTag(MessageType.serverResponseAnimation);
/** ServerResponseAnimation fields `req_id` and `end`. */
const REQ_ID_TAG = 0x12;
const END_TAG = 0x18;

/** A patched copy; `raw` is not written to. Throws WireError for anything but an animation envelope. */
export function patchAnimation(raw: Uint8Array, patch: AnimationPatch): Uint8Array {
  try {
    const { contentFrom } = readAnimationEnvelope(raw);
    // Not Buffer.from, whose memory is shared with other buffers of the process.
    const copy = Uint8Array.prototype.slice.call(raw);
    const reader = openFields(raw);
    while (reader.pos < raw.length) {
      const fieldFrom = reader.pos;
      const tag = reader.tag();
      if (tag !== CONTENT_TAG) {
        skipField(reader, tag);
        continue;
      }
      const size = reader.size();
      // Earlier content was overridden, so it is not changed.
      if (fieldFrom >= contentFrom) patchContent(openFields(raw, reader.pos, reader.pos + size), copy, patch);
      reader.skip(size);
    }
    return copy;
  } catch (cause) {
    throw toWireError(cause);
  }
}

function patchContent(reader: FieldReader, copy: Uint8Array, { reqId, clearEnd }: AnimationPatch): void {
  const idBytes = reqId === undefined ? undefined : Buffer.from(reqId);
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === REQ_ID_TAG) {
      const size = reader.size();
      if (idBytes?.length === size) copy.set(idBytes, reader.pos);
      reader.skip(size);
      continue;
    }
    const valueFrom = reader.pos;
    skipField(reader, tag);
    if (tag !== END_TAG || clearEnd !== true) continue;
    // A varint keeps its length, whatever its encoding: its value bits become 0.
    for (let at = valueFrom; at < reader.pos; at += 1) copy[at] = (copy[at] ?? 0) & 0x80;
  }
}

/** The fields that lead to a keyframe, outermost first. */
const PATH = [contentTag(MessageType.serverResponseAnimation), ANIMATION_TAG, KEYFRAME_TAG] as const;

interface Trim {
  readonly raw: Uint8Array;
  /** Content before this offset was overridden by a later one and is ignored. */
  readonly countsFrom: number;
  /** The number of keyframes that are still to be removed. */
  left: number;
}

/**
 * The same envelope without its first `count` keyframes, as new bytes; with `count` 0 the same object. A count above
 * the number of keyframes removes all of them. The `animation` field stays present, though it may be empty. Throws
 * RangeError for a count that is no whole number from 0, WireError for anything but an animation envelope. Reads no
 * further than the last removed keyframe: the rest was checked when the message was decoded.
 */
export function trimLeadingKeyframes(raw: Uint8Array, count: number): Uint8Array {
  if (!Number.isInteger(count) || count < 0) {
    throw new RangeError(`count must be a whole number of at least 0, got ${count}`);
  }
  try {
    const { contentFrom } = readAnimationEnvelope(raw);
    if (count === 0) return raw;
    return Buffer.concat(keptPieces({ raw, countsFrom: contentFrom, left: count }, 0, 0, raw.length));
  } catch (cause) {
    throw toWireError(cause);
  }
}

/** The kept parts of the message between two offsets, in order; `level` is its index in the path. */
function keptPieces(trim: Trim, level: number, start: number, end: number): Uint8Array[] {
  const reader = openFields(trim.raw, start, end);
  const pieces: Uint8Array[] = [];
  let keptFrom = start;
  while (reader.pos < end && trim.left > 0) {
    const fieldFrom = reader.pos;
    const tag = reader.tag();
    const lengthFrom = reader.pos;
    if (tag !== PATH[level] || fieldFrom < trim.countsFrom) {
      skipField(reader, tag);
      continue;
    }
    const size = reader.size();
    const valueFrom = reader.pos;
    reader.skip(size);
    if (tag === KEYFRAME_TAG && level === PATH.length - 1) {
      pieces.push(trim.raw.subarray(keptFrom, fieldFrom));
      trim.left -= 1;
    } else {
      const inner = keptPieces(trim, level + 1, valueFrom, reader.pos);
      const innerBytes = inner.reduce((sum, piece) => sum + piece.length, 0);
      // Nothing was removed: the length keeps its bytes, whatever its encoding.
      if (innerBytes === size) continue;
      pieces.push(trim.raw.subarray(keptFrom, lengthFrom), encodeLength(innerBytes), ...inner);
    }
    keptFrom = reader.pos;
  }
  pieces.push(trim.raw.subarray(keptFrom, end));
  return pieces;
}

function encodeLength(bytes: number): Uint8Array {
  return protobuf.Writer.create().uint32(bytes).finish();
}
