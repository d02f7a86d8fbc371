/** Exponential backoff, limited by its cap before full jitter. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { delayCeilingMs, drawDelayMs } from '../../../src/core/policy/delay.js';
import { DEFAULT_RETRY_POLICY } from '../../../src/core/policy/retry-presets.js';
import type { Backoff } from '../../../src/core/policy/rule.js';
import { seededRandom } from './seeded-random.js';

const MAX_TIMER_MS = 2 ** 31 - 1;
const { backoff } = DEFAULT_RETRY_POLICY;

/** Any backoff that the options accept. */
const anyBackoff: fc.Arbitrary<Backoff> = fc
  .tuple(fc.integer({ min: 0, max: MAX_TIMER_MS }), fc.integer({ min: 0, max: MAX_TIMER_MS }))
  .chain(([one, other]) =>
    fc.record({
      baseMs: fc.constant(Math.min(one, other)),
      capMs: fc.constant(Math.max(one, other)),
      factor: fc.double({ min: 1, max: Number.MAX_VALUE, noNaN: true }),
      jitter: fc.constantFrom('full', 'none'),
      minIntervalMs: fc.integer({ min: 0, max: 1_000 }),
    }),
  );
const anyExponent = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 1_000_000 }));
const anyDraw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('delayCeilingMs', () => {
  it.each([
    [-1, 1_000],
    [0, 1_000],
    [1, 2_000],
    [2, 4_000],
    [4, 16_000],
    [5, 32_000],
    [6, 45_000],
    [1_000_000, 45_000],
  ])('for exponent %i with the default numbers is %i ms', (exponent, ceilingMs) => {
    expect(delayCeilingMs(backoff, exponent)).toBe(ceilingMs);
  });

  it.each([
    ['a factor that overflows', { factor: Number.MAX_VALUE }, 2, 45_000],
    ['a factor that overflows over a base of 0', { factor: Number.MAX_VALUE, baseMs: 0 }, 2, 0],
    ['a factor of 1', { factor: 1 }, 1_000_000, 1_000],
    ['a fractional factor', { factor: 1.5 }, 2, 2_250],
    ['a cap of 0', { baseMs: 0, capMs: 0 }, 7, 0],
    ['a slow growth that ends at exponent 30', { factor: 1.01 }, 1_000_000, 1_000 * 1.01 ** 30],
    ['a cap above the longest delay of a timer', { capMs: Infinity }, 1_000_000, MAX_TIMER_MS],
  ])('for %s', (_what, numbers, exponent, ceilingMs) => {
    expect(delayCeilingMs({ ...backoff, ...numbers }, exponent)).toBe(ceilingMs);
  });

  it('is finite, from 0 to the cap, and never smaller for a larger exponent', () => {
    fc.assert(
      fc.property(anyBackoff, anyExponent, (anyOne, exponent) => {
        const ceilingMs = delayCeilingMs(anyOne, exponent);
        expect(Number.isFinite(ceilingMs)).toBe(true);
        expect(ceilingMs).toBeGreaterThanOrEqual(0);
        expect(ceilingMs).toBeLessThanOrEqual(anyOne.capMs);
        expect(delayCeilingMs(anyOne, exponent + 1)).toBeGreaterThanOrEqual(ceilingMs);
      }),
    );
  });
});

describe('drawDelayMs', () => {
  it('is uniform between 0 and the bound', () => {
    expect(drawDelayMs(backoff, 2, 0)).toBe(0);
    expect(drawDelayMs(backoff, 2, 0.25)).toBe(1_000);
    expect(drawDelayMs(backoff, 2, 1 - Number.EPSILON)).toBeCloseTo(4_000, 6);
  });

  it('is the bound itself without jitter', () => {
    expect(drawDelayMs({ ...backoff, jitter: 'none' }, 2, 0.25)).toBe(4_000);
  });

  it('stays within 0 and the cap', () => {
    fc.assert(
      fc.property(anyBackoff, anyExponent, anyDraw, (anyOne, exponent, draw) => {
        const delayMs = drawDelayMs(anyOne, exponent, draw);
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThanOrEqual(anyOne.capMs);
      }),
    );
  });

  it('is finite, from 0 to the cap and within the range of a timer, for each of a million attempts', () => {
    const policies: Backoff[] = [
      backoff,
      { ...backoff, factor: 1.000_001 },
      { ...backoff, factor: Number.MAX_VALUE, capMs: Infinity },
    ];
    const greatest = 1 - Number.EPSILON / 2;
    for (const policy of policies) {
      let wrong = 0;
      for (let n = 0; n <= 1_000_000; n += 1) {
        const delayMs = drawDelayMs(policy, n, greatest);
        if (!(delayMs >= 0 && delayMs <= Math.min(policy.capMs, MAX_TIMER_MS))) wrong += 1;
        if (drawDelayMs(policy, n, 0) !== 0) wrong += 1;
      }
      expect(wrong).toBe(0);
    }
  });

  it.each([6, 30, 1_000_000])('is spread over the whole range up to the cap at exponent %i', (exponent) => {
    const random = seededRandom(1);
    const delays = Array.from({ length: 1_000 }, () => drawDelayMs(backoff, exponent, random()));
    const tenths = new Set(delays.map((delayMs) => Math.floor(delayMs / 4_500)));
    expect([...tenths].sort((one, other) => one - other)).toStrictEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
