/**
 * The audio of one utterance, kept for a re-send in a few large blocks instead of thousands of small objects. Parts are copied in, so the
 * caller may reuse its memory. Each block is filled to its end before the next one begins, so memory use depends on the amount of audio,
 * not on the size of the writes. A cursor marks how much has been taken out.
 */

/** The block sizes. They grow with the utterance, so that a short utterance takes little memory. 64 KiB are two seconds at 16 kHz. */
export const BLOCK_SIZES_BYTES: readonly number[] = [4, 8, 16, 32, 64].map((size) => size * 1024);
const FIRST_BLOCK_BYTES = 4 * 1024;
export const LARGEST_BLOCK_BYTES = 64 * 1024;

/** Where the log gets its memory from. */
export interface AudioMemory {
  /** Blocks of this many bytes; they need not be zeroed. */
  readonly allocate: (bytes: number) => Uint8Array;
  /** Takes back a block that is no longer read or written. */
  readonly free?: (block: Uint8Array) => void;
}

const PLAIN_MEMORY: AudioMemory = { allocate: (bytes) => new Uint8Array(bytes) };

export class AudioLog {
  /** Bytes of audio in the log. */
  bytes = 0;
  /** Bytes in front of the cursor. */
  takenBytes = 0;
  readonly #blocks: Uint8Array[] = [];
  readonly #memory: AudioMemory;
  /** The last block, and the offset of its first free byte. All other blocks are full. */
  #last: Uint8Array | undefined;
  #free = 0;
  /** The offset of the first byte of audio in the first block. */
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

  /** Drops the first `bytes` of the audio and moves the cursor to the beginning. */
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
    // The cursor was at the end of a dropped block.
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

  /** Fills the last block, then adds further blocks. */
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

  /** Adds a block: twice as large as the last one, or large enough for `neededBytes`; always one of `BLOCK_SIZES_BYTES`. */
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

  /** Drops the first `bytes`, and every block but the last that is then empty. Returns the number of dropped blocks. */
  #drop(bytes: number): number {
    this.bytes -= bytes;
    this.#from += bytes;
    let blocks = 0;
    for (;;) {
      const first = this.#blocks.at(0);
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
