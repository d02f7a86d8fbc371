/**
 * The utterance as an application uses it: turns of a conversation, interrupts and positions, in virtual time with a
 * scripted service.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { KEYFRAMES_PER_SECOND } from '../../../src/index.js';
import type { AvatarSDKError } from '../../../src/index.js';
import { audio, stage } from './scripted-stage.js';

const settled = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

describe('an utterance', () => {
  it('has its label in the result, in playback events and in the result of an interrupt', async () => {
    const { session, animate, played } = await stage();
    const said = session.speak(audio(), { label: 'turn 1' });
    await animate(said, 25, true);
    await expect(said.finished).resolves.toMatchObject({ label: 'turn 1', positionMs: 1_000 });
    const cut = session.speak(audio(), { label: 'turn 2' });
    const waiting = session.speak(audio(), { label: 'turn 3' });
    await animate(cut, 10);
    await expect(session.interruptAll()).resolves.toEqual([
      { reqId: cut.reqId, label: 'turn 2', positionMs: 400, outcome: 'interrupted' },
      { reqId: waiting.reqId, label: 'turn 3', positionMs: 0, outcome: 'interrupted' },
    ]);
    expect(played.map(({ label, state, positionMs }) => [label, state, positionMs])).toEqual([
      ['turn 1', 'started', 0],
      ['turn 1', 'ended', 1_000],
      ['turn 2', 'started', 0],
      ['turn 2', 'interrupted', 400],
    ]);
  });

  it('is not in the result of interruptAll() while it waits', async () => {
    const { session, animate, heard, clock } = await stage();
    const [first, second] = [session.speak(audio()), session.speak(audio())];
    await animate(second, 5);
    await animate(first, 1);
    await expect(session.interrupt()).resolves.toBe(second.reqId);
    await clock.settle();
    expect(heard).toEqual([`${first.reqId} 0`]);
    await expect(session.interruptAll()).resolves.toEqual([]);
  });

  it('can come from a function, whose signal is aborted during the call of interrupt()', async () => {
    const { session, sent, clock } = await stage();
    let signal: AbortSignal | undefined;
    const utterance = session.speak(async function* (given) {
      signal = given;
      yield audio();
      await new Promise((_resolve, reject) =>
        given.addEventListener('abort', () => reject(given.reason as Error)),
      );
    });
    await clock.settle();
    expect(sent()).toHaveLength(1);
    expect(signal?.aborted).toBe(false);
    void utterance.interrupt();
    expect(signal?.aborted).toBe(true);
    await expect(utterance.finished).resolves.toMatchObject({ outcome: 'interrupted' });
  });

  it.each(['failure', 'close'])('has its signal aborted on %s', async (how) => {
    const { session, transport, clock } = await stage();
    let signal: AbortSignal | undefined;
    const utterance = session.speak((given) => {
      signal = given;
      return new Promise<Uint8Array>(() => undefined);
    });
    await clock.settle();
    if (how === 'close') void session.close();
    else transport.latest.drop(4001, 'no credits');
    await clock.advance(2_000);
    expect(signal?.aborted).toBe(true);
    await expect(utterance.finished).rejects.toMatchObject({ outcome: 'failed' });
  });

  it('is interrupted by its own signal, also before it has begun', async () => {
    const { session, clock } = await stage();
    const stop = new AbortController();
    const utterance = session.speak(undefined, { signal: stop.signal });
    await utterance.write(audio());
    stop.abort();
    await expect(utterance.finished).resolves.toMatchObject({ outcome: 'interrupted' });
    let asked = false;
    const late = session.speak(() => ((asked = true), audio()), { signal: stop.signal });
    await clock.settle();
    await expect(late.finished).resolves.toMatchObject({ outcome: 'interrupted', keyframes: 0 });
    expect(asked).toBe(false);
  });

  it('is interrupted, not failed, when its source throws an AbortError', async () => {
    const { session, errors, clock } = await stage();
    const utterance = session.speak(async function* () {
      yield await Promise.resolve(audio());
      throw new DOMException('stopped', 'AbortError');
    });
    await clock.settle();
    await expect(utterance.finished).resolves.toMatchObject({ outcome: 'interrupted' });
    expect(errors).toEqual([]);
  });

  it('reports a failure of its source: with origin, event and entry, and no retry verdict', async () => {
    const { session, errors, clock } = await stage();
    const utterance = session.speak(() => {
      throw new Error('no voice');
    });
    await clock.settle();
    const error = (await settled(utterance.finished)) as AvatarSDKError;
    expect(error).toMatchObject({ origin: 'source', willRetry: false, outcome: 'failed' });
    expect(errors).toEqual([error]);
    expect(session.explain().at(-1)).toMatchObject({ kind: 'failure', message: error.message });
    expect(session.state).toBe('websocket_runtime');
  });

  it('sends a trace context with the first audio of each run', async () => {
    const { session, sent, transport, clock } = await stage();
    const traceContext = {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'a=b',
    };
    const utterance = session.speak(undefined, { traceContext });
    void utterance.write(audio());
    void utterance.write(audio());
    await clock.settle();
    expect(sent().map((message) => message.traceContext)).toEqual([traceContext, undefined]);
    transport.latest.drop();
    await clock.advance(5_000);
    expect(sent()[0]?.traceContext).toEqual(traceContext);
    expect(() => session.speak(audio(), { traceContext: { traceparent: 'x' } })).toThrow(RangeError);
  });
});

describe('a pipeline into utterance.writable', () => {
  it('ends without an error on an interrupt, and releases its source', async () => {
    const { session, clock } = await stage();
    let released = false;
    async function* tts(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          await new Promise<void>((resolve) => void clock.schedule(20, resolve));
          yield audio();
        }
      } finally {
        released = true;
      }
    }
    const utterance = session.speak();
    const piped = pipeline(Readable.from(tts()), utterance.writable);
    await clock.advance(200);
    await utterance.interrupt();
    await clock.advance(100);
    await expect(piped).resolves.toBeUndefined();
    expect(released).toBe(true);
  });
});

describe('sendAudio after an interrupt', () => {
  it('refuses the rest of the old request by its id, and begins the new one', async () => {
    const { session, sent, clock } = await stage();
    const reqId = await session.sendAudio(audio());
    await session.interrupt();
    await expect(session.sendAudio(audio(), { reqId })).rejects.toMatchObject({
      outcome: 'interrupted',
      reqId,
    });
    expect(sent()).toHaveLength(1);
    const begun = session.sendAudio(audio(), { end: true });
    await clock.settle();
    const next = await begun;
    expect(next).not.toBe(reqId);
    expect(sent().at(-1)).toMatchObject({ reqId: next, end: true });
    await expect(session.sendAudio(audio(), { reqId: 'other' })).rejects.toThrow(RangeError);
  });
});

describe('a client that plays the frames', () => {
  it('reports its position, which is that of the utterance from then on', async () => {
    const { session, animate, played } = await stage();
    const utterance = session.speak(audio(), { label: 'a' });
    await animate(utterance, 50);
    utterance.played(720);
    utterance.played(600);
    await expect(session.interruptAll()).resolves.toMatchObject([{ positionMs: 720 }]);
    await expect(utterance.finished).resolves.toMatchObject({ outcome: 'interrupted', positionMs: 720 });
    expect(played.at(-1)).toMatchObject({ state: 'interrupted', positionMs: 720, label: 'a' });
    expect(() => utterance.played(-1)).toThrow(RangeError);
  });

  it('has a position of at most the delivered frames: a larger report is limited', async () => {
    const { session, animate } = await stage({}, false);
    const utterance = session.speak(audio(64_000));
    utterance.played(10_000);
    await animate(utterance, 25);
    const positions: number[] = [];
    const reported = async (): Promise<void> => {
      await Promise.resolve();
      utterance.played(10_000);
    };
    for await (const { index } of utterance) {
      await reported();
      positions.push(index);
      if (index === 0) await animate(utterance, 25);
      else break;
    }
    // The first 25 keyframes and the next 25 count; the third message was never taken.
    await animate(utterance, 25);
    utterance.played(10_000);
    await expect(session.interruptAll()).resolves.toMatchObject([{ positionMs: 2_000 }]);
    expect(positions).toEqual([0, 25]);
  });

  it('has the position 0 if it got no frames', async () => {
    const { session, animate, clock } = await stage({}, false);
    const utterance = session.speak(audio(64_000), { frames: 'none' });
    await animate(utterance, 25);
    utterance.played(500);
    const interrupted = session.interruptAll();
    await clock.settle();
    await expect(interrupted).resolves.toMatchObject([{ positionMs: 0 }]);
  });

  it('has played everything at the end of the audio, which can be inside the last keyframe', async () => {
    const { session, animate, clock } = await stage();
    const utterance = session.speak(audio(32 * 90));
    await animate(utterance, 2);
    utterance.played(20);
    await animate(utterance, 1, true);
    utterance.played(90);
    await clock.settle();
    await expect(utterance.finished).resolves.toMatchObject({ outcome: 'delivered', positionMs: 90 });
  });

  it('delays the end while it reports, until an interrupt', async () => {
    const { session, animate, clock, played } = await stage();
    const utterance = session.speak(audio(6_400));
    await clock.settle();
    utterance.played(0);
    await animate(utterance, 5, true);
    utterance.played(100);
    await clock.advance(1_000);
    expect(played.map(({ state }) => state)).toEqual(['started']);
    await utterance.interrupt();
    await expect(utterance.finished).resolves.toMatchObject({ outcome: 'interrupted', positionMs: 100 });
    const whole = session.speak(audio(6_400));
    await clock.settle();
    whole.played(0);
    await animate(whole, 5, true);
    whole.played(200);
    await expect(whole.finished).resolves.toMatchObject({ outcome: 'delivered', positionMs: 200 });
  });

  it('gets the time of a frame from the frame', async () => {
    const { session, animate } = await stage();
    const times: number[] = [];
    session.on('frame', ({ timeMs }) => times.push(timeMs));
    const utterance = session.speak(audio());
    await animate(utterance, 5);
    await animate(utterance, 5, true);
    expect(times).toEqual([0, (5 / KEYFRAMES_PER_SECOND) * 1_000]);
  });
});

describe('the events of one utterance', () => {
  it('are only its own', async () => {
    const { session, animate, transport, clock } = await stage();
    const [first, second] = [session.speak(audio()), session.speak(audio())];
    const reported: string[] = [];
    const onFrame = ({ index }: { index: number }): void => void reported.push(`frame ${index}`);
    second.on('frame', onFrame).on('playback', ({ state }) => reported.push(state));
    second.once('error', ({ outcome }) => reported.push(outcome));
    await animate(first, 1, true);
    await animate(second, 1);
    second.off('frame', onFrame);
    await animate(second, 1);
    transport.latest.drop(4001);
    await clock.advance(2_000);
    expect(reported).toEqual(['started', 'frame 0', 'interrupted', 'failed']);
    expect(() => first.on('state' as 'frame', onFrame)).toThrow(RangeError);
  });
});
