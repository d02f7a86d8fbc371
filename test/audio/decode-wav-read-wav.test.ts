import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readWav } from '../../src/audio/index.js';
import { cut } from './audio-bytes.js';
import { wavBytes } from './wav-bytes.js';

const pcm = Uint8Array.from({ length: 640 }, (_, at) => at % 251);
const file = wavBytes({ pcm });
const expected = { sampleRateHz: 16_000, durationMs: 20, pcm };

describe('readWav', () => {
  it('reads bytes, iterables of them, and streams', async () => {
    const sources = [
      file,
      file.slice().buffer,
      cut(file, 7),
      Readable.from(cut(file, 100)),
      new Blob([file.slice()]).stream(),
    ];
    for (const source of sources) expect(await readWav(source as Uint8Array)).toEqual(expected);
  });

  it('reads a path', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'read-wav-'));
    const path = join(folder, 'speech.wav');
    try {
      await writeFile(path, file);
      expect(await readWav(path)).toEqual(expected);
      expect(await readWav(pathToFileURL(path))).toEqual(expected);
      await expect(readWav(folder)).rejects.toThrow(new RangeError('the WAV file is not a regular file'));
      await expect(readWav(join(folder, 'missing.wav'))).rejects.toMatchObject({ code: 'ENOENT' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('stops reading a stream that never ends', async () => {
    let left = false;
    function* endless(): Generator<Uint8Array> {
      const chunk = new Uint8Array(64 * 1024 * 1024);
      try {
        for (;;) yield chunk;
      } finally {
        left = true;
      }
    }
    await expect(readWav(endless())).rejects.toThrow('larger than 256 MiB');
    expect(left).toBe(true);
  });

  it('refuses values that are not files', async () => {
    for (const [wrong, kind] of [
      [undefined, 'undefined'],
      [null, 'null'],
      [7, 'number'],
    ] as const)
      await expect(readWav(wrong as never)).rejects.toThrow(
        new TypeError(`file must be bytes, a stream of them or a path, got ${kind}`),
      );
    await expect(readWav(['text'] as never)).rejects.toThrow(TypeError);
  });
});
