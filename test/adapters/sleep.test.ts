/** The function `sleep` of `ports/clock`, on the system clock. */
import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSystemClock } from '../../src/adapters/node/system-clock.js';
import { REPLACEABLE_TIME } from './replaceable-time.js';
import { sleep } from '../../src/ports/clock.js';

describe('sleep', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('ends after the delay and not before, and leaves nothing behind', async () => {
    const { signal } = new AbortController();
    const ended = vi.fn();
    const sleeping = sleep(createSystemClock(REPLACEABLE_TIME), 1_000, signal).then(ended);
    await vi.advanceTimersByTimeAsync(999);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await sleeping;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('ends at once with the reason of the signal, and leaves nothing behind', async () => {
    const abort = new AbortController();
    const cancel = vi.fn();
    const sleeping = sleep({ ...createSystemClock(), schedule: () => ({ cancel }) }, 1_000, abort.signal);
    abort.abort(new Error('stop'));
    await expect(sleeping).rejects.toBe(abort.signal.reason);
    expect(cancel).toHaveBeenCalledTimes(1);
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  });

  it('does not begin when the signal is aborted already', async () => {
    await expect(sleep(createSystemClock(REPLACEABLE_TIME), 0, AbortSignal.abort('why'))).rejects.toBe('why');
    expect(vi.getTimerCount()).toBe(0);
  });
});
