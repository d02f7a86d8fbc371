import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resample } from '../../src/audio/index.js';
import { loadFrom } from '../../src/audio/resample.js';
import { bytesOf, collect, cut, samplesOf, tone } from './audio-bytes.js';

const PAIRS = [
  [48_000, 16_000],
  [44_100, 16_000],
  [24_000, 16_000],
  [22_050, 16_000],
  [48_000, 24_000],
  [8_000, 48_000],
  [16_000, 24_000],
] as const;

/** The level without the first and last 50 ms, in which the tone starts and stops. */
function levelDb(samples: readonly number[], rateHz: number): number {
  const middle = samples.slice(rateHz / 20, -rateHz / 20);
  const power = middle.reduce((sum, sample) => sum + sample * sample, 0) / middle.length;
  return 10 * Math.log10(power / 32_768 ** 2 + 1e-30);
}

/** The level of a signal without its part at one frequency, relative to that part. */
function residueDb(samples: readonly number[], hz: number, rateHz: number): number {
  const middle = samples.slice(rateHz / 10, rateHz / 10 + rateHz / 2);
  let [cosine, sine] = [0, 0];
  const angle = (at: number): number => (2 * Math.PI * hz * at) / rateHz;
  middle.forEach((sample, at) => {
    cosine += (2 * sample * Math.cos(angle(at))) / middle.length;
    sine += (2 * sample * Math.sin(angle(at))) / middle.length;
  });
  const rest = middle.map((sample, at) => sample - cosine * Math.cos(angle(at)) - sine * Math.sin(angle(at)));
  const power = rest.reduce((sum, value) => sum + value * value, 0) / rest.length;
  return 10 * Math.log10(power / ((cosine ** 2 + sine ** 2) / 2));
}

describe('resample', () => {
  it.each(PAIRS)('keeps a tone and adds nothing above −80 dB: %i to %i Hz', async (fromHz, toHz) => {
    const samples = samplesOf(await collect(resample(tone(1_000, fromHz, 1_000), { fromHz, toHz })));
    expect(samples.length).toBe(toHz);
    expect(residueDb(samples, 1_000, toHz)).toBeLessThan(-80);
    expect(
      Math.abs(levelDb(samples, toHz) - levelDb(samplesOf(tone(1_000, toHz, 1_000)), toHz)),
    ).toBeLessThan(0.1);
  });

  it.each(PAIRS.filter(([from, to]) => from > to))(
    'lets no alias above −80 dB pass: %i to %i Hz',
    async (fromHz, toHz) => {
      for (const ratio of [1.05, 1.1, 1.2, 1.3]) {
        const hz = (toHz / 2) * ratio;
        if (hz >= fromHz / 2) continue;
        const loud = tone(hz, fromHz, 1_000);
        const samples = samplesOf(await collect(resample(loud, { fromHz, toHz })));
        expect(levelDb(samples, toHz) - levelDb(samplesOf(loud), fromHz)).toBeLessThanOrEqual(-80);
      }
    },
  );

  it('returns the same for chunks as for the whole audio', async () => {
    const whole = tone(700, 24_000, 60);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...PAIRS),
        fc.integer({ min: 1, max: 3_000 }),
        async ([fromHz, toHz], length) => {
          const options = { fromHz, toHz };
          const chunked = await collect(resample(cut(whole, length), options));
          expect(Buffer.compare(chunked, await collect(resample(whole, options)))).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('keeps the duration, for every length', async () => {
    for (const length of [0, 1, 2, 239, 4_096, 4_097, 100_000]) {
      const pcm = bytesOf(new Array<number>(length).fill(1_000));
      const result = await collect(resample(pcm, { fromHz: 24_000, toHz: 16_000 }));
      expect(result.length).toBe(2 * Math.ceil((length * 2) / 3));
    }
  });

  it('splits a large chunk into pieces', async () => {
    const sizes: number[] = [];
    for await (const pcm of resample(new Uint8Array(2_000_000), { fromHz: 8_000, toHz: 48_000 }))
      sizes.push(pcm.length);
    expect(Math.max(...sizes)).toBeLessThan(64 * 1024);
  });

  it('changes nothing at equal rates, but joins odd bytes with the next chunk', async () => {
    const whole = tone(700, 16_000, 20);
    expect(await collect(resample(cut(whole, 3), { fromHz: 16_000, toHz: 16_000 }))).toEqual(whole);
  });

  it('resamples many streams at once, and after some were ended early', async () => {
    const pcm = tone(700, 24_000, 500);
    const expected = await collect(resample(pcm, { fromHz: 24_000, toHz: 16_000 }));
    for (let stream = 0; stream < 300; stream += 1) {
      const left = resample(pcm, { fromHz: 24_000, toHz: 16_000 });
      await left.next();
      await left.return?.();
    }
    const results = await Promise.all(
      [100, 1_001, 5_000].map((length) =>
        collect(resample(cut(pcm, length), { fromHz: 24_000, toHz: 16_000 })),
      ),
    );
    for (const result of results) expect(Buffer.compare(result, expected)).toBe(0);
  });

  it('refuses wrong options at the call', () => {
    const attempt = (options: unknown) => () => resample([], options as never);
    expect(attempt({ fromHz: 7_999, toHz: 16_000 })).toThrow(
      new RangeError('fromHz must be a whole number from 8000 to 48000, got 7999'),
    );
    expect(attempt({ fromHz: 16_000, toHz: 48_001 })).toThrow(RangeError);
    expect(attempt({ fromHz: '16000', toHz: 16_000 })).toThrow(TypeError);
    expect(attempt({ from: 1 })).toThrow(TypeError);
    expect(attempt(undefined)).toThrow(TypeError);
  });

  it('names the install command when the package is missing', async () => {
    await expect(loadFrom(() => Promise.reject(new Error('ERR_MODULE_NOT_FOUND')))).rejects.toThrow(
      'npm install @echogarden/speex-resampler-wasm',
    );
  });
});
