/**
 * Sources of audio that a session reads by itself: an iterator, a Node stream, a web stream. Each can stall
 * in the middle, and records whether it was cancelled. Does not choose the audio.
 */
import { Readable } from 'node:stream';
import type { AvatarSession } from '../../../src/index.js';
import type { SpeechPlan } from '../world/schedule.js';
import type { WorldTime } from '../world/world-time.js';

export type AudioSource = NonNullable<Parameters<AvatarSession['speak']>[0]>;

export interface AudioSourceOptions {
  readonly chunks: readonly Uint8Array[];
  readonly gapMs: number;
  /** After this number of chunks the source gives no more audio, and does not end. */
  readonly stallsAfter: number | undefined;
  readonly time: WorldTime;
  readonly ended: () => void;
  readonly stalls: () => void;
  /** Called when the session stops reading the source before its end. */
  readonly left: () => void;
}

export function createAudioSource(by: SpeechPlan['by'], options: AudioSourceOptions): AudioSource {
  const iterator = new ChunkIterator(options);
  switch (by) {
    case 'readable':
      return Readable.from(iterator);
    case 'webStream':
      return webStream(iterator);
    case 'speak':
    case 'sendAudio':
    case 'source':
    case 'stream':
      return iterator;
  }
}

/** Not a generator, because the `return` of a generator waits for its pending `next`. */
class ChunkIterator implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #options: AudioSourceOptions;
  #given = 0;
  #isStalled = false;
  #isOver = false;

  constructor(options: AudioSourceOptions) {
    this.#options = options;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const { chunks, gapMs, stallsAfter, time, stalls, ended } = this.#options;
    if (this.#given === stallsAfter) {
      if (!this.#isStalled) stalls();
      this.#isStalled = true;
      // A source with gaps gives empty chunks instead of stopping completely.
      if (gapMs === 0) await new Promise(() => undefined);
      await new Promise<void>((resolve) => void time.plan('timer', gapMs, resolve));
      return this.#isOver ? { done: true, value: undefined } : { done: false, value: new Uint8Array(0) };
    }
    const value = chunks[this.#given];
    if (value === undefined || this.#isOver) {
      if (!this.#isOver) ended();
      this.#isOver = true;
      return { done: true, value: undefined };
    }
    this.#given += 1;
    if (gapMs > 0) await new Promise<void>((resolve) => void time.plan('timer', gapMs, resolve));
    return { done: false, value };
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (!this.#isOver) this.#options.left();
    this.#isOver = true;
    return Promise.resolve({ done: true, value: undefined });
  }
}

function webStream(iterator: ChunkIterator): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      pull: async (controller) => {
        const { done, value } = await iterator.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      cancel: async () => {
        await iterator.return();
      },
    },
    { highWaterMark: 0 },
  );
}
