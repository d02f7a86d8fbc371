/**
 * The memory blocks in which utterances keep their audio, used again by later utterances. Blocks that come and go by the megabyte make the
 * engine mark the whole heap again and again, because it counts their bytes and not what it could free (test/bench/NOTES.md). Must not
 * know utterances.
 */
import { BLOCK_SIZES_BYTES } from '../../core/utterance/audio-log.js';
import type { AudioMemory } from '../../core/utterance/audio-log.js';

/**
 * Free blocks of each size that the process keeps without a limit of time: 64, or half of those in use, whichever is more; 8 MiB at
 * most when no session speaks.
 */
const MIN_FREE_BLOCKS = 64;
const FREE_OF_USED = 0.5;
/**
 * Those beyond stay as long as speech needs them again within this time: sessions that say something now and then, or a thousand that are
 * interrupted at once. One that nothing has needed from one look to the next is dropped.
 */
const LOOK_EVERY_MS = 30_000;

/** Calls a function once, later; the wait does not keep the process alive. */
export type Later = (call: () => void, delayMs: number) => void;

/** Blocks of one size. */
class BlockStore {
  readonly #blockBytes: number;
  readonly #free: Uint8Array[] = [];
  #used = 0;
  /** How few were free at some time since the last look: so many have not been needed. */
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
    // Those that were free for longest.
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

/** For a transport that may keep what it was given: no block is used twice. */
export const PLAIN_AUDIO_MEMORY: AudioMemory = { allocate };

/** For a transport that keeps nothing of what it was given: blocks of utterances that are over are used again. */
export function createReusedAudioMemory(later: Later): AudioMemory {
  /** Blocks that an utterance takes one after the other as it grows. */
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
