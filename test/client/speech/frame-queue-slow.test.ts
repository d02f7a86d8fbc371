/** Loops that take frames slowly, or stop taking them, are limited in memory and in time. */
import { describe, expect, it } from 'vitest';
import type { FrameQueue } from '../../../src/client/speech/frame-queue.js';
import { MIB, READER_TIMEOUT_MS, queue, readToEnd } from './queued-frames.js';

async function lastIndex(frames: FrameQueue): Promise<number> {
  let last = -1;
  try {
    for await (const { index } of frames) last = index;
  } catch {
    return last;
  }
  throw new Error('no frame may be missing');
}

describe('a loop that takes frames slowly', () => {
  it('gets every frame while at most 32 MiB wait', async () => {
    const { frames, push } = queue();
    frames[Symbol.asyncIterator]();
    push(1_000, 1_000);
    for (let taken = 0; taken < 10; taken += 1) await frames.next();
    push(29 * 1_024, 1_000);
    frames.end();
    for (let index = 10; index < 30_000; index += 1) {
      await expect(frames.next()).resolves.toMatchObject({ value: { index } });
      if (index > 100) break;
    }
  });

  it('ends with an error after the kept frames, when more than that waits', async () => {
    const { frames, push } = queue();
    frames[Symbol.asyncIterator]();
    push(20, 1_000);
    for (let taken = 0; taken < 15; taken += 1) await frames.next();
    push(40, MIB);
    let last = 0;
    const loop = async (): Promise<void> => {
      for await (const { index } of frames) last = index;
    };
    await expect(loop()).rejects.toThrow('were not kept: the loop over frames takes them more slowly');
    expect(last).toBeGreaterThan(45);
    expect(last).toBeLessThanOrEqual(52);
    await expect(frames.next()).rejects.toThrow(`frames from index ${last + 1} on`);
  });

  it('is never ended by the time-out, at any speed', async () => {
    const { frames, push, clock } = queue();
    frames[Symbol.asyncIterator]();
    push(20);
    for (let index = 0; index < 20; index += 1) {
      await expect(frames.next()).resolves.toMatchObject({ value: { index } });
      await clock.advance(READER_TIMEOUT_MS - 1);
    }
  });
});

describe('a loop that takes no frame', () => {
  it('ends with an error that names the option and the first frame that it has not taken', async () => {
    const { frames, push, clock } = queue();
    frames[Symbol.asyncIterator]();
    push(3);
    await frames.next();
    await clock.advance(READER_TIMEOUT_MS - 1);
    push(2);
    await clock.advance(READER_TIMEOUT_MS / 4 + 1);
    await expect(frames.next()).rejects.toThrow(
      'frames from index 1 on were not kept: the loop over frames took none for 30000 ms (option readerTimeoutMs)',
    );
    push(1);
    await expect(frames.next()).rejects.toThrow('frames from index 1 on');
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([0, 1_000, 7_499, 7_500])(
    'is ended after its time-out at the earliest, and a quarter later at the latest, when another loop is watched for %i ms',
    async (othersMs) => {
      const one = queue();
      one.frames[Symbol.asyncIterator]();
      one.push(1);
      await one.clock.advance(othersMs);
      const { frames, push, clock } = queue(one.clock, one.readers);
      frames[Symbol.asyncIterator]();
      push(1);
      await clock.advance(READER_TIMEOUT_MS - 1);
      expect(frames.waits).toBe(true);
      await clock.advance(READER_TIMEOUT_MS / 4 + 1);
      expect(frames.waits).toBe(false);
      await expect(frames.next()).rejects.toThrow('readerTimeoutMs');
    },
  );

  it('keeps at most 8 MiB meanwhile', async () => {
    const { frames, push } = queue();
    frames[Symbol.asyncIterator]();
    push(200, MIB / 10);
    const { count, error } = await readToEnd(frames);
    expect(count).toBeGreaterThan(70);
    expect(count).toBeLessThanOrEqual(80);
    expect(String(error)).toContain(`frames from index ${count} on were not kept`);
  });

  it('keeps at most 8 MiB also when other frames came together with the first one, for which it waited', async () => {
    const { frames, push } = queue();
    const first = frames.next();
    push(2);
    await first;
    push(200, MIB / 10);
    const last = await lastIndex(frames);
    expect(last).toBeGreaterThan(70);
    expect(last).toBeLessThanOrEqual(81);
  });

  it('gets one message of any size', async () => {
    const { frames, push } = queue();
    frames[Symbol.asyncIterator]();
    push(1, 16 * MIB);
    await expect(frames.next()).resolves.toMatchObject({ value: { index: 0 } });
    push(1, 16 * MIB);
    await expect(frames.next()).resolves.toMatchObject({ value: { index: 1 } });
  });

  it('loses at most a quarter of its time by a stall of the event loop', async () => {
    const { frames, push, clock } = queue();
    frames[Symbol.asyncIterator]();
    push(2);
    await clock.advance(1_000);
    await clock.stall(60_000);
    await clock.advance(10_000);
    await expect(frames.next()).resolves.toMatchObject({ value: { index: 0 } });
  });

  it('is watched by one timer for all loops, until the session is over', async () => {
    const first = queue();
    const queues = [first, queue(first.clock, first.readers), queue(first.clock, first.readers)];
    for (const { frames, push } of queues) {
      frames[Symbol.asyncIterator]();
      push(2);
    }
    expect(first.clock.pendingTimers).toBe(1);
    first.readers.stop();
    expect(first.clock.pendingTimers).toBe(0);
    for (const { frames } of queues) await frames.next();
    first.push(1);
    expect(first.clock.pendingTimers).toBe(0);
  });
});
