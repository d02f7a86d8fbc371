/**
 * The audio of one utterance, kept for a re-send, in a few large blocks instead of thousands of small objects. Parts are copied in,
 * so the caller may reuse its memory. They lie one behind the other, each block filled to its end: whatever the size of the writes,
 * the audio costs its bytes. A cursor says how much of it has been taken out.
 */

/** All sizes of blocks. They grow with the utterance: a word does not cost what a speech does. 64 KiB are two seconds at 16 kHz. */
export const BLOCK_SIZES_BYTES: readonly number[] = [4, 8, 16, 32, 64].map((size) => size * 1024);
const FIRST_BLOCK_BYTES = 4 * 1024;
export const LARGEST_BLOCK_BYTES = 64 * 1024;

/** Where the log gets its memory from. */
export interface AudioMemory {
  /** Blocks of this many bytes; they need not be zeroed. */
  readonly allocate: (bytes: number) => Uint8Array;
  /** Takes a block back that is not read and not written any more. */
  readonly free?: (block: Uint8Array) => void;
}

const PLAIN_MEMORY: AudioMemory = { allocate: (bytes) => new Uint8Array(bytes) };

export class AudioLog {
  /** Bytes of audio in it. */
  bytes = 0;
  /** Bytes in front of the cursor. */
  takenBytes = 0;
  readonly #blocks: Uint8Array[] = [];
  readonly #memory: AudioMemory;
  /** The last block, and where its free bytes begin: all others are full. */
  #last: Uint8Array | undefined;
  #free = 0;
  /** Where the audio begins in the first block. */
  #from = 0;
  /** The cursor: a block, and an offset in it. */
  #cursor = 0;
  #cursorAt = 0;

  constructor(memory: AudioMemory = PLAIN_MEMORY) {
    this.#memory = memory;
  }

  append(part: Uint8Array): void {
    const last = this.#last;
    if (last !== undefined && last.length - this.#free >= part.length) {
      last.set(part, this.#free);
      this.#free += part.length;
    } else this.#appendAcross(part);
    this.bytes += part.length;
  }

  /** At most `maxBytes` of the audio behind the cursor, as a view; undefined at the end. The cursor moves behind it. */
  take(maxBytes = Infinity): Uint8Array | undefined {
    if (this.takenBytes === this.bytes) return undefined;
    if (this.#cursorAt === this.#endOf(this.#cursor)) {
      this.#cursor += 1;
      this.#cursorAt = 0;
    }
    const from = this.#cursorAt;
    const to = Math.min(from + maxBytes, this.#endOf(this.#cursor));
    this.#cursorAt = to;
    this.takenBytes += to - from;
    return this.#blocks[this.#cursor]?.subarray(from, to);
  }

  /** The cursor moves to the end. */
  takeAll(): void {
    this.takenBytes = this.bytes;
    this.#cursor = Math.max(0, this.#blocks.length - 1);
    this.#cursorAt = this.#free;
  }

  /** The cursor moves to the beginning. */
  rewind(): void {
    this.takenBytes = 0;
    this.#cursor = 0;
    this.#cursorAt = this.#from;
  }

  /** Drops the first `bytes` of the audio, and rewinds. */
  cutHead(bytes: number): void {
    this.#drop(Math.min(bytes, this.bytes));
    this.rewind();
  }

  /** Drops the first `bytes` of the audio in front of the cursor; the cursor stays where it is. */
  letGo(bytes: number): void {
    const droppedBytes = Math.min(bytes, this.takenBytes);
    const droppedBlocks = this.#drop(droppedBytes);
    this.takenBytes -= droppedBytes;
    this.#cursor -= droppedBlocks;
    if (this.#cursor >= 0) return;
    // It stood at the end of a block that is gone.
    this.#cursor = 0;
    this.#cursorAt = 0;
  }

  clear(): void {
    const { free } = this.#memory;
    if (free !== undefined) for (const block of this.#blocks) free(block);
    this.#blocks.length = 0;
    this.#last = undefined;
    this.#free = 0;
    this.#from = 0;
    this.bytes = 0;
    this.rewind();
  }

  /** Fills the last block, and further ones. */
  #appendAcross(part: Uint8Array): void {
    const last = this.#last;
    let at = last === undefined ? 0 : last.length - this.#free;
    if (at > 0) last?.set(part.subarray(0, at), this.#free);
    while (at < part.length) {
      const block = this.#grow(part.length - at);
      const bytes = Math.min(part.length - at, block.length);
      block.set(part.subarray(at, at + bytes));
      this.#free = bytes;
      at += bytes;
    }
  }

  /** One more block: twice as large as the one before it, or large enough for `neededBytes`, within the sizes that there are. */
  #grow(neededBytes: number): Uint8Array {
    const grownBytes = this.#last === undefined ? FIRST_BLOCK_BYTES : 2 * this.#last.length;
    const leastBytes = Math.max(grownBytes, neededBytes);
    const block = this.#memory.allocate(
      BLOCK_SIZES_BYTES.find((size) => size >= leastBytes) ?? LARGEST_BLOCK_BYTES,
    );
    this.#blocks.push(block);
    this.#last = block;
    return block;
  }

  /** Drops the first `bytes`, and each block but the last that has nothing left: returns how many of them. */
  #drop(bytes: number): number {
    this.bytes -= bytes;
    this.#from += bytes;
    let blocks = 0;
    for (;;) {
      const first = this.#blocks[0];
      if (first === undefined || first === this.#last || this.#from < first.length) break;
      this.#from -= first.length;
      this.#blocks.shift();
      this.#memory.free?.(first);
      blocks += 1;
    }
    return blocks;
  }

  /** Where the audio of a block ends. */
  #endOf(at: number): number {
    const block = this.#blocks[at];
    return block === undefined || block === this.#last ? this.#free : block.length;
  }
}
