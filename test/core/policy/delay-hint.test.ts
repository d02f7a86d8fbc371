/** A hint of the service is the minimum of a delay, with a small spread. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hintedDelayMs, usableHintMs } from '../../../src/core/policy/delay.js';

const MAX_TIMER_MS = 2 ** 31 - 1;

describe('usableHintMs', () => {
  it.each([
    [undefined, undefined],
    [Number.NaN, undefined],
    [-1, undefined],
    [0, 0],
    [1_500, 1_500],
    [Infinity, Infinity],
  ])('%s → %s', (retryAfterMs, hintMs) => {
    expect(usableHintMs(retryAfterMs)).toBe(hintMs);
  });
});

describe('hintedDelayMs', () => {
  it.each([
    [30_000, 0, 30_000],
    [30_000, 0.5, 31_500],
    [30_000, 1, 33_000],
    [0, 1, 0],
    [MAX_TIMER_MS, 1, MAX_TIMER_MS],
    [MAX_TIMER_MS - 10, 1, MAX_TIMER_MS],
  ])('a hint of %i ms and a draw of %d: %i ms', (hintMs, draw, delayMs) => {
    expect(hintedDelayMs(hintMs, draw)).toBeCloseTo(delayMs, 6);
  });

  it('is never before the hint and at most a tenth longer, and fits a timer', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: MAX_TIMER_MS, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (hintMs, draw) => {
          const delayMs = hintedDelayMs(hintMs, draw);
          expect(delayMs).toBeGreaterThanOrEqual(hintMs);
          expect(delayMs).toBeLessThanOrEqual(Math.min(hintMs * 1.1 + 1e-3, MAX_TIMER_MS));
        },
      ),
    );
  });
});
