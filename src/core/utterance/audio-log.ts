/**
 * The audio of one utterance, kept for a re-send: the parts in their order, with their boundaries, in a few large blocks
 * instead of thousands of small objects. Parts are copied in, so the caller may reuse its memory.
 */

/** Blocks grow with the utterance, bytes: a word does not cost what a speech does. 64 KiB are two seconds at 16 kHz. */
const FIRST_BLOCK_BYTES = 4 * 1024;
const LARGEST_BLOCK_BYTES = 64 * 1024;

/** Where the log gets its memory from, and how much of it stays free in front of each part. */
export interface AudioMemory {
  /** Blocks of this many bytes; they need not be zeroed. */
  readonly allocate: (bytes: number) => Uint8Array;
  /** Room for whoever sends a part from where it lies, and writes something in front of it. */
  readonly headRoomBytes: number;
}

/** Where a part lies; what lies before `from` is free as far as the room goes. */
export interface PlacedAudio {
  readonly block: Uint8Array;
  readonly from: number;
  readonly to: number;
}

const PLAIN_MEMORY: AudioMemory = { allocate: (bytes) => new Uint8Array(bytes), headRoomBytes: 0 };
const NOWHERE: PlacedAudio = { block: new Uint8Array(0), from: 0, to: 0 };

/** Of each part three numbers are kept: the block that it is in, where it begins there, and where it ends. */
const FIELDS = 3;

export class AudioLog {
  /** Bytes of audio in it. */
  bytes = 0;
  readonly #blocks: Uint8Array[] = [];
  readonly #places: number[] = [];
  readonly #memory: AudioMemory;
  /** Free bytes begin here in the last block. */
  #free = 0;

  constructor(memory: AudioMemory = PLAIN_MEMORY) {
    this.#memory = memory;
  }

  /** Number of parts. */
  get length(): number {
    return this.#places.length / FIELDS;
  }

  append(part: Uint8Array): void {
    const { allocate, headRoomBytes } = this.#memory;
    const neededBytes = headRoomBytes + part.length;
    let block = this.#blocks.at(-1);
    if (block === undefined || block.length - this.#free < neededBytes) {
      const grown = block === undefined ? FIRST_BLOCK_BYTES : Math.min(2 * block.length, LARGEST_BLOCK_BYTES);
      block = allocate(Math.max(grown, neededBytes));
      this.#blocks.push(block);
      this.#free = 0;
    }
    const from = this.#free + headRoomBytes;
    block.set(part, from);
    this.#free += neededBytes;
    this.#places.push(this.#blocks.length - 1, from, this.#free);
    this.bytes += part.length;
  }

  /** The part that was appended last. */
  get latest(): PlacedAudio {
    const block = this.#blocks.at(-1);
    if (block === undefined) return NOWHERE;
    const end = this.#places.length;
    return { block, from: this.#places[end - 2] ?? 0, to: this.#places[end - 1] ?? 0 };
  }

  /** Part `index`, counted from 0, as a view; undefined beyond the last. */
  at(index: number): Uint8Array | undefined {
    const block = this.#blocks[this.#places[index * FIELDS] ?? -1];
    return block?.subarray(this.#places[index * FIELDS + 1], this.#places[index * FIELDS + 2]);
  }

  /** Bytes of the first `parts` parts. */
  bytesOf(parts: number): number {
    let bytes = 0;
    for (let at = 0; at < Math.min(parts * FIELDS, this.#places.length); at += FIELDS) {
      bytes += this.#place(at + 2) - this.#place(at + 1);
    }
    return bytes;
  }

  /** Forgets the first `bytes` of the audio; a part that they end in keeps its rest. Memory is freed by `clear` only. */
  cutHead(bytes: number): void {
    let left = Math.min(bytes, this.bytes);
    this.bytes -= left;
    let parts = 0;
    for (; left > 0; parts += 1) {
      const from = this.#place(parts * FIELDS + 1);
      const size = this.#place(parts * FIELDS + 2) - from;
      if (size > left) {
        this.#places[parts * FIELDS + 1] = from + left;
        break;
      }
      left -= size;
    }
    this.#places.splice(0, parts * FIELDS);
  }

  /** A number that is known to be there. */
  #place(at: number): number {
    return this.#places[at] ?? 0;
  }

  clear(): void {
    this.#blocks.length = 0;
    this.#places.length = 0;
    this.#free = 0;
    this.bytes = 0;
  }
}
