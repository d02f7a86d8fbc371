/**
 * The audio of one utterance, kept for a re-send: the parts in their order, with their boundaries, in a few large blocks
 * instead of thousands of small objects. Parts are copied in, so the caller may reuse its memory.
 */

/** Blocks grow with the utterance, bytes: a word does not cost what a speech does. 64 KiB are two seconds at 16 kHz. */
const FIRST_BLOCK_BYTES = 4 * 1024;
const LARGEST_BLOCK_BYTES = 64 * 1024;

/** Of each part three numbers are kept: the block that it is in, where it begins there, and where it ends. */
const FIELDS = 3;

export class AudioLog {
  /** Bytes of audio in it. */
  bytes = 0;
  readonly #blocks: Uint8Array[] = [];
  readonly #places: number[] = [];
  /** Free bytes begin here in the last block. */
  #free = 0;

  /** Number of parts. */
  get length(): number {
    return this.#places.length / FIELDS;
  }

  append(part: Uint8Array): void {
    let block = this.#blocks.at(-1);
    if (block === undefined || block.length - this.#free < part.length) {
      const grown = block === undefined ? FIRST_BLOCK_BYTES : Math.min(2 * block.length, LARGEST_BLOCK_BYTES);
      block = new Uint8Array(Math.max(grown, part.length));
      this.#blocks.push(block);
      this.#free = 0;
    }
    block.set(part, this.#free);
    const end = this.#free + part.length;
    this.#places.push(this.#blocks.length - 1, this.#free, end);
    this.#free = end;
    this.bytes += part.length;
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
