/** Frames on their way to a `for await` loop: none lost, none repeated, memory bounded. */
import { describe, expect, it } from 'vitest';
import { Frame } from '../../../src/client/events/frame.js';
import { FrameQueue } from '../../../src/client/speech/frame-queue.js';

const MIB = 1024 * 1024;
const frame = (index: number, bytes = 10): Frame => new Frame('r', false, index, new Uint8Array(bytes));

function queue(): { frames: FrameQueue; pressure: boolean[] } {
  const pressure: boolean[] = [];
  const frames = new FrameQueue(() => pressure.push(frames.full));
  return { frames, pressure };
}

async function read(frames: FrameQueue): Promise<number[]> {
  const indices: number[] = [];
  for await (const { index } of frames) indices.push(index);
  return indices;
}

describe('a loop over frames', () => {
  it('gets what came before it began, and what comes while it waits, in order', async () => {
    const { frames } = queue();
    frames.push(frame(0));
    const all = read(frames);
    frames.push(frame(1));
    await Promise.resolve();
    frames.push(frame(2));
    frames.end();
    await expect(all).resolves.toEqual([0, 1, 2]);
  });

  it('ends at once on an utterance that ended without frames', async () => {
    const { frames } = queue();
    frames.end();
    await expect(read(frames)).resolves.toEqual([]);
    await expect(frames.next()).resolves.toEqual({ done: true, value: undefined });
  });

  it('gets the frames that came, then the failure, and again at the next call', async () => {
    const { frames } = queue();
    const failure = new Error('upstream');
    frames.push(frame(0));
    frames.end(failure);
    await expect(frames.next()).resolves.toMatchObject({ done: false, value: { index: 0 } });
    await expect(frames.next()).rejects.toBe(failure);
    await expect(frames.next()).rejects.toBe(failure);
  });

  it('that waits already gets the failure', async () => {
    const { frames } = queue();
    const waiting = frames.next();
    const failure = new Error('upstream');
    frames.end(failure);
    await expect(waiting).rejects.toBe(failure);
  });

  it('that is left keeps nothing afterwards', async () => {
    const { frames, pressure } = queue();
    frames.push(frame(0));
    frames.push(frame(1));
    for await (const { index } of frames) {
      expect(index).toBe(0);
      break;
    }
    frames.push(frame(2, 2 * MIB));
    expect([frames.full, pressure]).toEqual([false, []]);
    await expect(read(frames)).resolves.toEqual([]);
  });

  it('gets nothing of an interrupted utterance any more', async () => {
    const { frames } = queue();
    frames.push(frame(0));
    frames.clear();
    frames.end();
    frames.push(frame(1));
    await expect(read(frames)).resolves.toEqual([]);
  });

  it('serves two readers, each frame once', async () => {
    const { frames } = queue();
    const both = Promise.all([read(frames), read(frames)]);
    for (let index = 0; index < 10; index += 1) {
      frames.push(frame(index));
      await Promise.resolve();
    }
    frames.end();
    expect((await both).flat().sort((one, other) => one - other)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('an interrupt', () => {
  it('reaches a loop whose next frame is resolved but not looked at', async () => {
    const { frames } = queue();
    frames.push(frame(0));
    const next = frames.next();
    await Promise.resolve();
    frames.clear();
    frames.end();
    await expect(next.then(({ done, value }) => [done, value])).resolves.toEqual([true, undefined]);
  });

  it('takes nothing back that a loop has looked at', async () => {
    const { frames } = queue();
    frames.push(frame(0));
    const result = await frames.next();
    expect(result.done).toBe(false);
    frames.clear();
    expect([result.done, result.value?.index]).toEqual([false, 0]);
  });
});

describe('what no loop has taken', () => {
  it('begins where the loop stands: with the frame that it has not looked at', async () => {
    const { frames } = queue();
    expect(frames.firstUntaken).toBeUndefined();
    frames.push(frame(0));
    frames.push(frame(5));
    expect(frames.firstUntaken).toBe(0);
    const result = await frames.next();
    expect(frames.firstUntaken).toBe(0);
    expect(result.done).toBe(false);
    expect(frames.firstUntaken).toBe(5);
    expect((await frames.next()).value?.index).toBe(5);
    expect([frames.firstUntaken, frames.isEmpty]).toEqual([undefined, true]);
  });

  it('is remembered when it is thrown away', async () => {
    const [interrupted, left, leftEarly] = [queue().frames, queue().frames, queue().frames];
    for (const frames of [interrupted, left]) frames.push(frame(3));
    interrupted.clear();
    await left.return();
    await leftEarly.return();
    leftEarly.push(frame(7));
    leftEarly.push(frame(8));
    expect([interrupted, left, leftEarly].map(({ firstUntaken }) => firstUntaken)).toEqual([3, 3, 7]);
  });
});

describe('a loop that reads slowly', () => {
  it('stops the reading of the socket above a MiB, and lets it go on at half of it', async () => {
    const { frames, pressure } = queue();
    frames[Symbol.asyncIterator]();
    frames.push(frame(0, MIB / 2));
    frames.push(frame(1, MIB / 2));
    expect(pressure).toEqual([]);
    frames.push(frame(2, 1));
    expect(pressure).toEqual([true]);
    await frames.next();
    expect([frames.full, pressure]).toEqual([true, [true]]);
    await frames.next();
    expect([frames.full, pressure]).toEqual([false, [true, false]]);
  });

  it('that is left, or whose utterance is interrupted, stops nothing any more', async () => {
    const [left, interrupted] = [queue(), queue()];
    for (const { frames } of [left, interrupted]) {
      frames[Symbol.asyncIterator]();
      frames.push(frame(0, 2 * MIB));
    }
    await left.frames.return();
    interrupted.frames.clear();
    expect([left.pressure, interrupted.pressure]).toEqual([
      [true, false],
      [true, false],
    ]);
  });
});

describe('frames that nobody reads', () => {
  it('never stop the reading of the socket', () => {
    const { frames, pressure } = queue();
    for (let index = 0; index < 30; index += 1) frames.push(frame(index, MIB / 10));
    expect([frames.full, pressure]).toEqual([false, []]);
  });

  it('are kept up to a MiB, then dropped; a loop that begins later is told', async () => {
    const { frames } = queue();
    frames.push(frame(0, MIB));
    await expect(frames.next()).resolves.toMatchObject({ value: { index: 0 } });
    const late = queue().frames;
    late.push(frame(0, MIB));
    late.push(frame(1, 1));
    late.end();
    await expect(read(late)).rejects.toThrow(
      /more than 1048576 bytes of frames came before anybody read them/,
    );
  });
});
