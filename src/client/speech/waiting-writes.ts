/**
 * The writes of one utterance that wait for room, in their order. Small ones are joined: an application that does not await its
 * writes must not cost a promise for every two bytes. Decides nothing.
 */
import { Deferred } from '../waiting/deferred.js';
import type { ActiveUtterance } from './active-utterance.js';

/** Writes are joined up to this size, bytes. */
const MAX_JOINED_BYTES = 64 * 1024;
const FIRST_BUFFER_BYTES = 1024;

/** One write, or several that share their outcome. */
export class WaitingWrite {
  readonly outcome = new Deferred<void>();
  end: boolean;
  /** The first chunk is the application's own memory, which must not change before the write has settled. */
  #buffer: Uint8Array;
  #length: number;

  constructor(chunk: Uint8Array, end: boolean) {
    this.#buffer = chunk;
    this.#length = chunk.length;
    this.end = end;
  }

  get chunk(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  get bytes(): number {
    return this.#length;
  }

  /** Whether it took the write in. */
  join(chunk: Uint8Array, end: boolean): boolean {
    const length = this.#length + chunk.length;
    if (this.end || length > MAX_JOINED_BYTES) return false;
    if (length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(FIRST_BUFFER_BYTES, 2 * length));
      grown.set(this.chunk);
      this.#buffer = grown;
    }
    this.#buffer.set(chunk, this.#length);
    this.#length = length;
    this.end = end;
    return true;
  }
}

export class WaitingWrites {
  readonly utterance: ActiveUtterance;
  readonly #writes: WaitingWrite[] = [];

  constructor(utterance: ActiveUtterance) {
    this.utterance = utterance;
  }

  get first(): WaitingWrite | undefined {
    return this.#writes[0];
  }

  /** Whether the next one waits with audio, and not only with the end. */
  get hasAudio(): boolean {
    return (this.first?.bytes ?? 0) > 0;
  }

  /** Settles when the write is accepted, or refused. Never an unhandled rejection. */
  add(chunk: Uint8Array, end: boolean): Promise<void> {
    // What is asked of the budget for the first one is known already: nothing is joined to it.
    const latest = this.#writes.length > 1 ? this.#writes.at(-1) : undefined;
    if (latest?.join(chunk, end) === true) return latest.outcome.promise;
    const write = new WaitingWrite(chunk, end);
    this.#writes.push(write);
    return write.outcome.promise;
  }

  /** The first one is settled. Whether others wait. */
  shift(): boolean {
    this.#writes.shift();
    return this.#writes.length > 0;
  }
}
