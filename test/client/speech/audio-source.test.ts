/** Every kind of source is sent completely. */
import { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { describe, expect, it } from 'vitest';
import type { AudioSource } from '../../../src/client/speech/audio-chunk.js';
import { writeSource, StallWatch } from '../../../src/client/speech/audio-source.js';
import type { AudioSink } from '../../../src/client/speech/audio-source.js';
import { VirtualClock } from '../../virtual-clock.js';

/** An utterance that records its audio, and refuses all calls after the first `room`. */
class Recorder implements AudioSink {
  readonly said: string[] = [];
  readonly stalls = new StallWatch(new VirtualClock(), 1_000, () => undefined);
  isOver = false;
  room = Infinity;
  /** Ends the utterance. */
  finish!: () => void;
  readonly over = new Promise<void>((resolve) => (this.finish = resolve));
  write(chunk: ArrayBufferView | ArrayBuffer): Promise<void> {
    return this.#note('write', chunk as Uint8Array);
  }
  end(chunk: ArrayBufferView | ArrayBuffer = new Uint8Array(0)): Promise<void> {
    return this.#note('end', chunk as Uint8Array);
  }
  #note(what: string, chunk: Uint8Array): Promise<void> {
    if (this.said.length >= this.room) return Promise.reject(new Error('the utterance is over'));
    this.said.push(`${what} ${[...chunk].join(',')}`.trim());
    return Promise.resolve();
  }
}

const recorder = (): Recorder => new Recorder();

const chunks = (): Uint8Array[] => [Uint8Array.of(1, 2), Uint8Array.of(3)];
async function* later(): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks()) yield await Promise.resolve(chunk);
}

describe('a source of audio', () => {
  it.each<readonly [string, () => AudioSource, readonly string[]]>([
    ['bytes', () => Uint8Array.of(1, 2), ['end 1,2']],
    ['an ArrayBuffer', () => Uint8Array.of(1, 2).buffer, ['end 1,2']],
    ['samples, as their bytes', () => Int16Array.of(0x0201), ['end 1,2']],
    ['a part of a buffer', () => new DataView(Uint8Array.of(9, 1, 2, 9).buffer, 1, 2), ['end 1,2']],
    ['a Buffer', () => Buffer.from([1, 2]), ['end 1,2']],
    ['no bytes at all', () => new Uint8Array(0), ['end']],
    ['an array', chunks, ['write 1,2', 'write 3', 'end']],
    ['an empty array', () => [], ['end']],
    ['an iterable', () => new Set(chunks()), ['write 1,2', 'write 3', 'end']],
    ['an async iterable', later, ['write 1,2', 'write 3', 'end']],
    [
      'a Node stream',
      () => Readable.from(chunks()) as AsyncIterable<Uint8Array>,
      ['write 1,2', 'write 3', 'end'],
    ],
    [
      'a web stream',
      () => ReadableStream.from(chunks()) as AsyncIterable<Uint8Array>,
      ['write 1,2', 'write 3', 'end'],
    ],
  ])('that is %s is written and ended', async (_name, source, said) => {
    const utterance = recorder();
    await writeSource(utterance, source());
    expect(utterance.said).toEqual(said);
  });

  it.each<readonly [string, unknown, string]>([
    ['a string', 'speech.wav', 'string'],
    ['null', null, 'null'],
    ['undefined', undefined, 'undefined'],
    ['a number', 7, 'number'],
    ['an object', {}, 'object'],
    ['an array of numbers', [1, 2], 'number'],
    ['an array of arrays', [[1, 2]], 'an array'],
  ])(
    'that is %s is refused with a TypeError that names the type of the value',
    async (_name, source, kind) => {
      const utterance = recorder();
      const writing = writeSource(utterance, source as AudioSource);
      await expect(writing).rejects.toThrow(
        new TypeError(`audio must be a Uint8Array, an ArrayBuffer or a view of one, got ${kind}`),
      );
      expect(utterance.said).toEqual([]);
    },
  );

  it('that fails rejects with its own error, and the utterance is not ended', async () => {
    const utterance = recorder();
    const failure = new Error('the synthesizer stopped');
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Uint8Array.of(1, 2));
      throw failure;
    }
    await expect(writeSource(utterance, failing())).rejects.toBe(failure);
    expect(utterance.said).toEqual(['write 1,2']);
  });

  it('is cancelled when the utterance is over first', async () => {
    const utterance = recorder();
    utterance.room = 1;
    let left = false;
    function* endless(): Generator<Uint8Array> {
      try {
        for (;;) yield Uint8Array.of(1);
      } finally {
        left = true;
      }
    }
    await writeSource(utterance, endless());
    expect([left, utterance.said]).toEqual([true, ['write 1']]);
  });

  it('that is a Node stream is destroyed when the utterance is over', async () => {
    const utterance = recorder();
    utterance.room = 0;
    const stream = Readable.from(chunks());
    await writeSource(utterance, stream as AsyncIterable<Uint8Array>);
    expect(stream.destroyed).toBe(true);
  });

  it('is not read when the utterance is over before', async () => {
    const utterance = recorder();
    utterance.isOver = true;
    const stream = Readable.from(chunks());
    await writeSource(utterance, stream as AsyncIterable<Uint8Array>);
    expect([stream.destroyed, utterance.said]).toEqual([true, []]);
  });
});
