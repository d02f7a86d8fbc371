/**
 * Every method that accepts audio, with every kind of value: all methods accept the same kinds, and refuse the
 * others in
 * the same way.
 */
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ReadableStream } from 'node:stream/web';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../../src/emulator/index.js';
import { AvatarSDKError, newAvatarSession } from '../../../src/index.js';
import type { AudioChunk, AvatarSession, AudioSource } from '../../../src/index.js';

const BYTES = 640;

function detached<Chunk extends ArrayBufferView | ArrayBuffer>(chunk: Chunk): Chunk {
  const buffer = (ArrayBuffer.isView(chunk) ? chunk.buffer : chunk) as ArrayBuffer;
  structuredClone(buffer, { transfer: [buffer] });
  return chunk;
}
const foreign = (code: string): unknown => runInNewContext(code);

/** Values with `BYTES` bytes of audio each. */
const AUDIO: Readonly<Record<string, () => unknown>> = {
  'a Uint8Array': () => new Uint8Array(BYTES),
  'a Buffer': () => Buffer.alloc(BYTES),
  'an ArrayBuffer': () => new ArrayBuffer(BYTES),
  'an Int16Array': () => new Int16Array(BYTES / 2),
  'a DataView': () => new DataView(new ArrayBuffer(BYTES)),
  'a view of shared memory': () => new Uint8Array(new SharedArrayBuffer(BYTES)),
  'an ArrayBuffer of another realm': () => foreign(`new ArrayBuffer(${BYTES})`),
  'a Uint8Array of another realm': () => foreign(`new Uint8Array(${BYTES})`),
  'an Int16Array of another realm': () => foreign(`new Int16Array(${BYTES / 2})`),
};
const NO_AUDIO: Readonly<Record<string, readonly [make: () => unknown, message: RegExp]>> = {
  'a Float32Array': [
    () => new Float32Array(160),
    /got a Float32Array: convert it by fromFloat32 of avatarkit-session\/audio/,
  ],
  'a Float64Array': [
    () => new Float64Array(160),
    /got a Float64Array: convert it by fromFloat32 of avatarkit-session\/audio/,
  ],
  'a Float32Array of another realm': [() => foreign('new Float32Array(160)'), /got a Float32Array/],
  'a detached Uint8Array': [() => detached(new Uint8Array(BYTES)), /got a detached buffer/],
  'a detached Buffer': [() => detached(Buffer.from(new ArrayBuffer(BYTES))), /got a detached buffer/],
  'a detached ArrayBuffer': [() => detached(new ArrayBuffer(BYTES)), /got a detached buffer/],
  'a detached DataView': [() => detached(new DataView(new ArrayBuffer(BYTES))), /got a detached buffer/],
  'shared memory without a view': [
    () => new SharedArrayBuffer(BYTES),
    /must be a Uint8Array, an ArrayBuffer or a view of one, got a SharedArrayBuffer: give a view/,
  ],
  'a text': [() => 'speech.wav', /got string/],
  'a number': [() => 7, /got number/],
  'an object': [() => ({ byteLength: BYTES }), /got object/],
};

/**
 * Passes the chunk to one method. The promise settles with the result, and rejects if any promise of the
 * utterance does.
 */
type Door = (session: AvatarSession, chunk: AudioChunk) => Promise<unknown>;

/**
 * Passes the chunk in a source. If it is refused, `finished` rejects with an error that has the refusal as its
 * cause.
 */
const bySource =
  (sourceOf: (chunk: AudioChunk) => AudioSource): Door =>
  async (session, chunk) =>
    session.speak(sourceOf(chunk)).finished;
const byWritable =
  (pour: (writable: Writable, chunk: AudioChunk) => Promise<unknown>): Door =>
  async (session, chunk) => {
    const utterance = session.speak();
    await pour(utterance.writable, chunk);
    return utterance.finished;
  };

async function* iterated(chunk: AudioChunk): AsyncGenerator<AudioChunk> {
  yield await Promise.resolve(chunk);
}

const DOORS: Readonly<Record<string, Door>> = {
  sendAudio: (session, chunk) => session.sendAudio(chunk, true),
  write: async (session, chunk) => {
    const utterance = session.speak();
    await utterance.write(chunk);
    await utterance.end();
    return utterance.finished;
  },
  end: async (session, chunk) => {
    const utterance = session.speak();
    await utterance.end(chunk);
    return utterance.finished;
  },
  speak: bySource((chunk) => chunk),
  'speak of a list': bySource((chunk) => [chunk]),
  'speak of an async iterable': bySource(iterated),
  'speak of a Node stream': bySource((chunk) => Readable.from([chunk])),
  'speak of a web stream': bySource((chunk) => ReadableStream.from([chunk])),
  'writable.write': byWritable(
    (writable, chunk) =>
      new Promise((resolve, reject) => {
        writable.write(chunk, (error) => (error ? reject(error) : resolve(writable.end())));
      }),
  ),
  'writable.end': byWritable(
    (writable, chunk) =>
      new Promise((resolve, reject) => {
        writable.end(chunk, (error?: Error | null) => (error ? reject(error) : resolve(undefined)));
      }),
  ),
  pipeline: byWritable((writable, chunk) => pipeline(Readable.from([chunk]), writable)),
  'pipeline of a generator': byWritable((writable, chunk) => pipeline(() => iterated(chunk), writable)),
  'Writable.toWeb': byWritable((writable, chunk) =>
    ReadableStream.from([chunk]).pipeTo(Writable.toWeb(writable) as WritableStream<AudioChunk>),
  ),
};

let service: AvatarEmulator;
let session: AvatarSession;
beforeAll(async () => {
  service = await AvatarEmulator.start();
  const { credentials, consoleEndpointUrl, ingressEndpointUrl } = service;
  // One of the methods never ends its utterance, and the others must not wait for it.
  const overlap = 'parallel';
  session = newAvatarSession({ ...credentials, consoleEndpointUrl, ingressEndpointUrl, overlap });
  await session.start();
});
afterAll(async () => {
  await session.close();
  await service.stop();
});

describe.each(Object.entries(DOORS))('%s', (_door, enter) => {
  it.each(Object.entries(AUDIO))('accepts %s', async (_kind, make) => {
    const outcome = await enter(session, make() as AudioChunk);
    if (typeof outcome !== 'string') expect(outcome).toMatchObject({ outcome: 'delivered', keyframes: 1 });
  });

  it.each(Object.entries(NO_AUDIO))('refuses %s', async (_kind, [make, message]) => {
    const error: unknown = await enter(session, make() as AudioChunk).then(
      () => 'taken',
      (thrown: unknown) => thrown,
    );
    // If the audio came from a source, the utterance fails, and the cause of its error is the refusal.
    const isOfUtterance = AvatarSDKError.is(error) && error.code === 'invalidRequest';
    const refusal = (isOfUtterance ? error.cause : error) as Error;
    expect(refusal.name).toBe('TypeError');
    expect(refusal.message).toMatch(message);
    if (isOfUtterance) expect(error.message).toMatch(message);
  });
});
