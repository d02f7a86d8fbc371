/** The virtual clock of the tests: the properties that sessions in virtual time depend on. */
import { describe, expect, it } from 'vitest';
import { sleep } from '../src/ports/clock.js';
import { VirtualClock } from './virtual-clock.js';

describe('the virtual clock', () => {
  it('fires timers in the order of their times, each at its own time', async () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    for (const ms of [30, 10, 20]) clock.schedule(ms, () => fired.push(`${ms}@${clock.nowMs()}`));
    await clock.advance(25);
    expect(fired).toEqual(['10@10', '20@20']);
    expect(clock.nowMs()).toBe(25);
    expect(clock.pendingTimers).toBe(1);
  });

  it('lets promises settle between two timers', async () => {
    const clock = new VirtualClock();
    const wokenAtMs: number[] = [];
    const naps = async (): Promise<void> => {
      for (let nap = 0; nap < 3; nap += 1) {
        await sleep(clock, 10, new AbortController().signal);
        wokenAtMs.push(clock.nowMs());
      }
    };
    void naps();
    await clock.advance(100);
    expect(wokenAtMs).toEqual([10, 20, 30]);
  });

  it('never fires a cancelled timer', async () => {
    const clock = new VirtualClock();
    let fired = 0;
    const timer = clock.schedule(10, () => (fired += 1));
    timer.cancel();
    await clock.advance(100);
    expect([fired, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('fires timers that a stall has delayed at the end of the stall, and delivers input before the turn ends', async () => {
    const clock = new VirtualClock();
    const order: string[] = [];
    clock.schedule(10, () => {
      order.push(`timer@${clock.nowMs()}`);
      clock.afterPendingInput(() => order.push('after input'));
    });
    await clock.stall(5_000, () => order.push('input'));
    expect(order).toEqual(['timer@5000', 'input', 'after input']);
  });

  it('fails with a reason when the awaited condition never comes', async () => {
    await expect(new VirtualClock().until(() => false, 50)).rejects.toThrow(/was not met within 50/);
  });
});
