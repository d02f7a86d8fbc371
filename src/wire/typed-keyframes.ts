/**
 * The keyframes of an animation message as Float32Arrays, in one walk over the bytes: for renderers, which need typed arrays, 25 times a
 * second. 0.35 µs per keyframe of 120 floats, while the decoder that protobufjs generates takes 1.0 µs for plain arrays
 * (test/bench/NOTES.md): no array grows, and a list costs one view. Returns the same numbers and refuses the same messages as
 * `decodeKeyframes`, which also decodes messages with an unusual encoding.
 */
import { markAsUntransferable } from 'node:worker_threads';
import type { Keyframe, TypedKeyframe } from '../ports/message.js';
import { enterMessage, leaveMessage, skipField, toWireError } from './field-reader.js';
import type { FieldReader } from './field-reader.js';
import {
  ANIMATION_TAG,
  EMPTY_KEYFRAME as EMPTY_PLAIN_KEYFRAME,
  decodeKeyframes,
  KEYFRAME_TAG,
  readAnimationEnvelope,
} from './keyframes.js';

/** Successive frames mostly come in the same buffer. */
let latest: ArrayBufferLike | undefined;

/**
 * Marks memory that the application gets while it is still used here: many frames are in one buffer, together with bytes that the socket
 * still reads, and `postMessage` with such a buffer in its transfer list would detach all of it. Marked memory is copied instead (Node
 * 20), or the call refuses it (newer). Costs a tenth of a microsecond for each buffer, and nothing for further views of it.
 */
export function keepMemory({ buffer }: ArrayBufferView): void {
  if (buffer === latest) return;
  latest = buffer;
  markAsUntransferable(buffer);
}

/** The size of a block, bytes: as much as the network delivers at once. A block stays in memory as long as a part of it is referenced. */
const BLOCK_BYTES = 64 * 1024;
const FLOAT_BYTES = 4;
/** A larger list gets memory of its own. */
const MAX_SHARED_FLOATS = BLOCK_BYTES / FLOAT_BYTES / 4;

let bits: Int32Array = new Int32Array(0);
/** Floats of the block that are in use. */
let used = 0;

/** `length` floats from the offset `at` of `bytes`, little endian, whatever the alignment; NaNs keep their bits. */
export function copyFloats(bytes: DataView, at: number, length: number): Float32Array {
  if (length > MAX_SHARED_FLOATS) return copyBits(bytes, at, new Int32Array(length), 0, length);
  if (used + length > bits.length) {
    // Not zeroed, because every float is written before it is returned.
    bits = new Int32Array(Buffer.allocUnsafeSlow(BLOCK_BYTES).buffer);
    keepMemory(bits);
    used = 0;
  }
  const from = used;
  used += length;
  return copyBits(bytes, at, bits, from, length);
}

function copyBits(bytes: DataView, at: number, into: Int32Array, from: number, length: number): Float32Array {
  for (let i = 0; i < length; i += 1) into[from + i] = bytes.getInt32(at + FLOAT_BYTES * i, true);
  return new Float32Array(into.buffer, FLOAT_BYTES * from, length);
}

/** Whether a view of the bytes can be read as floats; on other machines every list is copied. */
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
/** Shared by all empty lists, because it has no element that could be written. */
const NO_FLOATS = new Float32Array(0);
keepMemory(NO_FLOATS);
/** Two bytes on the wire must not become an object of their own in memory. */
const EMPTY_KEYFRAME: TypedKeyframe = Object.freeze({
  translation: NO_FLOATS,
  rotation: NO_FLOATS,
  neckPose: NO_FLOATS,
  jawPose: NO_FLOATS,
  eyePose: NO_FLOATS,
  eyeLid: NO_FLOATS,
  expression: NO_FLOATS,
});

/**
 * Like `decodeKeyframes`, with each list as a Float32Array. A list that is aligned to four bytes is a view of `raw`, any other is a copy:
 * so the floats must only be read, and keeping a list keeps up to 64 KiB of memory.
 */
