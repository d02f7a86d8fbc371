/**
 * Memory for small lists of floats, cut from large blocks: a Float32Array with memory of its own costs half a microsecond, a view
 * of a block a fortieth of that. Whoever keeps a list keeps its block; nothing is ever handed out twice.
 */

import { keepMemory } from './keep-memory.js';

/** Bytes of a block; as much as the network hands over at once, and keeps for whoever holds a part of it. */
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
