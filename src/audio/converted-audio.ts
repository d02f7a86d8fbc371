/**
 * Reads an audio source through a conversion stage, as one async iterator. `return` ends it at once, even while the source gives nothing
 * or the stage waits, and closes the source. Reads ahead by at most one chunk. For stages that convert whole units (samples): cuts chunks
 * of any length into pieces of whole units, and writes 16-bit samples, little endian, on a machine of any byte order.
 */
import { requireNumber } from '../core/option/option-check.js';
import { NotAudioError } from '../client/speech/audio-chunk.js';
import { kindOf } from '../core/option/shown-value.js';
import { openSource } from '../ports/source-reader.js';
import type { SourceReader } from '../ports/source-reader.js';

const SAMPLE_MAX = 32_767;
const SAMPLE_MIN = -32_768;

/** Bytes of `count` samples, each a whole number from −32768 to 32767. */
export function writeSamples(count: number, sampleAt: (index: number) => number): Uint8Array {
  const bytes = new Uint8Array(count * 2);
  for (let at = 0; at < count; at += 1) {
    const sample = sampleAt(at);
    bytes[2 * at] = sample & 0xff;
    bytes[2 * at + 1] = (sample >> 8) & 0xff;
  }
  return bytes;
}

/** From −1…1 to −32768…32767, the inverse of dividing by 32768. Louder values are clipped, NaN becomes silence. */
export function sampleOfFloat(value: number): number {
  const scaled = Math.round(value * (SAMPLE_MAX + 1));
  return Math.max(SAMPLE_MIN, Math.min(SAMPLE_MAX, scaled)) || 0;
}

/** Hz; telephone speech. */
export const MIN_RATE_HZ = 8_000;
/** Hz; the highest rate that the service accepts. */
export const MAX_RATE_HZ = 48_000;

/** @throws TypeError for a value that is no number, RangeError for one out of bounds */
export function requireRate(name: string, value: unknown): number {
  return requireNumber(name, value, { min: MIN_RATE_HZ, max: MAX_RATE_HZ, integer: true });
}

const EMPTY = new Uint8Array(0);

export class BytePieces {
  readonly #unitBytes: number;
  readonly #pieceBytes: number;
  #chunk: Uint8Array = EMPTY;
  /** The first bytes of an incomplete unit. A copy, because the chunk's memory may be reused. */
  #carried: Uint8Array = EMPTY;

  /** @param pieceBytes the largest result of `take`, a multiple of the unit */
  constructor(unitBytes: number, pieceBytes: number) {
    this.#unitBytes = unitBytes;
    this.#pieceBytes = pieceBytes;
  }

  /** Call it only when `take` has returned undefined. */
  feed(chunk: Uint8Array): void {
    this.#chunk = chunk;
  }

