/**
 * The audio of one utterance, kept for a re-send, in a few large blocks instead of thousands of small objects. Parts are copied in,
 * so the caller may reuse its memory. A small part is joined to the one before it: what has been said in the smallest writes costs
 * little more than its bytes. A cursor says how much of the audio has been taken out.
 */

/** Blocks grow with the utterance, bytes: a word does not cost what a speech does. 64 KiB are two seconds at 16 kHz. */
const FIRST_BLOCK_BYTES = 4 * 1024;
export const LARGEST_BLOCK_BYTES = 64 * 1024;
/** All sizes but those of blocks for one large part. */
export const BLOCK_SIZES_BYTES: readonly number[] = [4, 8, 16, 32, 64].map((size) => size * 1024);
/** Smaller parts have no place and no head room of their own, which together cost about 80 bytes. */
const SMALL_PART_BYTES = 128;

/** Where the log gets its memory from, and how much of it stays free in front of each place. */
export interface AudioMemory {
  /** Blocks of this many bytes; they need not be zeroed. */
  readonly allocate: (bytes: number) => Uint8Array;
  /** Takes a block back that is not read and not written any more. */
  readonly free?: (block: Uint8Array) => void;
  /** Room for a sender that sends audio from where it lies, and writes something in front of it. */
  readonly headRoomBytes: number;
}

/** Where a part lies, and how many bytes in front of it are free to be written. */
export interface PlacedAudio {
  readonly block: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly roomBytes: number;
}

const PLAIN_MEMORY: AudioMemory = { allocate: (bytes) => new Uint8Array(bytes), headRoomBytes: 0 };
const NOWHERE: PlacedAudio = { block: new Uint8Array(0), from: 0, to: 0, roomBytes: 0 };

/** Of each place three numbers are kept: the block that it is in, where it begins there, and where it ends. */
const FIELDS = 3;

export class AudioLog {
  /** Bytes of audio in it. */
  bytes = 0;
  /** Bytes in front of the cursor. */
  takenBytes = 0;
  readonly #blocks: Uint8Array[] = [];
  /** How many blocks before the first of these were let go: places count from the first block of all. */
  #blocksLetGo = 0;
  readonly #places: number[] = [];
  readonly #memory: AudioMemory;
  /** Free bytes begin here in the last block. */
  #free = 0;
  /** Bytes of the part that was appended last, and the free ones in front of it. */
  #latestBytes = 0;
  #latestRoomBytes = 0;
  /** The cursor: a place, as an index of `#places`, and how much of it has been taken. */
  #cursor = 0;
  #takenOfPlace = 0;

  constructor(memory: AudioMemory = PLAIN_MEMORY) {
    this.#memory = memory;
  }

  append(part: Uint8Array): void {
    const block = this.#blocks.at(-1);
    if (
      part.length < SMALL_PART_BYTES &&
      this.#places.length > 0 &&
      block !== undefined &&
      block.length - this.#free >= part.length
    ) {
      block.set(part, this.#free);
      this.#free += part.length;
      this.#places[this.#places.length - 1] = this.#free;
      this.#latestRoomBytes = 0;
    } else this.#place(part);
    this.#latestBytes = part.length;
    this.bytes += part.length;
  }

  /** The part that was appended last. */
  get latest(): PlacedAudio {
    const block = this.#blocks.at(-1);
    if (block === undefined) return NOWHERE;
    const to = this.#free;
    return { block, from: to - this.#latestBytes, to, roomBytes: this.#latestRoomBytes };
  }

  /** At most `maxBytes` of the audio behind the cursor, as a view; undefined at the end. The cursor moves behind it. */
  take(maxBytes = Infinity): Uint8Array | undefined {
    if (this.takenBytes === this.bytes) return undefined;
    while (this.#takenOfPlace === this.#sizeOf(this.#cursor)) {
      this.#cursor += FIELDS;
      this.#takenOfPlace = 0;
    }
    const from = this.#field(this.#cursor + 1) + this.#takenOfPlace;
    const to = Math.min(from + maxBytes, this.#field(this.#cursor + 2));
    this.#takenOfPlace += to - from;
    this.takenBytes += to - from;
    return this.#blocks[this.#field(this.#cursor) - this.#blocksLetGo]?.subarray(from, to);
  }

  /** The cursor moves to the end. */
  takeAll(): void {
    this.takenBytes = this.bytes;
    this.#cursor = Math.max(0, this.#places.length - FIELDS);
    this.#takenOfPlace = this.#sizeOf(this.#cursor);
  }

  /** The cursor moves to the beginning. */
  rewind(): void {
    this.takenBytes = 0;
    this.#cursor = 0;
    this.#takenOfPlace = 0;
  }

  /** Forgets the first `bytes` of the audio, and rewinds. */
  cutHead(bytes: number): void {
    this.#drop(Math.min(bytes, this.bytes));
    this.rewind();
  }

  /** Forgets the first `bytes` of the audio in front of the cursor; the cursor stays where it is. */
  letGo(bytes: number): void {
    const droppedBytes = Math.min(bytes, this.takenBytes);
    const placesBefore = this.#places.length;
    const trimmedBytes = this.#drop(droppedBytes);
    this.takenBytes -= droppedBytes;
    const cursor = this.#cursor - (placesBefore - this.#places.length);
    this.#cursor = Math.max(0, cursor);
    if (cursor < 0) this.#takenOfPlace = 0;
    else if (cursor === 0) this.#takenOfPlace -= trimmedBytes;
  }

  clear(): void {
    const { free } = this.#memory;
    if (free !== undefined) for (const block of this.#blocks) free(block);
    this.#blocks.length = 0;
    this.#blocksLetGo = 0;
    this.#places.length = 0;
    this.#free = 0;
    this.#latestBytes = 0;
    this.#latestRoomBytes = 0;
    this.bytes = 0;
    this.rewind();
  }

  /** A place of its own, with its head room in front. */
  #place(part: Uint8Array): void {
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
    this.#latestRoomBytes = headRoomBytes;
    this.#places.push(this.#blocksLetGo + this.#blocks.length - 1, from, this.#free);
  }

  /** Drops the first `bytes`, and each block that has nothing left but the latest. Returns how many of them are of the first place left. */
  #drop(bytes: number): number {
    let left = bytes;
    this.bytes -= bytes;
    let places = 0;
    for (; left > 0; places += FIELDS) {
      const size = this.#sizeOf(places);
      if (size > left) {
        this.#places[places + 1] = this.#field(places + 1) + left;
        break;
      }
      left -= size;
    }
    this.#places.splice(0, places);
    const latest = this.#blocksLetGo + this.#blocks.length - 1;
    const firstKept = this.#places.length === 0 ? latest : this.#field(0);
    while (this.#blocksLetGo < firstKept) {
      const block = this.#blocks.shift();
      if (block !== undefined) this.#memory.free?.(block);
      this.#blocksLetGo += 1;
    }
    return left;
  }

  #sizeOf(place: number): number {
    return this.#field(place + 2) - this.#field(place + 1);
  }

  /** A number that is known to be there; 0 where there is no place at all. */
  #field(at: number): number {
    return this.#places[at] ?? 0;
  }
}
