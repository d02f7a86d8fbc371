/**
 * Takes keyframes off the front of an animation envelope without decoding anything, for messages that overlap with
 * what was delivered before a reconnect. All other bytes, unknown fields included, stay as they came.
 */
import protobuf from 'protobufjs/minimal.js';
import { contentTag } from './envelope.js';
import { openFields, skipField, toWireError } from './field-reader.js';
import { ANIMATION_TAG, KEYFRAME_TAG, readAnimationEnvelope } from './keyframes.js';
import { MessageType } from './message.js';

/** The fields that lead to a keyframe, outermost first. */
const PATH = [contentTag(MessageType.serverResponseAnimation), ANIMATION_TAG, KEYFRAME_TAG] as const;

interface Trim {
  readonly raw: Uint8Array;
  /** Content before this offset was overridden by a later one and does not count. */
  readonly countsFrom: number;
  /** Keyframes still to be taken off. */
  left: number;
}

/**
 * The same envelope without its first `count` keyframes, as new bytes; with `count` 0 the very same bytes. A count
 * above the number of keyframes takes all of them. The `animation` field stays present, though perhaps empty.
 * Throws RangeError for a count that is no whole number from 0, WireError for anything but an animation envelope.
 * Reads no further than the last keyframe taken off: what lies behind it was checked when the message was decoded.
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

/** What is left of the message between two offsets, in order; `level` is its place on the path. */
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
      // Nothing taken off: the length keeps its bytes too, however it was written.
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
