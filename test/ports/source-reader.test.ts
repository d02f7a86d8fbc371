/**
 * A source of audio is ended at once when its utterance is over, even while it gives no chunk, and its errors
 * cause no harm.
 */
import { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openSource } from '../../src/ports/source-reader.js';
import type { SourceReader } from '../../src/ports/source-reader.js';
import type { AudioSource } from '../../src/client/speech/audio-chunk.js';
import { LooseEnds } from '../client/scenario-support/loose-ends.js';

const CHUNK = Uint8Array.of(1, 2);
const never = (): Promise<never> => new Promise(() => undefined);

interface Silent {
  readonly source: AudioSource;
  readonly isLeft: () => boolean;
}

/** Each source gives one chunk and then no more. */
const SILENT: readonly (readonly [string, () => Silent])[] = [
  [
    'an async iterator',
    () => {
      let left = false;
      let given = false;
      const next = (): Promise<IteratorResult<Uint8Array>> => {
        if (given) return never();
        given = true;
        return Promise.resolve({ done: false, value: CHUNK });
      };
      const finish = (): Promise<IteratorResult<Uint8Array>> => {
        left = true;
        return Promise.resolve({ done: true, value: undefined });
      };
      return {
        source: { [Symbol.asyncIterator]: () => ({ next, return: finish }) },
        isLeft: () => left,
      };
    },
  ],
  [
    'a web stream',
    () => {
      let left = false;
      const source = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(CHUNK),
        cancel: () => void (left = true),
      });
      return { source: source as AsyncIterable<Uint8Array>, isLeft: () => left };
    },
  ],
  [
    'a Node stream',
    () => {
      const source = new Readable({ read: () => undefined });
      source.push(CHUNK);
      return { source: source as AsyncIterable<Uint8Array>, isLeft: () => source.destroyed };
    },
  ],
];

function open(source: AudioSource): SourceReader<unknown> {
  const reader = openSource(source);
  if (reader === undefined) throw new Error('not a source');
  return reader;
}

describe('a source that gives no chunk', () => {
  it.each(SILENT)('is ended at once: %s', async (_name, make) => {
    using ends = new LooseEnds();
    const { source, isLeft } = make();
    const reader = open(source);
    expect([...((await reader.next()).value as Uint8Array)]).toEqual([...CHUNK]);
    const pending = reader.next();
    pending.catch(() => undefined);
    await turn();
    reader.leave();
    await turn();
    expect(isLeft()).toBe(true);
    await ends.settle();
    expect(ends.found).toEqual([]);
  });
});

describe('a source that was ended early causes no error', () => {
  const leaves: readonly (readonly [string, () => AudioSource])[] = [
    ['whose `return` throws', () => iterable({ return: () => raise() })],
    ['whose `return` rejects', () => iterable({ return: () => Promise.reject(new Error('late')) })],
    ['whose `return` never settles', () => iterable({ return: never })],
    ['that has no `return`', () => iterable({})],
    [
      'whose `return` can’t even be read',
      () => iterable(Object.defineProperty({}, 'return', { get: raise })),
    ],
    ['that is a Node stream which fails when it is destroyed', () => failingStream()],
    ['that is a web stream which fails when it is cancelled', () => failingWebStream()],
  ];

  it.each(leaves)('%s', async (_name, make) => {
    using ends = new LooseEnds();
    const reader = open(make());
    await reader.next();
    expect(() => reader.leave()).not.toThrow();
    await ends.settle();
    expect(ends.found).toEqual([]);
  });
});

describe('a source that ends', () => {
  it('is released if it is a web stream', async () => {
    const stream = ReadableStream.from([CHUNK]);
    const reader = open(stream as AsyncIterable<Uint8Array>);
    while ((await reader.next()).done !== true);
    expect(stream.locked).toBe(false);
  });

  it('gives the values of the promises of a synchronous iterator', async () => {
    const reader = open([Promise.resolve(CHUNK)] as unknown as AudioSource);
    expect(await reader.next()).toEqual({ done: false, value: CHUNK });
  });

  it('is distinguished from an iterator with invalid results', async () => {
    const reader = open(iterable({ next: () => Promise.resolve(7 as never) }));
    await expect(reader.next()).rejects.toThrow(TypeError);
  });
});

function raise(): never {
  throw new Error('the source throws');
}

function iterable(parts: object): AudioSource {
  const next = (): Promise<IteratorResult<Uint8Array>> => Promise.resolve({ done: false, value: CHUNK });
  const iterator = Object.defineProperties({ next }, Object.getOwnPropertyDescriptors(parts));
  return { [Symbol.asyncIterator]: () => iterator as AsyncIterator<Uint8Array> };
}

function failingStream(): AudioSource {
  const stream = new Readable({
    read: () => undefined,
    destroy: (_error, done) => done(new Error('the stream fails')),
  });
  stream.push(CHUNK);
  return stream as AsyncIterable<Uint8Array>;
}

function failingWebStream(): AudioSource {
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(CHUNK),
    cancel: raise,
  }) as AsyncIterable<Uint8Array>;
}
