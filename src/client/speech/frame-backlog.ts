/**
 * Frames that wait for their loop, packed one after the other into blocks of memory of their own. A frame as it came is a view of
 * whatever the system read at once, up to 64 KiB, and would keep all of it; here what is kept is what is counted. First in, first out.
 */
import { AVATAR_CODEC } from '../../adapters/codec/avatar-codec.js';
import { Frame } from '../events/frame.js';

const MIN_BLOCK_BYTES = 4 * 1024;
const MAX_BLOCK_BYTES = 64 * 1024;
/** In front of each envelope: its length, the number of its first keyframe, and its flags. */
const HEAD_BYTES = 9;
const IS_END = 1;
const IS_RESUMED = 2;

/** What has been written is never written over: frames that were handed out are views of it. */
interface Block {
  readonly bytes: Buffer;
  writtenTo: number;
  next: Block | undefined;
}

export class FrameBacklog {
  /** The block that is read, and the one that is written. */
  #first: Block | undefined;
  #last: Block | undefined;
  #readTo = 0;
  #keptBytes = 0;
  #length = 0;

  /** How many frames wait. */
  get length(): number {
    return this.#length;
  }

  /** Memory that is kept, bytes: whole blocks. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** The number of the first keyframe that waits; undefined while nothing does. */
  get firstIndex(): number | undefined {
    return this.#unread()?.bytes.readUInt32LE(this.#readTo + 4);
  }

  /** What would be kept with one more envelope of this length, bytes. */
  keptWith(rawBytes: number): number {
    if (this.#roomFor(rawBytes) !== undefined) return this.#keptBytes;
    const keptBytes = this.#length === 0 ? 0 : this.#keptBytes;
    return keptBytes + blockBytesFor(rawBytes, keptBytes);
  }

  push({ raw, index, end, resumed }: Frame): void {
    const block = this.#roomFor(raw.length) ?? this.#addBlock(raw.length);
    const { bytes, writtenTo: at } = block;
    bytes.writeUInt32LE(raw.length, at);
    bytes.writeUInt32LE(index, at + 4);
    bytes[at + 8] = (end ? IS_END : 0) | (resumed ? IS_RESUMED : 0);
    bytes.set(raw, at + HEAD_BYTES);
    block.writtenTo = at + HEAD_BYTES + raw.length;
    this.#length += 1;
  }

  /** The oldest one, for this request. */
  shift(reqId: string): Frame | undefined {
    const bytes = this.#unread()?.bytes;
    if (bytes === undefined) return undefined;
    const at = this.#readTo;
    const from = at + HEAD_BYTES;
    this.#readTo = from + bytes.readUInt32LE(at);
    this.#length -= 1;
    const raw = bytes.subarray(from, this.#readTo);
    if (this.#length === 0 && bytes.length > MAX_BLOCK_BYTES) this.clear();
    const flags = bytes.readUInt8(at + 8);
    const index = bytes.readUInt32LE(at + 4);
    return new Frame(reqId, (flags & IS_END) > 0, index, raw, (flags & IS_RESUMED) > 0);
  }

  clear(): void {
    this.#first = undefined;
    this.#last = undefined;
    this.#readTo = 0;
    this.#keptBytes = 0;
    this.#length = 0;
  }

  /** The block that is read, while something in it waits; those before it are let go. */
  #unread(): Block | undefined {
    if (this.#length === 0) return undefined;
    while (this.#first !== undefined && this.#readTo === this.#first.writtenTo) {
      this.#keptBytes -= this.#first.bytes.length;
      this.#first = this.#first.next;
      this.#readTo = 0;
    }
    return this.#first;
  }

  #roomFor(rawBytes: number): Block | undefined {
    const last = this.#last;
    return last !== undefined && last.writtenTo + HEAD_BYTES + rawBytes <= last.bytes.length
      ? last
      : undefined;
  }

  #addBlock(rawBytes: number): Block {
    if (this.#length === 0) this.clear();
    const bytes = Buffer.allocUnsafeSlow(blockBytesFor(rawBytes, this.#keptBytes));
    AVATAR_CODEC.keepMemory(bytes);
    const block = { bytes, writtenTo: 0, next: undefined };
    if (this.#last === undefined) this.#first = block;
    else this.#last.next = block;
    this.#last = block;
    this.#keptBytes += bytes.length;
    return block;
  }
}

/** The more is kept, the larger the next block. */
function blockBytesFor(rawBytes: number, keptBytes: number): number {
  const bytes = Math.min(MAX_BLOCK_BYTES, Math.max(MIN_BLOCK_BYTES, keptBytes));
  return Math.max(bytes, HEAD_BYTES + rawBytes);
}
