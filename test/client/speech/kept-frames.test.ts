/** Loops over the frames of one utterance: one loop, or several if the frames are kept. */
import { describe, expect, it } from 'vitest';
import type { Frame } from '../../../src/index.js';
import { MIB, frame, keptFrames } from './queued-frames.js';
import { audio, stage } from './scripted-stage.js';

describe('loops over frames', () => {
  it('are limited to one per utterance: a second one throws', async () => {
    const { session, animate } = await stage();
    const utterance = session.speak(audio());
    const loop = (async () => {
      for await (const frame of utterance) if (frame.end) return;
    })();
    await animate(utterance, 1, true);
    await loop;
    expect(() => utterance[Symbol.asyncIterator]()).toThrow(/once/);
    expect(() => utterance.frames({ from: 0 })).toThrow(/keep/);
  });

  it('can be several, from any keyframe on, if frames are kept', async () => {
    const { session, animate, clock } = await stage();
    const utterance = session.speak(audio(), { frames: 'keep' });
    const read = async (from: number): Promise<number[]> => {
      const indexes: number[] = [];
      for await (const { index } of utterance.frames({ from })) indexes.push(index);
      return indexes;
    };
    const live = read(0);
    const later = read(7);
    for (let message = 0; message < 4; message += 1) await animate(utterance, 5, message === 3);
    await clock.settle();
    await expect(live).resolves.toEqual([0, 5, 10, 15]);
    await expect(read(0)).resolves.toEqual([0, 5, 10, 15]);
    await expect(later).resolves.toEqual([7, 10, 15]);
    await expect(read(12)).resolves.toEqual([12, 15]);
    await expect(read(15)).resolves.toEqual([15]);
    for (const beyond of [20, 21, 1_000]) await expect(read(beyond)).resolves.toEqual([]);
    await expect(utterance.finished).resolves.toMatchObject({ keyframes: 20 });
  });

  it('begin with the requested keyframe: a frame that begins before it is trimmed, for that loop only', async () => {
    const { session, animate } = await stage();
    const utterance = session.speak(audio(), { frames: 'keep' });
    for (let message = 0; message < 2; message += 1) await animate(utterance, 5, message === 1);
    const read = async (from: number): Promise<Frame[]> => {
      const frames: Frame[] = [];
      for await (const frame of utterance.frames({ from })) frames.push(frame);
      return frames;
    };
    const whole = (await read(0)).flatMap(({ keyframes }) => keyframes);
    const rest = await read(8);
    expect(rest.map(({ index, end, keyframes }) => [index, end, keyframes.length])).toEqual([[8, true, 2]]);
    expect(rest[0]?.keyframes).toEqual(whole.slice(8));
    expect((await read(0)).map(({ index }) => index)).toEqual([0, 5]);
  });

  it('over kept frames get up to 32 MiB, then an error that names the first missing frame', async () => {
    const frames = keptFrames();
    for (let index = 0; index < 40; index += 1) frames.push(frame(index, MIB));
    for (const from of [0, 20]) {
      const got: number[] = [];
      const loop = async (): Promise<void> => {
        for await (const { index } of frames.read(from)) got.push(index);
      };
      await expect(loop()).rejects.toThrow('frames from index 31 on were not kept');
      expect(got).toEqual(Array.from({ length: 31 - from }, (_, at) => from + at));
    }
  });

  it('over kept frames end with an interrupt', async () => {
    const { session, animate } = await stage();
    const utterance = session.speak(audio(), { frames: 'keep' });
    await animate(utterance, 5);
    await utterance.interrupt();
    const left: number[] = [];
    for await (const { index } of utterance.frames()) left.push(index);
    expect(left).toEqual([]);
  });

  it('find no frame if none are kept', async () => {
    const { session, animate, heard } = await stage();
    const utterance = session.speak(audio(), { frames: 'none' });
    await animate(utterance, 1, true);
    expect(heard).toHaveLength(1);
    expect(() => utterance[Symbol.asyncIterator]()).toThrow(/none/);
  });
});
