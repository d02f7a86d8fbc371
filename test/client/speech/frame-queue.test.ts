/**
 * The queue of frames of a `for await` loop: no frame is lost without an error, and none is repeated. Tests of
 * slow loops are in frame-queue-slow.test.ts.
 */
import { describe, expect, it } from 'vitest';
import type { FrameQueue } from '../../../src/client/speech/frame-queue.js';
import { AvatarSDKError } from '../../../src/core/failure/avatar-sdk-error.js';
import { MIB, READER_TIMEOUT_MS, frame, queue, readToEnd } from './queued-frames.js';

/** The bytes that are kept for a frame in addition to its message. */
const HEAD = 16;

async function read(frames: FrameQueue): Promise<number[]> {
  const indices: number[] = [];
  for await (const { index } of frames) indices.push(index);
  return indices;
}

describe('a loop over frames', () => {
  it('gets frames that came before it began, and frames that come while it waits, in order', async () => {
    const { frames, push } = queue();
    push(1);
    const all = read(frames);
    push(1);
    await Promise.resolve();
    push(3);
    frames.end();
    await expect(all).resolves.toEqual([0, 1, 2, 3, 4]);
  });

  it('ends at once on an utterance that ended without frames', async () => {
    const { frames } = queue();
    frames.end();
    await expect(read(frames)).resolves.toEqual([]);
    await expect(frames.next()).resolves.toEqual({ done: true, value: undefined });
  });

  it('gets the received frames, then the failure, and the failure again at the next call', async () => {
    const { frames, push } = queue();
    const failure = new Error('upstream');
    push(1);
    frames.end(failure);
    await expect(frames.next()).resolves.toMatchObject({ done: false, value: { index: 0 } });
    await expect(frames.next()).rejects.toBe(failure);
    await expect(frames.next()).rejects.toBe(failure);
  });

  it('that already waits gets the failure', async () => {
    const { frames } = queue();
    const waiting = frames.next();
    const failure = new Error('upstream');
    frames.end(failure);
    await expect(waiting).rejects.toBe(failure);
  });

  it('that was left keeps no frame, and is no longer watched', async () => {
    const { frames, push, clock } = queue();
    push(2);
    for await (const { index } of frames) {
      expect(index).toBe(0);
      break;
    }
    push(1, 40 * MIB);
    await expect(read(frames)).resolves.toEqual([]);
    await clock.advance(READER_TIMEOUT_MS);
    expect(clock.pendingTimers).toBe(0);
  });

  it('gets no more frames of an interrupted utterance, and no error for the missing ones', async () => {
    const { frames, push } = queue();
    push(10, MIB / 4);
    frames.clear();
    frames.end();
    push(1);
    await expect(read(frames)).resolves.toEqual([]);
  });

  it('with two readers delivers each frame once', async () => {
    const { frames, push } = queue();
    const both = Promise.all([read(frames), read(frames)]);
    for (let index = 0; index < 10; index += 1) {
      push(1);
      await Promise.resolve();
    }
    frames.end();
    expect((await both).flat().sort((one, other) => one - other)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('an interrupt', () => {
  it('removes a frame whose promise is resolved, but that the loop has not taken yet', async () => {
    const { frames } = queue();
    frames.push(frame(0), false);
    const next = frames.next();
    await Promise.resolve();
    frames.clear();
    frames.end();
    await expect(next.then(({ done, value }) => [done, value])).resolves.toEqual([true, undefined]);
  });

  it('does not remove a frame that the loop has taken', async () => {
    const { frames } = queue();
    frames.push(frame(0), false);
    const result = await frames.next();
    expect(result.done).toBe(false);
    frames.clear();
    expect([result.done, result.value?.index]).toEqual([false, 0]);
  });
});

describe('the frames that no loop has taken', () => {
  it('begin with the first frame that the loop has not taken', async () => {
    const { frames } = queue();
    expect(frames.firstUntaken).toBeUndefined();
    frames.push(frame(0), false);
    frames.push(frame(5), false);
    expect(frames.firstUntaken).toBe(0);
    const result = await frames.next();
    expect(frames.firstUntaken).toBe(0);
    expect(result.done).toBe(false);
    expect(frames.firstUntaken).toBe(5);
    expect((await frames.next()).value?.index).toBe(5);
    expect([frames.firstUntaken, frames.isEmpty]).toEqual([undefined, true]);
  });

  it('are still counted when they are dropped', async () => {
    const [interrupted, left, leftEarly] = [queue().frames, queue().frames, queue().frames];
    for (const frames of [interrupted, left]) frames.push(frame(3), false);
    interrupted.clear();
    await left.return();
    await leftEarly.return();
    leftEarly.push(frame(7), false);
    leftEarly.push(frame(8), false);
    expect([interrupted, left, leftEarly].map(({ firstUntaken }) => firstUntaken)).toEqual([3, 3, 7]);
  });
});

describe('frames that come before a loop begins', () => {
  it('are kept up to 1 MiB; a loop that begins later gets them, then an error that names the first missing one', async () => {
    const { frames, push, clock } = queue();
    push(4, MIB / 4 - 3 * HEAD);
    push(10);
    frames.end();
    const { count, error } = await readToEnd(frames);
    expect(count).toBe(4);
    expect(error).toBeInstanceOf(AvatarSDKError);
    expect(error).toMatchObject({
      code: 'invalidRequest',
      reqId: 'r',
      willRetry: true,
      outcome: 'delivered',
    });
    expect(String(error)).toMatch(/frames from index 4 on .* before the loop over frames began/);
    await expect(frames.next()).rejects.toThrow('frames from index 4 on');
    await clock.advance(READER_TIMEOUT_MS / 4);
    expect(clock.pendingTimers).toBe(0);
  });

  it('are kept for a loop that begins later', async () => {
    const { frames, push, clock } = queue();
    push(3);
    frames.end();
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(10 * READER_TIMEOUT_MS);
    await expect(read(frames)).resolves.toEqual([0, 1, 2]);
  });

  it('are not kept if a callback gets them: a later loop ends with an error that says so', async () => {
    const { frames } = queue();
    frames.push(frame(0), true);
    frames.push(frame(1), true);
    const { count, error } = await readToEnd(frames);
    expect(count).toBe(0);
    expect(String(error)).toMatch(/frames from index 0 on .* a callback took them/);
    expect(error).toMatchObject({ remediation: expect.stringContaining('onFrame') as string });
  });

  it('are kept for a loop that has begun, although a callback gets them, too', async () => {
    const { frames } = queue();
    const loop = frames[Symbol.asyncIterator]();
    frames.push(frame(0), true);
    frames.push(frame(1), true);
    frames.end();
    await expect(read(loop)).resolves.toEqual([0, 1]);
  });
});
