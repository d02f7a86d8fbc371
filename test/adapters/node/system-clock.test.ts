import { createServer, connect, type AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createSystemClock } from '../../../src/adapters/node/system-clock.js';
import { REPLACEABLE_TIME } from '../replaceable-time.js';

const clock = createSystemClock(REPLACEABLE_TIME);
const activeTimers = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe('the system clock', () => {
  afterEach(() => void vi.useRealTimers());

  it('never fires before the time, measured with the same clock', async () => {
    for (let round = 0; round < 20; round++) {
      const dueAtMs = clock.nowMs() + 2.7;
      await new Promise<void>((resolve) => clock.schedule(2.7, resolve));
      expect(clock.nowMs()).toBeGreaterThanOrEqual(dueAtMs);
    }
  });

  it('returns the date', () => {
    expect(Math.abs(clock.epochMs() - Date.now())).toBeLessThan(1_000);
  });

  it('can cancel a timer, also twice and after it has fired', () => {
    vi.useFakeTimers();
    const cancelled = vi.fn();
    const fired = vi.fn();
    const first = clock.schedule(10, cancelled);
    const second = clock.schedule(10, fired);
    first.cancel();
    first.cancel();
    vi.advanceTimersByTime(20);
    second.cancel();
    expect(cancelled).not.toHaveBeenCalled();
    expect(fired).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([2 ** 31, 1e15, Infinity])(
    'treats %d ms as the longest possible delay, and does not fire at once',
    (delayMs) => {
      vi.useFakeTimers();
      const fired = vi.fn();
      clock.schedule(delayMs, fired);
      vi.advanceTimersByTime(2 ** 31 - 2);
      expect(fired).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      expect(fired).toHaveBeenCalledTimes(1);
    },
  );

  it('has one timer of Node for a thousand pending timers, and none after they have fired', () => {
    vi.useFakeTimers();
    const fired: number[] = [];
    const timers = Array.from({ length: 1_000 }, (_, n) =>
      clock.schedule((n * 7919) % 1_000, () => fired.push((n * 7919) % 1_000)),
    );
    expect(vi.getTimerCount()).toBe(1);
    for (const timer of timers.slice(500)) timer.cancel();
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1_001);
    expect(fired).toHaveLength(500);
    expect(fired).toEqual(fired.toSorted((one, other) => one - other));
    expect(vi.getTimerCount()).toBe(0);
  });

  it('sets no second timer for an entry that follows soon after the last one was cancelled', () => {
    vi.useFakeTimers();
    const setTimeout = vi.fn(REPLACEABLE_TIME.setTimeout);
    const own = createSystemClock({ ...REPLACEABLE_TIME, setTimeout });
    for (let dial = 0; dial < 10; dial += 1) {
      own.schedule(2_500, () => undefined).cancel();
      vi.advanceTimersByTime(10);
    }
    expect(setTimeout).toHaveBeenCalledTimes(1);
    const fired = vi.fn();
    own.schedule(2_500, fired);
    vi.advanceTimersByTime(2_499);
    expect(fired).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('keeps the process alive for a pending entry, and not for a cancelled one', () => {
    const own = createSystemClock();
    const before = activeTimers();
    own.schedule(1_000, () => undefined).cancel();
    expect(activeTimers()).toBe(before);
    const pending = own.schedule(1_000, () => undefined);
    expect(activeTimers()).toBe(before + 1);
    pending.cancel();
    expect(activeTimers()).toBe(before);
  });

  it('keeps no timer for an entry of a late time that was cancelled', () => {
    vi.useFakeTimers();
    createSystemClock(REPLACEABLE_TIME)
      .schedule(60_000, () => undefined)
      .cancel();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('fires timers of the same time in the order of their creation, and timers that these create in a later round', () => {
    vi.useFakeTimers();
    const order: string[] = [];
    clock.schedule(5, () => {
      order.push('a');
      clock.schedule(0, () => order.push('made by a'));
    });
    clock.schedule(5, () => order.push('b'));
    vi.advanceTimersByTime(5);
    expect(order).toEqual(['a', 'b']);
    vi.advanceTimersByTime(1);
    expect(order).toEqual(['a', 'b', 'made by a']);
  });

  it('fires a timer also when the callback of another one throws', () => {
    vi.useFakeTimers();
    const fired = vi.fn();
    clock.schedule(1, () => {
      throw new Error('a defect of the callback');
    });
    clock.schedule(1, fired);
    expect(() => vi.advanceTimersByTime(2)).toThrow('a defect of the callback');
    vi.advanceTimersByTime(2);
    expect(fired).toHaveBeenCalledTimes(1);
  });

  it('treats a negative delay as 0', () => {
    vi.useFakeTimers();
    const fired = vi.fn();
    clock.schedule(-5, fired);
    expect(fired).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledTimes(1);
  });

  it('calls callbacks without a delay after one turn of the event loop, without a timer of Node', async () => {
    const setTimeout = vi.fn(REPLACEABLE_TIME.setTimeout);
    const immediate = createSystemClock({ ...REPLACEABLE_TIME, setTimeout });
    const called: string[] = [];
    immediate.schedule(0, () => {
      called.push('first');
      immediate.schedule(0, () => called.push('made by the first'));
    });
    immediate.schedule(0, () => called.push('cancelled')).cancel();
    immediate.schedule(-1, () => called.push('second'));
    expect(called).toEqual([]);
    await turn();
    expect(called).toEqual(['first', 'second']);
    await turn();
    expect(called).toEqual(['first', 'second', 'made by the first']);
    expect(setTimeout).not.toHaveBeenCalled();
  });

  it('keeps a pending timer while a callback without a delay is due', async () => {
    const order: string[] = [];
    const later = new Promise<void>((resolve) => {
      clock.schedule(5, () => {
        order.push('later');
        resolve();
      });
    });
    clock.schedule(0, () => order.push('at once'));
    clock.schedule(0, () => order.push('cancelled')).cancel();
    await later;
    expect(order).toEqual(['at once', 'later']);
  });

  it('delivers input that came during a stall after a late timer, but before afterPendingInput', async () => {
    const order: string[] = [];
    const judged = new Promise<void>((resolve) => {
      const server = createServer((far) => {
        server.close();
        far.end('input');
        clock.schedule(1, () => {
          order.push('timer');
          clock.afterPendingInput(() => {
            order.push('judgement');
            resolve();
          });
        });
        const stalledUntilMs = clock.nowMs() + 20;
        while (clock.nowMs() < stalledUntilMs);
      });
      server.listen(0, '127.0.0.1', () => {
        const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
        near.on('data', (data) => order.push(data.toString()));
      });
    });
    await judged;
    expect(order).toEqual(['timer', 'input', 'judgement']);
  });
});
