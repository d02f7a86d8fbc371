/** The random sources of `runtime-sources`, among them the seeded one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSeededRandom, createSystemRandom } from '../../../src/adapters/node/runtime-sources.js';
import type { Random } from '../../../src/ports/random.js';

const draw = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.next());

describe.each<[string, () => Random]>([
  ['system', createSystemRandom],
  ['seeded', () => createSeededRandom(1)],
])('%s random source', (_name, create) => {
  it('is uniform in [0, 1)', () => {
    const draws = draw(create(), 50_000);
    expect(draws.every((value) => value >= 0 && value < 1)).toBe(true);
    const tenths = Array.from({ length: 10 }, () => 0);
    for (const value of draws) tenths[Math.floor(value * 10)] = (tenths[Math.floor(value * 10)] ?? 0) + 1;
    // 5000 are expected in each tenth; ten standard deviations are 671.
    for (const count of tenths) expect(Math.abs(count - 5_000)).toBeLessThan(671);
  });
});

describe('the seeded random source', () => {
  it('gives these draws for seed 1 in every version', () => {
    expect(draw(createSeededRandom(1), 4)).toEqual([
      0.3678755429573357, 0.08161311969161034, 0.8205357783008367, 0.7012168897781521,
    ]);
  });

  it('gives the same draws for the same seed, and others for another', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (one, other) => {
        expect(draw(createSeededRandom(one), 5)).toEqual(draw(createSeededRandom(one), 5));
        if (one !== other)
          expect(draw(createSeededRandom(one), 5)).not.toEqual(draw(createSeededRandom(other), 5));
      }),
    );
  });

  it('gives unrelated draws for successive seeds', () => {
    const firsts = Array.from({ length: 1_000 }, (_, seed) => createSeededRandom(seed).next());
    const mean = firsts.reduce((sum, value) => sum + value, 0) / firsts.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.05);
    expect(new Set(firsts).size).toBe(1_000);
  });

  it.each([NaN, Infinity, 0.5, 2 ** 60])('refuses the seed %d', (seed) => {
    expect(() => createSeededRandom(seed)).toThrow(RangeError);
  });
});
