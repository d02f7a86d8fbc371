/**
 * PCM is sent in whole samples and in messages of limited size, for chunks of any size. Other formats are not
 * changed.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  SampleAligner,
  MAX_AUDIO_MESSAGE_BYTES,
  OPUS_SAMPLE_RATES_HZ,
  PCM_SAMPLE_RATES_HZ,
  splitAudio,
} from '../../../src/core/utterance/sample-aligner.js';

const chunkings = fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 20 });
const bytesOf = (parts: readonly Uint8Array[]): number[] => parts.flatMap((part) => [...part]);

describe('audio that is sent', () => {
  it('is the written audio without a trailing odd byte, for any chunks', () => {
    fc.assert(
      fc.property(chunkings, (chunks) => {
        const aligner = new SampleAligner(true);
        const input = bytesOf(chunks);
        const out = chunks.map((chunk) => aligner.align(chunk));
        expect(bytesOf(out)).toEqual(input.slice(0, input.length - (input.length % 2)));
      }),
    );
  });

  it('is sent in whole samples, chunk by chunk', () => {
    fc.assert(
      fc.property(chunkings, (chunks) => {
        const aligner = new SampleAligner(true);
        for (const chunk of chunks) expect(aligner.align(chunk).length % 2).toBe(0);
      }),
    );
  });

  it('does not change the given chunk', () => {
    const aligner = new SampleAligner(true);
    const chunks = [Uint8Array.of(1), Uint8Array.of(2, 3), Uint8Array.of(4, 5, 6)];
    for (const chunk of chunks) aligner.align(chunk);
    expect(chunks.map((chunk) => [...chunk])).toEqual([[1], [2, 3], [4, 5, 6]]);
  });

  it('is passed on without a copy when no byte is left from the chunk before', () => {
    const chunk = Uint8Array.of(1, 2, 3);
    const whole = new SampleAligner(true).align(chunk);
    expect([whole.buffer === chunk.buffer, whole.length]).toEqual([true, 2]);
  });

  it('is not changed when it is not PCM', () => {
    const aligner = new SampleAligner(false);
    const chunk = Uint8Array.of(1, 2, 3);
    expect(aligner.align(chunk)).toBe(chunk);
    expect([...aligner.align(Uint8Array.of(9))]).toEqual([9]);
  });
});

describe('the sample rates', () => {
  it('are those that the service accepts', () => {
    expect(PCM_SAMPLE_RATES_HZ).toEqual([8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000]);
    expect(OPUS_SAMPLE_RATES_HZ).toEqual([8_000, 12_000, 16_000, 24_000, 48_000]);
  });
});

describe('splitting', () => {
  it.each([
    [0, [0]],
    [1, [1]],
    [MAX_AUDIO_MESSAGE_BYTES, [MAX_AUDIO_MESSAGE_BYTES]],
    [MAX_AUDIO_MESSAGE_BYTES + 2, [MAX_AUDIO_MESSAGE_BYTES, 2]],
    [3 * MAX_AUDIO_MESSAGE_BYTES, Array<number>(3).fill(MAX_AUDIO_MESSAGE_BYTES)],
  ])('%i bytes become parts of %j', (length, parts) => {
    expect(splitAudio(new Uint8Array(length)).map((part) => part.length)).toEqual(parts);
  });

  it('returns the same chunk when it fits', () => {
    const chunk = new Uint8Array(MAX_AUDIO_MESSAGE_BYTES);
    expect(splitAudio(chunk)[0]).toBe(chunk);
  });

  it('keeps every byte in its place and cuts between samples', () => {
    const audio = Uint8Array.from({ length: 2 * MAX_AUDIO_MESSAGE_BYTES + 10 }, (_, at) => at % 251);
    const parts = splitAudio(audio);
    expect(Buffer.concat(parts).equals(audio)).toBe(true);
    expect(parts.every((part) => part.length % 2 === 0)).toBe(true);
    expect(MAX_AUDIO_MESSAGE_BYTES).toBe(64 * 1024);
  });
});

describe('a file header', () => {
  it.each([
    ['a WAV file', 'RIFF\u0024\0\0\0WAVE', true],
    ['only its first four letters', 'RIFF', true],
    ['a big-endian file', 'RIFX\0\0\0\0WAVE', false],
    ['letters in lower case', 'riff', false],
    ['too short a chunk', 'RIF', false],
    ['nothing', '', false],
  ])('is detected in %s: %j → %s', (_name, text, seen) => {
    expect(new SampleAligner(true).beginsAsFile(Buffer.from(text, 'latin1'))).toBe(seen);
  });

  it.each([
    ['R', 'IFF', true],
    ['RI', 'FF\u0024', true],
    ['RIF', 'X', false],
    ['', 'RIFF', true],
    ['samples', 'RIFF', false],
  ])('is detected in %j followed by %j → %s: only at the beginning, for any cut', (before, text, seen) => {
    const aligner = new SampleAligner(true);
    aligner.align(Buffer.from(before, 'latin1'));
    expect(aligner.beginsAsFile(Buffer.from(text, 'latin1'))).toBe(seen);
  });

  it('is not searched in audio that is not PCM', () => {
    expect(new SampleAligner(false).beginsAsFile(Buffer.from('RIFF'))).toBe(false);
  });
});
