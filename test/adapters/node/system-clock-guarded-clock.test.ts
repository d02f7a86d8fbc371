/**
 * When a clock of the application returns invalid times or throws, the session uses the system clock in its
 * place, and continues.
 */
import { describe, expect, it } from 'vitest';
import { guardedClock } from '../../../src/adapters/node/system-clock.js';
import type { Clock } from '../../../src/ports/clock.js';
import { VirtualClock } from '../../virtual-clock.js';

const fail = (): never => {
  throw new Error('broken');
};
const BROKEN: Clock = { nowMs: fail, epochMs: fail, schedule: fail, afterPendingInput: fail };
const rejects = (): never => Promise.reject(new Error('broken')) as never;
const LATER: Clock = { nowMs: rejects, epochMs: rejects, schedule: rejects, afterPendingInput: rejects };
const NONSENSE = {
  nowMs: () => 'soon',
  epochMs: () => NaN,
  schedule: () => undefined,
  afterPendingInput: () => 7,
} as unknown as Clock;

describe.each([
  ['throws', BROKEN],
  ['gives nonsense', NONSENSE],
  ['gives promises that reject', LATER],
])('a clock that %s', (_what, broken) => {
  it('still returns times', () => {
    const clock = guardedClock(broken);
    expect(clock.nowMs()).toEqual(expect.any(Number));
    expect(Math.abs(clock.epochMs() - Date.now())).toBeLessThan(60_000);
  });

  it('has timers that can be cancelled', () => {
    expect(() => guardedClock(broken).schedule(1_000, fail).cancel()).not.toThrow();
  });
});

it.each([BROKEN, LATER])(
  'the system clock calls the callbacks that a broken clock does not call',
  async (broken) => {
    const clock = guardedClock(broken);
    await new Promise<void>((resolve) => clock.schedule(1, resolve));
    await new Promise<void>((resolve) => clock.afterPendingInput(resolve));
  },
);

it('a time that goes back is replaced by the latest time', () => {
  const times = [5, 3, NaN, 9];
  const clock = guardedClock({ ...BROKEN, nowMs: () => times.shift() ?? NaN });
  expect([1, 2, 3, 4, 5].map(() => clock.nowMs())).toEqual([5, 5, 5, 9, 9]);
});

it('a callback is called at most once, and not after its timer was cancelled', () => {
  const callbacks: (() => void)[] = [];
  const clock = guardedClock({
    ...BROKEN,
    schedule: (_delayMs, callback) => {
      callbacks.push(callback);
      return { cancel: fail };
    },
  });
  let calls = 0;
  clock.schedule(1, () => void (calls += 1));
  clock.schedule(1, () => void (calls += 1)).cancel();
  for (const callback of [...callbacks, ...callbacks]) callback();
  expect(calls).toBe(1);
});

it('a correct clock is used without a wrapper', async () => {
  const virtual = new VirtualClock();
  const clock = guardedClock(virtual);
  let fired = false;
  clock.schedule(1_000, () => void (fired = true));
  await virtual.advance(1_000);
  expect([fired, clock.nowMs()]).toEqual([true, virtual.nowMs()]);
});
