/** Node streams and web streams go in, frames come out, over real sockets. */
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ReadableStream } from 'node:stream/web';
import { describe, expect, it } from 'vitest';
import type { Frame } from '../../../src/index.js';
import { pieces, tone } from '../../emulator/pcm.js';
import { LooseEnds } from '../scenario-support/loose-ends.js';
import { CHUNK_BYTES, expectSpokenOnce } from '../scenario-support/spoken.js';
import { openTrial } from '../scenario-support/trial.js';

const cut = { kind: 'close', phase: 'runtime', nth: 1, code: 4503, afterAudioBytes: 6_400 } as const;

describe('audio that goes in as a stream', () => {
  it('is said by pipeline(source, utterance.writable), also over a lost connection', async () => {
    await using trial = await openTrial({ faults: [cut] });
    const { session, seen } = trial;
    await session.start();
    const pcm = tone(1_000);
    const utterance = session.speak();
    await pipeline(Readable.from(pieces(pcm, 999)), utterance.writable);
    expect(await utterance.finished).toMatchObject({ outcome: 'replayed', keyframes: 25 });
    expectSpokenOnce(seen.frames, utterance.reqId, pcm);
  });

  it('is said by a web stream piped into Writable.toWeb(utterance.writable)', async () => {
    await using trial = await openTrial();
    const { session, seen } = trial;
    await session.start();
    const pcm = tone(400);
    const utterance = session.speak();
    await ReadableStream.from(pieces(pcm, CHUNK_BYTES)).pipeTo(
      Writable.toWeb(utterance.writable) as WritableStream<Uint8Array>,
    );
    expect(await utterance.finished).toMatchObject({ outcome: 'delivered', keyframes: 10 });
    expectSpokenOnce(seen.frames, utterance.reqId, pcm);
  });

  it('interrupts the utterance when its source fails, and pipeline rejects with the source’s error', async () => {
    await using trial = await openTrial();
    const { session } = trial;
    await session.start();
    const failure = new Error('the synthesizer stopped');
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(tone(40));
      throw failure;
    }
    const utterance = session.speak();
    await expect(pipeline(failing, utterance.writable)).rejects.toBe(failure);
    expect(await utterance.finished).toMatchObject({ outcome: 'interrupted' });
  });

  it('ends quietly when the utterance is interrupted, without waiting for the next write', async () => {
    await using trial = await openTrial();
    await trial.session.start();
    const utterance = trial.session.speak();
    const source = new Readable({ read: () => undefined });
    const piped = pipeline(source, utterance.writable);
    await utterance.interrupt();
    await expect(piped).resolves.toBeUndefined();
    expect(source.destroyed).toBe(true);
  });

  it('ends with the error of a session that is closed, and is never an unhandled error', async () => {
    using ends = new LooseEnds();
    await using trial = await openTrial();
    await trial.session.start();
    const { writable } = trial.session.speak();
    writable.write(tone(40));
    await trial.session.close();
    await ends.settle();
    expect(writable.errored).toMatchObject({ code: 'connectionClosed', outcome: 'failed' });
    expect(ends.found).toEqual([]);
  });

  it('refuses text, which is no audio', async () => {
    await using trial = await openTrial();
    await trial.session.start();
    const { writable } = trial.session.speak();
    await expect(pipeline(Readable.from(['speech.wav']), writable)).rejects.toThrow(TypeError);
  });

  it('is one stream per utterance, and destroying it after its end interrupts nothing', async () => {
    await using trial = await openTrial();
    await trial.session.start();
    const utterance = trial.session.speak();
    expect(utterance.writable).toBe(utterance.writable);
    await pipeline(Readable.from([tone(400)]), utterance.writable);
    utterance.writable.destroy();
    expect(await utterance.finished).toMatchObject({ outcome: 'delivered' });
  });
});

describe('frames that come out', () => {
  it.each<readonly [string, (frames: AsyncIterable<Frame>) => AsyncIterable<unknown>]>([
    ['for await', (frames) => frames],
    ['Readable.from', (frames) => Readable.from(frames) as AsyncIterable<unknown>],
    ['ReadableStream.from', (frames) => ReadableStream.from(frames)],
  ])('by %s, each once and in order', async (_how, out) => {
    await using trial = await openTrial({ faults: [cut] });
    await trial.session.start();
    const pcm = tone(1_000);
    const utterance = trial.session.speak(pieces(pcm, CHUNK_BYTES));
    const frames: Frame[] = [];
    for await (const frame of out(utterance)) frames.push(frame as Frame);
    expectSpokenOnce(frames, utterance.reqId, pcm);
  });
});
