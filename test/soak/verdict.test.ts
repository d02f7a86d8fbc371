/**
 * The verdict of a soak: noise does not count as growth, growth is reported, and counts that must be zero are
 * listed.
 */
import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../src/index.js';
import { LIMITS, complaints, median, slopesOf, theilSen } from './verdict.mjs';

type Sample = Parameters<typeof slopesOf>[0][number];

/** Samples of ten minutes, one every five seconds, with a scatter of a tenth. */
function samples(change: (minute: number) => Partial<Sample> = () => ({})): Sample[] {
  const random = createSeededRandom(7);
  const scattered = (value: number): number => value * (0.9 + 0.2 * random.next());
  return Array.from({ length: 120 }, (_, nth) => {
    const minute = nth / 12;
    const flat = {
      heapMiB: 40,
      externalMiB: 10,
      rssMiB: 150,
      handles: 9,
      sockets: 4,
      connected: 197,
      delayMs: 2,
      worstDelayMs: 20,
    };
    const noisy = Object.fromEntries(Object.entries(flat).map(([name, value]) => [name, scattered(value)]));
    return { atMs: minute * 60_000, ...flat, ...noisy, ...change(minute) };
  });
}

describe('the slope', () => {
  it('is that of the line, even if a quarter of the points are outliers', () => {
    const points = Array.from({ length: 40 }, (_, x) => [x, x % 4 === 3 ? 1_000 : 3 * x + 1] as const);
    expect(theilSen(points)).toBeCloseTo(3, 0);
  });

  it('is 0 without points', () => {
    expect([theilSen([]), theilSen([[1, 1]]), median([])]).toEqual([0, 0, 0]);
  });

  it('counts the second half only', () => {
    const warming = slopesOf(samples((minute) => ({ heapMiB: 20 + 4 * Math.min(5, minute) })));
    expect(warming.find(({ measure }) => measure === 'heapMiB')?.perMinute).toBeCloseTo(0);
  });
});

describe('the verdict', () => {
  it('finds nothing in noise', () => {
    expect(complaints(slopesOf(samples()), { 'lost keyframes': 0 })).toEqual([]);
  });

  it.each(Object.entries(LIMITS))('names %s when it grows twice as fast as it may', (measure, { limit }) => {
    const grown = slopesOf(samples((minute) => ({ [measure]: 100 + 2 * limit * minute })));
    expect(complaints(grown, {})).toEqual([
      `${measure} grows by ${(2 * limit).toFixed(2)} per minute (limit ${limit})`,
    ]);
  });

  it('checks a soak of a minute by its totals', () => {
    const minute = samples((at) => ({ heapMiB: 20 + at })).map((one) => ({ ...one, atMs: one.atMs / 10 }));
    expect(complaints(slopesOf(minute), {})).toEqual(['heapMiB grows by 10.00 per minute (limit 0.2)']);
    const warming = minute.map((one) => ({ ...one, heapMiB: 20 + one.heapMiB / 10 }));
    expect(complaints(slopesOf(warming), {})).toEqual([]);
  });

  it('does not report a slope below the scatter of the samples', () => {
    const jumping = slopesOf(samples((minute) => ({ handles: 5 * minute + ((minute * 12) % 2) * 100 })));
    expect(complaints(jumping, {})).toEqual([]);
  });

  it('lists counts that must be zero and are not', () => {
    expect(complaints([], { 'lost keyframes': 2, 'sockets left': 0 })).toEqual(['lost keyframes: 2']);
  });
});