export function decodeTypedKeyframes(raw: Uint8Array): TypedKeyframe[] {
  try {
    const reader = readAnimationEnvelope(raw).content;
    const walk = new ListWalk(reader.buf);
    const keyframes: TypedKeyframe[] = [];
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      if (tag !== ANIMATION_TAG) skipField(reader, tag);
      else if (!readKeyframes(reader, walk, keyframes)) return decodeKeyframes(raw).map(typed);
    }
    return keyframes;
  } catch (cause) {
    throw toWireError(cause);
  }
}

/** Returns false if only the other decoder can read the message. */
function readKeyframes(reader: FieldReader, walk: ListWalk, into: TypedKeyframe[]): boolean {
  const outerEnd = enterMessage(reader);
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag !== KEYFRAME_TAG) {
      skipField(reader, tag);
      continue;
    }
    const keyframesEnd = enterMessage(reader);
    const keyframe = walk.keyframe(reader.pos, reader.len);
    if (keyframe === undefined) return false;
    reader.pos = reader.len;
    leaveMessage(reader, keyframesEnd);
    into.push(keyframe);
  }
  leaveMessage(reader, outerEnd);
  return true;
}

/** Reads keyframes in the usual encoding: packed lists in ascending order, each in one piece. */
class ListWalk {
  readonly #buf: Uint8Array;
  readonly #memory: ArrayBufferLike;
  readonly #offset: number;
  #view: DataView | undefined;
  #at = 0;
  #end = 0;

  /** @param buf may differ from the whole message, because a content in several pieces is joined */
  constructor(buf: Uint8Array) {
    this.#buf = buf;
    this.#memory = buf.buffer;
    this.#offset = buf.byteOffset;
  }

  /** Undefined for a keyframe with another encoding, or a broken one. */
  keyframe(start: number, end: number): TypedKeyframe | undefined {
    if (start === end) return EMPTY_KEYFRAME;
    this.#at = start;
    this.#end = end;
    const keyframe = {
      translation: this.#list(0x0a),
      rotation: this.#list(0x12),
      neckPose: this.#list(0x1a),
      jawPose: this.#list(0x22),
      eyePose: this.#list(0x2a),
      eyeLid: this.#list(0x32),
      expression: this.#list(0x3a),
    };
    return this.#at === end ? keyframe : undefined;
  }

  /** Empty if there is no such list; does not advance at bytes that it can't read. */
  #list(tag: number): Float32Array {
    const at = this.#at;
    if (at >= this.#end || this.#buf[at] !== tag) return NO_FLOATS;
    const low = this.#buf[at + 1] ?? 0xff;
    const high = low < 0x80 ? 0 : (this.#buf[at + 2] ?? 0xff);
    const from = low < 0x80 ? at + 2 : at + 3;
    const sizeBytes = (low & 0x7f) | (high << 7);
    if (high >= 0x80 || from + sizeBytes > this.#end || (sizeBytes & 3) !== 0) return NO_FLOATS;
    this.#at = from + sizeBytes;
    const offset = this.#offset + from;
    const length = sizeBytes / FLOAT_BYTES;
    if (LITTLE_ENDIAN && (offset & 3) === 0) return new Float32Array(this.#memory, offset, length);
    this.#view ??= new DataView(this.#memory, this.#offset, this.#buf.length);
    return copyFloats(this.#view, from, length);
  }
}

function typed(keyframe: Keyframe): TypedKeyframe {
  if (keyframe === EMPTY_PLAIN_KEYFRAME) return EMPTY_KEYFRAME;
  const { translation, rotation, neckPose, jawPose, eyePose, eyeLid, expression } = keyframe;
  return {
    translation: floatsOf(translation),
    rotation: floatsOf(rotation),
    neckPose: floatsOf(neckPose),
    jawPose: floatsOf(jawPose),
    eyePose: floatsOf(eyePose),
    eyeLid: floatsOf(eyeLid),
    expression: floatsOf(expression),
  };
}

function floatsOf(list: readonly number[]): Float32Array {
  return list.length === 0 ? NO_FLOATS : new Float32Array(list);
}
