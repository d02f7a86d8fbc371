/**
 * The gap in the new keyframes after a cut. It does not depend on the length of the speech before it. Virtual time.
 */
import { describe, expect, it } from 'vitest';
import { gapMs } from './measure-gap.js';

/** Draws in equal steps, so that the median of the gaps is the gap of the middle draw. */
const DRAWS = [0.1, 0.3, 0.5, 0.7, 0.9];
const POSITIONS_MS = [2_000, 60_000, 600_000];

async function gapsOf(positionMs: number, recovery: 'tail' | 'replay'): Promise<number[]> {
  const gaps: number[] = [];
  for (const draw of DRAWS) gaps.push(await gapMs({ positionMs, recovery, draw }));
  return gaps.sort((one, other) => one - other);
}

describe('the gap after a cut during speech, with animation at five times real time and a round trip of 40 ms', () => {
  it('has a median of at most 600 ms, the same after 2, 60 and 600 s of speech', async () => {
    const medians: number[] = [];
    for (const positionMs of POSITIONS_MS) medians.push((await gapsOf(positionMs, 'tail'))[2] ?? NaN);
    expect(Math.max(...medians)).toBeLessThanOrEqual(600);
    expect(Math.max(...medians) / Math.min(...medians)).toBeLessThanOrEqual(1.2);
  });

  it('is at least a fifth of the audio before the cut if all of it is sent again', async () => {
    for (const positionMs of [2_000, 60_000]) {
      const gaps = await gapsOf(positionMs, 'replay');
      expect(gaps[0]).toBeGreaterThan(positionMs / 5);
    }
  });

  it('depends on the draw of the first delay, and on no other draw', async () => {
    const gaps = await gapsOf(2_000, 'tail');
    expect((gaps.at(-1) ?? NaN) - (gaps[0] ?? NaN)).toBeCloseTo(0.8 * 250, -1);
  });
});
