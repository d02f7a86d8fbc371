/**
 * The parts of a `for await` loop over frames other than its queue: the time-out of a loop that takes nothing, the turns of several
 * loops, a result that can be withdrawn until the loop reads it, and compact memory for waiting frames. frame-queue.ts decides which
 * frames a loop gets.
 */
import { AVATAR_CODEC } from '../../adapters/codec/avatar-codec.js';
import type { Clock, Timer } from '../../ports/clock.js';
import { Frame } from '../events/session-events.js';

/** The time-out is counted in elapsed quarters, so that a stall of the event loop costs a loop only one of them. */
const QUARTERS = 4;
/** Kept, because fake timers may replace it. */
const nextTick = process.nextTick.bind(process);

export interface WatchedReader {
  /** Whether frames wait for the loop; otherwise it is no longer watched. */
  readonly waits: boolean;
  /** A quarter has passed. */
  quarterPassed(): void;
}

/** One timer for all loops of a session, which runs while frames wait for a loop. */
export class ReaderWatch {
  readonly readerTimeoutMs: number;
  /** The number of loops that have begun and have not ended. */
  loops = 0;
  readonly #clock: Clock;
  readonly #readers = new Set<WatchedReader>();
  #timer: Timer | undefined;
  #stopped = false;
  /** Loops that wait for their turn, and the one that has it; present after the first turn. */
  #turns: (() => void)[] | undefined;

  constructor(clock: Clock, readerTimeoutMs: number) {
    this.#clock = clock;
    this.readerTimeoutMs = readerTimeoutMs;
  }

  /** Watches the reader until no frames wait for it. */
  add(reader: WatchedReader): void {
    if (this.#stopped) return;
    this.#readers.add(reader);
    this.#arm();
  }

  /** The loop is over. */
  forget(reader: WatchedReader): void {
    this.#readers.delete(reader);
  }

  /** The session is over: the timer is cancelled. Waiting frames stay in memory as long as the application keeps the loop. */
  stop(): void {
    this.#stopped = true;
    this.#readers.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /**
   * Resolves when no other microtask is pending: a decision of the caller is then still valid when its loop reads the result, one
   * microtask later. Loops have their turns one after the other, each with all microtasks that its step starts.
   */
  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#turns ??= [];
      if (this.#turns.push(resolve) === 1) this.#nextTurn(this.#turns);
    });
  }

  #nextTurn(turns: (() => void)[]): void {
    nextTick(() => {
      turns.at(0)?.();
      // After the promise of this turn; the tick runs when the loop has made its step. `queueMicrotask` is not used, because fake timers
      // may replace it.
      void Promise.resolve().then(() => {
        turns.shift();
        if (turns.length > 0) this.#nextTurn(turns);
      });
    });
  }

  #arm(): void {
    this.#timer ??= this.#clock.schedule(this.readerTimeoutMs / QUARTERS, () => {
      this.#timer = undefined;
      for (const reader of this.#readers) {
        if (reader.waits) reader.quarterPassed();
        if (!reader.waits) this.#readers.delete(reader);
      }
      if (this.#readers.size > 0) this.#arm();
    });
  }
}

/** The queue of an offered frame. */
interface FrameTaking {
  /** Called once, when a loop reads the result. */
  mayTake(offered: OfferedFrame): boolean;
}

/**
 * The result of `next` of a loop over frames. A resolved promise can't be withdrawn, but its result is read later: only then it is
 * decided whether the loop still gets the frame.
 */
export class OfferedFrame {
  readonly index: number;
  /** Present until a loop has read the result. */
  #queue: FrameTaking | undefined;
  #frame: Frame | undefined;

  constructor(frame: Frame, queue: FrameTaking) {
    this.index = frame.index;
    this.#frame = frame;
    this.#queue = queue;
  }

  get done(): boolean {
    return this.#taken() === undefined;
  }

  get value(): Frame | undefined {
    return this.#taken();
  }

  #taken(): Frame | undefined {
    const queue = this.#queue;
    this.#queue = undefined;
    if (queue !== undefined) {
      const frame = this.#frame;
      this.#frame = undefined;
      if (queue.mayTake(this)) this.#frame = frame;
    }
    return this.#frame;
  }
}

const MIN_BLOCK_BYTES = 4 * 1024;
const MAX_BLOCK_BYTES = 64 * 1024;
/** The head of each envelope: its length, the number of its first keyframe, and its flags. */
const HEAD_BYTES = 9;
const IS_END = 1;
const IS_RESUMED = 2;

/** Written memory is never overwritten, because frames of a loop are views of it. */
interface Block {
  readonly bytes: Buffer;
  writtenTo: number;
  next: Block | undefined;
}

/**
 * Frames that wait for their loop, first in, first out, copied into blocks of memory. A received frame is a view of all bytes that one
 * read of the socket returned, up to 64 KiB, and would keep all of them; a copy keeps only its own bytes.
 */
export class FrameBacklog {
  /** The block that is being read, and the one that is being written. */
  #first: Block | undefined;
  #last: Block | undefined;
  #readTo = 0;
  #keptBytes = 0;
  #length = 0;

  /** The number of waiting frames. */
  get length(): number {
    return this.#length;
  }

  /** Kept memory, bytes: whole blocks. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** The number of the first waiting keyframe; undefined if none waits. */
  get firstIndex(): number | undefined {
    return this.#unread()?.bytes.readUInt32LE(this.#readTo + 4);
  }

  /** The kept memory with one more envelope of this length, bytes. */
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

  /** Removes and returns the oldest frame, with this request id. */
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

  /** The block that is being read, while it has unread frames; earlier blocks are released. */
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

/** The next block is larger when more is kept. */
function blockBytesFor(rawBytes: number, keptBytes: number): number {
  const bytes = Math.min(MAX_BLOCK_BYTES, Math.max(MIN_BLOCK_BYTES, keptBytes));
  return Math.max(bytes, HEAD_BYTES + rawBytes);
}