  /** Whole units, as a view of the chunk if no unit was split. Undefined if there is none; bytes of an incomplete unit are kept. */
  take(): Uint8Array | undefined {
    if (this.#carried.length > 0) return this.#takeSplit();
    const available = Math.min(this.#chunk.length, this.#pieceBytes);
    const bytes = available - (available % this.#unitBytes);
    if (bytes === 0) {
      if (this.#chunk.length > 0) this.#carried = this.#chunk.slice();
      this.#chunk = EMPTY;
      return undefined;
    }
    const piece = this.#chunk.subarray(0, bytes);
    this.#chunk = this.#chunk.subarray(bytes);
    return piece;
  }

  /** The unit that began in an earlier chunk. */
  #takeSplit(): Uint8Array | undefined {
    const missing = this.#unitBytes - this.#carried.length;
    const joined = new Uint8Array(this.#carried.length + Math.min(missing, this.#chunk.length));
    joined.set(this.#carried);
    joined.set(this.#chunk.subarray(0, missing), this.#carried.length);
    this.#chunk = this.#chunk.subarray(missing);
    const whole = joined.length === this.#unitBytes;
    this.#carried = whole ? EMPTY : joined;
    return whole ? joined : undefined;
  }
}

/** One chunk, or a source of chunks: an array, a generator, a Node or web stream. */
export type Source<Chunk> = Chunk | Iterable<Chunk> | AsyncIterable<Chunk>;

/** One step of a conversion. An error of it ends the conversion and closes the source. */
export interface Stage {
  /** Takes one chunk of the source; called only when `take` has returned undefined. */
  feed(chunk: unknown): void;
  /** The next result; undefined if another chunk is needed, or, after `end`, if there is no more. */
  take(): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** The source has ended: `take` returns the rest. */
  end?(): void;
  /** No more results are needed. Called once. */
  close?(): void;
}

const DONE: IteratorResult<never, undefined> = { done: true, value: undefined };

export class ConvertedAudio implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #source: unknown;
  readonly #stage: Stage;
  #reader: SourceReader<unknown> | undefined;
  #sourceEnded = false;
  #over = false;
  /** Settles when the latest `next` has been answered: calls are answered in their order. */
  #latest: Promise<unknown> = Promise.resolve();
  /** Answers the `next` that is pending. */
  #answer: ((result: typeof DONE) => void) | undefined;

  /** @throws TypeError for a value that is neither a chunk nor iterable */
  constructor(source: unknown, stage: Stage) {
    const isSource = typeof source === 'object' ? source !== null : typeof source === 'string';
    if (!isSource) throw new TypeError(`source must be audio or an iterable of audio, got ${kindOf(source)}`);
    this.#source = source;
    this.#stage = stage;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const answer = this.#latest.then(
      () =>
        new Promise<IteratorResult<Uint8Array, undefined>>((resolve, reject) => {
          this.#answer = resolve;
          this.#step().then(resolve, reject);
        }),
    );
    this.#latest = answer.catch(() => undefined);
    return answer;
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#leave();
    this.#answer?.(DONE);
    return Promise.resolve(DONE);
  }

  async #step(): Promise<IteratorResult<Uint8Array, undefined>> {
    try {
      // No loop condition, because the compiler would narrow it, though `return` changes it meanwhile.
      for (;;) {
        if (this.#isOver()) return DONE;
        const value = await this.#stage.take();
        if (this.#isOver()) return DONE;
        if (value !== undefined) return { done: false, value };
        if (this.#sourceEnded) break;
        await this.#read();
      }
      this.#leave();
      return DONE;
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  async #read(): Promise<void> {
    const reader = this.#open();
    let result: IteratorResult<unknown, unknown>;
    try {
      result = await reader.next();
    } catch (error) {
      // The source has failed by itself, so it need not be closed.
      this.#sourceEnded = true;
      throw error;
    }
    if (result.done === true) {
      this.#sourceEnded = true;
      if (!this.#isOver()) this.#stage.end?.();
    } else if (!this.#isOver()) this.#stage.feed(result.value);
  }

  #open(): SourceReader<unknown> {
    return (this.#reader ??= openSource(this.#source) ?? readOne(this.#source));
  }

  #isOver(): boolean {
    return this.#over;
  }

  #leave(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stage.close?.();
    if (this.#sourceEnded) return;
    try {
      // A stream that was never read is closed as well.
      this.#open().leave();
    } catch {
      // It can't be opened, so it need not be closed.
    }
  }
}

/** A source that is one chunk. */
function readOne(chunk: unknown): SourceReader<unknown> {
  let given = false;
  return {
    next: () => {
      const result = given ? DONE : { done: false as const, value: chunk };
      given = true;
      return Promise.resolve(result);
    },
    leave: () => undefined,
  };
}

/** @throws NotAudioError naming the expected kind, and the kind of the chunk */
export function refuseChunk(expected: string, chunk: unknown): never {
  throw new NotAudioError(`audio must be ${expected}, got ${kindOf(chunk)}`);
}
