import { describe, expect, it } from 'vitest';
import { pace } from '../../src/audio/index.js';
import { VirtualClock } from '../virtual-clock.js';

/** Audio of this many milliseconds at 16 kHz. */
const ms = (duration: number): Uint8Array => new Uint8Array(32 * duration);

/** The chunks that `pace` gave, each with its time. */
function follow(clock: VirtualClock, paced: AsyncIterable<Uint8Array>): { atMs: number; audioMs: number }[] {
  const given: { atMs: number; audioMs: number }[] = [];
  let audioMs = 0;
  void (async () => {
    for await (const pcm of paced) given.push({ atMs: clock.nowMs(), audioMs: (audioMs += pcm.length / 32) });
  })();
  return given;
}

describe('pace', () => {
  it.each([0, 5, 200])('is never further ahead of real time than aheadMs: %i', async (aheadMs) => {
    const clock = new VirtualClock();
    const given = follow(clock, pace([ms(1_000), ms(500), ms(7)], { sampleRateHz: 16_000, aheadMs, clock }));
    await clock.advance(2_000);
    expect(given.at(-1)?.audioMs).toBe(1_507);
    for (const { atMs, audioMs } of given) expect(audioMs - atMs).toBeLessThanOrEqual(aheadMs);
    expect(given.at(-1)?.atMs).toBeLessThanOrEqual(1_507 - aheadMs + 1);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not speed up after a pause of the source', async () => {
    const clock = new VirtualClock();
    async function* source(): AsyncGenerator<Uint8Array> {
      yield ms(100);
      await new Promise<void>((resolve) => clock.schedule(5_000, resolve));
      yield ms(1_000);
    }
    const given = follow(clock, pace(source(), { sampleRateHz: 16_000, aheadMs: 100, clock }));
    await clock.advance(5_000);
    await clock.advance(500);
    expect(given.at(-1)?.audioMs).toBeLessThanOrEqual(100 + 500 + 100);
    expect(given.at(-1)?.audioMs).toBeGreaterThanOrEqual(100 + 500);
  });

  it('ends at once when its consumer stops, cancels its timer and ends its source', async () => {
    const clock = new VirtualClock();
    let left = false;
    function* source(): Generator<Uint8Array> {
      try {
        yield ms(10_000);
      } finally {
        left = true;
      }
    }
    const paced = pace(source(), { sampleRateHz: 16_000, aheadMs: 40, clock });
    await paced.next();
    await paced.next();
    const pending = paced.next();
    await clock.settle();
    expect(clock.pendingTimers).toBe(1);
    await paced.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(clock.pendingTimers).toBe(0);
    expect(left).toBe(true);
    expect(clock.nowMs()).toBe(0);
  });

  it('refuses wrong options at the call', () => {
    expect(() => pace([], { sampleRateHz: 96_000 })).toThrow(RangeError);
    expect(() => pace([], { sampleRateHz: 16_000, aheadMs: -1 })).toThrow(RangeError);
    expect(() => pace([], { sampleRateHz: 16_000, aheadMs: '1' as never })).toThrow(TypeError);
    expect(() => pace([], {} as never)).toThrow(
      new TypeError('sampleRateHz must be a number, got undefined'),
    );
  });
});
