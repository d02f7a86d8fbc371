/** The event queue of the simulator: which events run, and in which order. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventQueue } from '../../src/storm/storm-service.js';
import { nearestRank } from '../../src/storm/storm-scenario.js';

describe('the event queue', () => {
  it('runs events by time, and those of one time in the order in which they were scheduled', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }), (delays) => {
        const events = new EventQueue();
        const ran: (readonly [number, number])[] = [];
        delays.forEach((delayMs, order) => events.after(delayMs, () => ran.push([events.nowMs, order])));
        events.run(Infinity);
        const expected = delays
          .map((delayMs, order) => [delayMs, order] as const)
          .sort((one, other) => one[0] - other[0] || one[1] - other[1]);
        expect(ran).toEqual(expected);
      }),
    );
  });

  it('runs what events schedule, up to and including the last moment', () => {
    const events = new EventQueue();
    const ran: number[] = [];
    const again = (): void => {
      ran.push(events.nowMs);
      events.after(10, again);
    };
    again();
    events.run(30);
    expect(ran).toEqual([0, 10, 20, 30]);
  });
});

describe('nearest rank', () => {
  const ten = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100];
  it.each([
    { part: 0.5, value: 50 },
    { part: 0.51, value: 60 },
    { part: 0.99, value: 100 },
    { part: 1, value: 100 },
    { part: 0, value: 10 },
  ])('$part of ten values: $value', ({ part, value }) => expect(nearestRank(ten, part)).toBe(value));

  it('is undefined if too few of the population have a value', () => {
    expect(nearestRank(ten, 0.5, 20)).toBe(100);
    expect(nearestRank(ten, 0.51, 20)).toBeUndefined();
    expect(nearestRank([], 0.5)).toBeUndefined();
  });
});
