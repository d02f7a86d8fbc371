/**
 * The memory of what is being said: blocks that are not zeroed, with room in front of each part for the head of its message.
 * Blocks that come and go by the megabyte make the engine collect the whole heap again and again, because it counts their bytes
 * and not what it could free: 4 µs for each chunk of 3200 bytes (test/bench/NOTES.md). So some are used again.
 */
import { AVATAR_CODEC } from '../../adapters/codec/avatar-codec.js';
import { LARGEST_BLOCK_BYTES } from '../../core/utterance/audio-log.js';
import type { AudioMemory } from '../../core/utterance/audio-log.js';

/** Free blocks that the process keeps: 4 MiB at most. */
const MAX_FREE_BLOCKS = (4 * 1024 * 1024) / LARGEST_BLOCK_BYTES;

const freeBlocks: Uint8Array[] = [];

const AUDIO_MEMORY: AudioMemory = {
  allocate: (bytes) => Buffer.allocUnsafeSlow(bytes),
  headRoomBytes: AVATAR_CODEC.audioHeadRoomBytes,
};

const REUSED_AUDIO_MEMORY: AudioMemory = {
  allocate: (bytes) =>
    (bytes === LARGEST_BLOCK_BYTES ? freeBlocks.pop() : undefined) ?? AUDIO_MEMORY.allocate(bytes),
  free: (block) => {
    if (block.length === LARGEST_BLOCK_BYTES && freeBlocks.length < MAX_FREE_BLOCKS) freeBlocks.push(block);
  },
  headRoomBytes: AVATAR_CODEC.audioHeadRoomBytes,
};

/** @param reused for a transport that keeps nothing of what it was given: blocks of utterances that are over are used again */
export function audioMemory(reused: boolean): AudioMemory {
  return reused ? REUSED_AUDIO_MEMORY : AUDIO_MEMORY;
}
