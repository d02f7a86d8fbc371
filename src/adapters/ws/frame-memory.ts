/**
 * Memory in which the frames of all connections are made, one over the other: for a socket that gives a frame to the system before
 * `write` returns, as a TCP socket does unless the peer is slow. A frame in memory of its own costs 700 bytes of memory that is in no
 * cache, and makes the engine collect garbage that is nothing but such frames (test/bench/NOTES.md). Uses no socket.
 */
import { headOfMasked } from './ws-package.js';

/** The space in front of a message: the largest head of a frame has 14 bytes. */
const HEAD_BYTES = 16;
/** More than a tenth of a second of speech at 48 kHz. */
const MEMORY_BYTES = 16 * 1024;
const NO_BYTES = Buffer.alloc(0);

let memory = Buffer.allocUnsafeSlow(MEMORY_BYTES);
/** Views of the memory, for messages of the size of the latest one. */
let payload = NO_BYTES;
let frame = NO_BYTES;

/** The frame of a message, until the next call; undefined where it has to be made in another way. */
export function passingFrameOf(bytes: Uint8Array): Buffer | undefined {
  const { length } = bytes;
  if (length > MEMORY_BYTES - HEAD_BYTES) return undefined;
  if (payload.length !== length) payload = memory.subarray(HEAD_BYTES, HEAD_BYTES + length);
  payload.set(bytes);
  const head = headOfMasked(payload);
  if (head === undefined) return undefined;
  const from = HEAD_BYTES - head.length;
  for (let i = 0; i < head.length; i += 1) memory[from + i] = head[i] ?? 0;
  if (frame.length !== head.length + length) frame = memory.subarray(from, HEAD_BYTES + length);
  return frame;
}

/** Called if the latest frame is still in use: the next frames are made in other memory. */
export function leaveFrame(): void {
  memory = Buffer.allocUnsafeSlow(MEMORY_BYTES);
  payload = NO_BYTES;
  frame = NO_BYTES;
}
