import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OggOpusDuration } from '../../../src/core/utterance/ogg-opus-duration.js';
import { OggOpusStream } from '../../../src/core/utterance/ogg-opus-stream.js';
import { OPUS_SAMPLE_RATES_HZ } from '../../../src/core/utterance/sample-aligner.js';
import { createRawOpusEncoder } from '../../support/raw-opus.js';
import { decodedPcm, pagesOf } from '../../support/ogg-pages.js';

const FRAMES_MS = [10, 20, 40, 60];

function streamOf(sampleRateHz = 16_000, frameDurationMs = 20): OggOpusStream {
  return new OggOpusStream(createRawOpusEncoder({ sampleRateHz }), {
    sampleRateHz,
    frameDurationMs,
    serial: 7,
  });
}

function pcmOf(samples: number): Uint8Array {
  return new Uint8Array(Int16Array.from({ length: samples }, (_, at) => (at * 7_919) % 30_011).buffer);
}

describe('an Ogg Opus stream', () => {
  it('contains exactly the audio, at each rate, for each frame duration and any chunks', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...OPUS_SAMPLE_RATES_HZ),
        fc.constantFrom(...FRAMES_MS),
        fc.integer({ min: 1, max: 12_000 }),
        fc.array(fc.integer({ min: 0, max: 6_001 }), { maxLength: 12 }),
        fc.boolean(),
        (rateHz, frameMs, samples, cuts, endsAlone) => {
          const stream = streamOf(rateHz, frameMs);
          const pcm = pcmOf(samples);
          const pieces: Uint8Array[] = [];
          let at = 0;
          for (const bytes of cuts) {
            pieces.push(stream.push(pcm.subarray(at, at + bytes), false));
            at = Math.min(pcm.length, at + bytes);
          }
          if (endsAlone)
            pieces.push(stream.push(pcm.subarray(at), false), stream.push(new Uint8Array(0), true));
          else pieces.push(stream.push(pcm.subarray(at), true));
          const whole = Buffer.concat(pieces);
          expect(Buffer.from(decodedPcm(whole, rateHz)).equals(pcm)).toBe(true);
          const duration = new OggOpusDuration();
          duration.push(whole);
          expect(duration.ms).toBeCloseTo((samples / rateHz) * 1_000, 6);
        },
      ),
    );
  });

  it.each(FRAMES_MS)(
    'with frames of %i ms has pages of at most 100 ms, one serial number and one end',
    (frameMs) => {
      const stream = streamOf(16_000, frameMs);
      const pages = pagesOf(
        Buffer.concat([stream.push(pcmOf(24_000), false), stream.push(pcmOf(8_000), true)]),
      );
      expect(pages.every(({ checksumIsRight, serial }) => checksumIsRight && serial === 7)).toBe(true);
      expect(pages.map(({ number }) => number)).toEqual(pages.map((_, at) => at));
      expect(pages.map(({ flags }) => flags)).toEqual([2, ...pages.slice(2).map(() => 0), 4]);
      const audio = pages.slice(2);
      const longest = Math.max(...audio.map(({ packets }) => packets.length * frameMs));
      expect(longest).toBeLessThanOrEqual(100);
      expect(longest).toBeGreaterThanOrEqual(60);
      let position = 0;
      for (const { granule, packets } of audio.slice(0, -1)) {
        position += packets.length * frameMs * 48;
        expect(granule).toBe(position);
      }
      expect(audio.at(-1)?.granule).toBe(312 + 2 * 48_000);
    },
  );

  it('returns its first page with the first frame, and then delays less than 100 ms plus one frame', () => {
    const stream = streamOf();
    const frame = pcmOf(320);
    const first = pagesOf(stream.push(frame, false));
    expect(first.map(({ packets }) => packets.length)).toEqual([1, 1, 1]);
    const counts = Array.from({ length: 11 }, () => pagesOf(stream.push(frame, false)).length);
    expect(counts).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]);
  });

  it('begins with its headers also when no frame is complete', () => {
    const stream = streamOf(24_000);
    const [head, tags, ...others] = pagesOf(stream.push(pcmOf(3), false));
    expect(others).toEqual([]);
    const bytes = Buffer.from(head?.packets[0] ?? []);
    expect(bytes.toString('latin1', 0, 8)).toBe('OpusHead');
    // Version 1, one channel, a pre-skip of 6.5 ms, the rate of the PCM, no gain, mapping 0.
    expect([...bytes.subarray(8)]).toEqual([1, 1, 0x38, 0x01, 0xc0, 0x5d, 0, 0, 0, 0, 0]);
    expect(Buffer.from(tags?.packets[0] ?? []).toString('latin1')).toBe(
      'OpusTags\x11\0\0\0avatarkit-session\0\0\0\0',
    );
  });

  it('has no bytes without audio', () => {
    const stream = streamOf();
    expect(stream.push(new Uint8Array(0), false)).toHaveLength(0);
    expect(stream.push(new Uint8Array(0), true)).toHaveLength(0);
  });

  it('does not wait for an encoder that buffers frames', () => {
    const encoder = { lookaheadSamples: 0, encode: (pcm: Uint8Array) => pcm.slice() };
    const stream = new OggOpusStream(encoder, { sampleRateHz: 16_000, frameDurationMs: 20, serial: 1 });
    const pieces = [stream.push(pcmOf(1_600), false), stream.push(new Uint8Array(0), true)];
    const pages = pagesOf(Buffer.concat(pieces));
    expect(pages.at(-1)).toMatchObject({ flags: 4, granule: 4_800, packets: [] });
    expect(decodedPcm(Buffer.concat(pieces), 16_000)).toEqual(pcmOf(1_600));
  });
});
