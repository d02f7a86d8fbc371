import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { decodeWav } from '../../src/audio/decode-wav.js';

const AUDIO = new URL('../../examples/audio/', import.meta.url);

describe('examples/audio/speech.wav', () => {
  it('is 8 to 10 seconds of mono 16-bit PCM at 16 kHz', async () => {
    const { sampleRateHz: sampleRate, durationMs } = decodeWav(await readFile(new URL('speech.wav', AUDIO)));
    expect(sampleRate).toBe(16_000);
    expect(durationMs).toBeGreaterThanOrEqual(8_000);
    expect(durationMs).toBeLessThanOrEqual(10_000);
  });

  it('is loud in places and quiet in others, as speech is', async () => {
    const { pcm } = decodeWav(await readFile(new URL('speech.wav', AUDIO)));
    const samples = Array.from({ length: pcm.length / 2 }, (_, at) =>
      Buffer.from(pcm.buffer).readInt16LE(pcm.byteOffset + 2 * at),
    );
    const seconds = Array.from({ length: Math.floor(samples.length / 1_600) }, (_, at) =>
      Math.max(...samples.slice(at * 1_600, (at + 1) * 1_600).map(Math.abs)),
    );
    expect(Math.max(...seconds)).toBeGreaterThan(10_000);
    expect(Math.min(...seconds)).toBeLessThan(2_000);
  });

  it('has its generating command in the same folder', async () => {
    const readme = await readFile(new URL('README.md', AUDIO), 'utf8');
    expect(readme).toMatch(/espeak-ng .* \| sox .* -r 16000 -b 16 -c 1 speech\.wav/);
  });
});
