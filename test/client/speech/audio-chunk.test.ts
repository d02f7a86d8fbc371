/** Which values are accepted as audio, and which similar ones are refused. */
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { NotAudioError, toBytes } from '../../../src/client/speech/audio-chunk.js';
import type { AudioChunk } from '../../../src/client/speech/audio-chunk.js';

function detach<T extends ArrayBufferView | ArrayBuffer>(chunk: T): T {
  const buffer = (ArrayBuffer.isView(chunk) ? chunk.buffer : chunk) as ArrayBuffer;
  structuredClone(buffer, { transfer: [buffer] });
  return chunk;
}
const foreign = (code: string): AudioChunk => runInNewContext(code) as AudioChunk;
const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6);

describe('audio', () => {
  it.each<[string, AudioChunk, number[]]>([
    ['a Uint8Array', bytes, [1, 2, 3, 4, 5, 6]],
    ['a part of a Uint8Array', bytes.subarray(1, 3), [2, 3]],
    ['a Buffer', Buffer.from(bytes), [1, 2, 3, 4, 5, 6]],
    ['an ArrayBuffer', Uint8Array.of(7, 8).buffer, [7, 8]],
    ['samples', Int16Array.of(1, -1), [1, 0, 255, 255]],
    ['a DataView', new DataView(bytes.buffer, 2, 2), [3, 4]],
    ['nothing', new Uint8Array(0), []],
    ['an empty ArrayBuffer', new ArrayBuffer(0), []],
    ['shared memory', new Uint8Array(new SharedArrayBuffer(2)), [0, 0]],
    ['an ArrayBuffer of another realm', foreign('Uint8Array.of(7, 8).buffer'), [7, 8]],
    ['a Uint8Array of another realm', foreign('Uint8Array.of(7, 8)'), [7, 8]],
    ['samples of another realm', foreign('Int16Array.of(1)'), [1, 0]],
  ])('can be %s', (_what, chunk, expected) => {
    expect([...toBytes(chunk)]).toEqual(expected);
  });

  it('is not copied', () => {
    expect(toBytes(bytes)).toBe(bytes);
    expect(toBytes(new Int16Array(bytes.buffer)).buffer).toBe(bytes.buffer);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['a detached Uint8Array', () => detach(new Uint8Array(640)), /detached buffer: it was transferred/],
    ['a detached Buffer', () => detach(Buffer.from(new ArrayBuffer(640))), /detached buffer/],
    ['detached samples', () => detach(new Int16Array(320)), /detached buffer/],
    ['a detached DataView', () => detach(new DataView(new ArrayBuffer(640))), /detached buffer/],
    ['a detached ArrayBuffer', () => detach(new ArrayBuffer(640)), /detached buffer/],
    [
      'a Float32Array',
      () => new Float32Array(160),
      /got a Float32Array: convert it by fromFloat32 of avatarkit-session\/audio/,
    ],
    [
      'a Float64Array',
      () => new Float64Array(160),
      /got a Float64Array: convert it by fromFloat32 of avatarkit-session\/audio/,
    ],
    ['a Float32Array of another realm', () => foreign('new Float32Array(4)'), /got a Float32Array/],
    [
      'a Float32Array with the name of another class',
      () => Object.defineProperty(new Float32Array(4), Symbol.toStringTag, { value: 'Samples' }),
      /got a Float32Array/,
    ],
    ['a text', () => 'audio', /got string$/],
    ['null', () => null, /got null$/],
    ['a list', () => [1, 2], /got an array$/],
    ['an object', () => ({ byteLength: 4 }), /got object$/],
    ['a Proxy of audio', () => new Proxy(new Uint8Array(4), {}), /got object$/],
    [
      'a revoked Proxy',
      () => {
        const { proxy, revoke } = Proxy.revocable(new Uint8Array(4), {});
        revoke();
        return proxy;
      },
      /got object$/,
    ],
  ])('cannot be %s', (_what, make, message) => {
    const chunk = make() as AudioChunk;
    expect(() => toBytes(chunk)).toThrow(NotAudioError);
    expect(() => toBytes(chunk)).toThrow(message);
  });
});
