/**
 * The keyframes of an animation message as Float32Arrays, in one walk over the bytes: for renderers, which
 * need typed arrays, 25 times a second. 0.35 µs per keyframe of 120 floats, where the decoder that protobufjs
 * generates takes 1.0 µs for plain arrays (test/bench/NOTES.md): no array grows, and a list costs one view.
 * Gives the numbers that `decodeKeyframes` gives, and refuses what that refuses; what is not written as every
 * encoder writes it is left to that.
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

/** Frames mostly come several in one buffer, one after the other. */
let latest: ArrayBufferLike | undefined;

/**
 * Marks memory that is handed out and stays in use here: many frames lie in one buffer, beside what the socket still reads, and
 * `postMessage` with such a buffer in its transfer list would take all of it away. Marked memory is copied instead (Node 20), or
 * the call refuses it (newer). Costs a tenth of a microsecond for each buffer, and nothing for further views of it.
 */
export function keepMemory({ buffer }: ArrayBufferView): void {
  if (buffer === latest) return;
  latest = buffer;
  markAsUntransferable(buffer);
}

/** Bytes of a block; as much as the network hands over at once, and keeps in memory as long as a part of it is referenced. */
const BLOCK_BYTES = 64 * 1024;
const FLOAT_BYTES = 4;
/** A larger list gets memory of its own. */
const MAX_SHARED_FLOATS = BLOCK_BYTES / FLOAT_BYTES / 4;

let bits: Int32Array = new Int32Array(0);
/** Floats handed out of the block. */
let used = 0;

/** `length` floats as they lie in `bytes` from `at` on, little endian, whatever `at` is a multiple of; NaNs keep their bits. */
export function copyFloats(bytes: DataView, at: number, length: number): Float32Array {
  if (length > MAX_SHARED_FLOATS) return copyBits(bytes, at, new Int32Array(length), 0, length);
  if (used + length > bits.length) {
    // Not zeroed: every float is written before it is handed out.
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

/** Where a view of the bytes themselves reads as floats; elsewhere every list is copied. */
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
/** Shared by all empty lists: it has no element to write to. */
const NO_FLOATS = new Float32Array(0);
keepMemory(NO_FLOATS);
/** Two bytes on the wire need not be an object of their own in memory. */
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
 * As `decodeKeyframes`, with each list as a Float32Array. A list that happens to lie at a multiple of four bytes is a view of
 * `raw`, any other is a copy: so the floats are to be read, not written, and a list that is kept keeps up to 64 KiB alive.
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

/** False for what only the other decoder reads. */
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

/** Walks over keyframes as every encoder writes them: packed lists in ascending order, each in one piece. */
class ListWalk {
  readonly #buf: Uint8Array;
  readonly #memory: ArrayBufferLike;
  readonly #offset: number;
  #view: DataView | undefined;
  #at = 0;
  #end = 0;

  /** `buf` is not always the whole message: a content that came in pieces was joined. */
  constructor(buf: Uint8Array) {
    this.#buf = buf;
    this.#memory = buf.buffer;
    this.#offset = buf.byteOffset;
  }

  /** Undefined for a keyframe that is written in another way, or not well. */
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

  /** Empty when no such list is here; stays where it is at what it can't read. */
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
