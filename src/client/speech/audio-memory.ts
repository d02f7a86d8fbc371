/**
 * The memory blocks in which utterances keep their audio; later utterances reuse them. If megabytes of blocks were allocated and released
 * all the time, the engine would mark the whole heap again and again, because it counts their bytes and not what it could free
 * (test/bench/NOTES.md). Must not know utterances.
 */
import { BLOCK_SIZES_BYTES } from '../../core/utterance/audio-log.js';
import type { AudioMemory } from '../../core/utterance/audio-log.js';

/**
 * The free blocks of each size that the process keeps without a time limit: 64, or half of the blocks in use if that is more; at most 8
 * MiB while no session speaks.
 */
const MIN_FREE_BLOCKS = 64;
const FREE_OF_USED = 0.5;
/**
 * Further free blocks are kept as long as they are needed again within this time: for sessions that speak now and then, or a thousand
 * that are interrupted at once. A block that was not needed between two checks is dropped.
 */
const LOOK_EVERY_MS = 30_000;

/** Calls a function once, later; the wait does not keep the process alive. */
export type Later = (call: () => void, delayMs: number) => void;

/** Blocks of one size. */
class BlockStore {
  readonly #blockBytes: number;
  readonly #free: Uint8Array[] = [];
  #used = 0;
  /** The least number of free blocks since the last check: that many blocks were not needed. */
  #leastFree = 0;

  constructor(blockBytes: number) {
    this.#blockBytes = blockBytes;
  }

  take(): Uint8Array {
    this.#used += 1;
    const block = this.#free.pop();
    this.#leastFree = Math.min(this.#leastFree, this.#free.length);
    return block ?? allocate(this.#blockBytes);
  }

  giveBack(block: Uint8Array): void {
    this.#used -= 1;
    this.#free.push(block);
  }

  get hasSurplus(): boolean {
    return this.#free.length > this.#most;
  }

  dropUnneeded(): void {
    const unneeded = Math.min(this.#leastFree, this.#free.length - this.#most);
    // Drops the blocks that have been free for the longest time.
    if (unneeded > 0) this.#free.splice(0, unneeded);
    this.#leastFree = this.#free.length;
  }

  get #most(): number {
    return Math.max(MIN_FREE_BLOCKS, FREE_OF_USED * this.#used);
  }
}

function allocate(bytes: number): Uint8Array {
  return Buffer.allocUnsafeSlow(bytes);
}

/** For a transport that may keep the sent bytes: no block is reused. */
export const PLAIN_AUDIO_MEMORY: AudioMemory = { allocate };

/** For a transport that keeps no reference to the sent bytes: blocks of finished utterances are reused. */
export function createReusedAudioMemory(later: Later): AudioMemory {
  /** Blocks of each size that an utterance uses in turn as it grows. */
  const stores = new Map(BLOCK_SIZES_BYTES.map((bytes) => [bytes, new BlockStore(bytes)]));
  let lookIsPlanned = false;
  const look = (): void => {
    lookIsPlanned = false;
    for (const store of stores.values()) {
      store.dropUnneeded();
      if (store.hasSurplus) planLook();
    }
  };
  const planLook = (): void => {
    if (lookIsPlanned) return;
    lookIsPlanned = true;
    later(look, LOOK_EVERY_MS);
  };
  return {
    allocate: (bytes) => stores.get(bytes)?.take() ?? allocate(bytes),
    free: (block) => {
      const store = stores.get(block.length);
      store?.giveBack(block);
      if (store?.hasSurplus === true) planLook();
    },
  };
}
