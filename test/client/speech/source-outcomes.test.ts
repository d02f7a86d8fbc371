/** An utterance that ends cancels its source, and a source that stalls ends its utterance. In virtual time. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ReadableStream } from 'node:stream/web';
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSession } from '../../../src/index.js';
import type { AvatarSDKError, AvatarSessionOptions, SpeakSource, Utterance } from '../../../src/index.js';
import { audioMessages, confirmedSession } from '../../support/confirmed-session.js';
import { virtualSession } from '../virtual-session.js';
import type { VirtualSession } from '../virtual-session.js';

afterEach(() => AvatarSession.closeAll());

const CHUNK = new Uint8Array(640);
const never = (): Promise<never> => new Promise(() => undefined);

function started(options: Partial<AvatarSessionOptions> = {}): Promise<VirtualSession> {
  return confirmedSession({ retry: false, ...options });
}

/** A source of one chunk that then stalls, and records that it was cancelled. */
class SilentSource implements AsyncIterableIterator<Uint8Array> {
  left = 0;
  #given = false;
  [Symbol.asyncIterator](): this {
    return this;
  }
  next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#given) return never();
    this.#given = true;
    return Promise.resolve({ done: false, value: CHUNK });
  }
  return(): Promise<IteratorResult<Uint8Array>> {
    this.left += 1;
    return Promise.resolve({ done: true, value: undefined });
  }
}

/** Resolves with the error of `finished`, or with the outcome. */
const ending = ({ finished }: Utterance): Promise<unknown> =>
  finished.then(
    ({ outcome }) => outcome,
    (error: unknown) => error,
  );

function* nothing(): Generator<Uint8Array> {
  for (;;) yield new Uint8Array(0);
}

describe('the source of an utterance that is over is cancelled at once', () => {
  it.each<readonly [string, (virtual: VirtualSession, utterance: Utterance) => unknown]>([
    ['by utterance.interrupt()', (_virtual, utterance) => utterance.interrupt()],
    ['by session.interrupt()', ({ session }) => session.interrupt()],
    ['by session.close()', ({ session }) => session.close()],
    ['by the end of the session', ({ transport }) => transport.latest.drop(4001, 'Credits exhausted')],
    [
      'by the refusal of its request',
      ({ transport }, { reqId }) => transport.latest.refuseRequest(reqId, 3, 'no'),
    ],
  ])('%s', async (_how, end) => {
    const virtual = await started();
    const source = new SilentSource();
    const utterance = virtual.session.speak(source);
    await virtual.clock.settle();
    expect(source.left).toBe(0);
    void end(virtual, utterance);
    await virtual.clock.settle();
    expect(source.left).toBe(1);
    expect(virtual.clock.nowMs()).toBe(0);
    await virtual.session.close();
    expect(virtual.clock.pendingTimers).toBe(0);
  });

  it('also while a write waits for the socket', async () => {
    const virtual = await started();
    virtual.transport.latest.bufferedBytes = 1_000_000;
    const source = new SilentSource();
    virtual.session.speak(source);
    await virtual.clock.settle();
    await virtual.session.interrupt();
    await virtual.clock.settle();
    expect(source.left).toBe(1);
  });

  it('before it is read, if the session accepts no speech', async () => {
    const virtual = await started();
    await virtual.session.close();
    const stream = new Readable({ read: () => undefined });
    const utterance = virtual.session.speak(stream as AsyncIterable<Uint8Array>);
    await expect(utterance.finished).rejects.toMatchObject({ code: 'connectionClosed' });
    expect(stream.destroyed).toBe(true);
  });

  it('from inside the source itself', async () => {
    const virtual = await started();
    let left = false;
    function* source(): Generator<Uint8Array> {
      try {
        yield CHUNK;
        void virtual.session.interrupt();
        yield CHUNK;
        yield CHUNK;
      } finally {
        left = true;
      }
    }
    const utterance = virtual.session.speak(source());
    await expect(utterance.finished).resolves.toMatchObject({ outcome: 'interrupted' });
    await virtual.clock.settle();
    expect(left).toBe(true);
  });
});

describe('a source that stalls', () => {
  it('fails its utterance after sourceTimeoutMs, with an error that names the option', async () => {
    const virtual = await started({ sourceTimeoutMs: 2_000, silenceTimeoutMs: 60_000 });
    const source = new SilentSource();
    const utterance = virtual.session.speak(source);
    const ended = ending(utterance);
    await virtual.clock.advance(1_999);
    expect(source.left).toBe(0);
    await virtual.clock.advance(501);
    expect(await ended).toMatchObject({
      code: 'invalidRequest',
      origin: 'source',
      outcome: 'failed',
      willRetry: false,
      reqId: utterance.reqId,
      message: 'the source of the audio gave nothing for 2000 ms (option sourceTimeoutMs)',
    });
    expect(source.left).toBe(1);
    expect(virtual.errors).toEqual([await ended]);
  });

  it('has by default the same time-out as the service', async () => {
    const virtual = await started({ silenceTimeoutMs: 1_000 });
    const ended = ending(virtual.session.speak(new SilentSource()));
    await virtual.clock.advance(1_250);
    expect((await ended) as AvatarSDKError).toMatchObject({ outcome: 'failed' });
  });

  it('includes a source that never begins', async () => {
    const virtual = await started({ sourceTimeoutMs: 1_000 });
    const utterance = virtual.session.speak({ [Symbol.asyncIterator]: () => ({ next: never }) });
    await virtual.clock.advance(1_250);
    await expect(utterance.finished).rejects.toMatchObject({ outcome: 'failed' });
  });

  it.each<readonly [string, (clock: VirtualSession['clock']) => AsyncIterable<Uint8Array>]>([
    [
      'at intervals',
      async function* (clock) {
        for (yield CHUNK; ; yield new Uint8Array(0))
          await new Promise<void>((resolve) => void clock.schedule(100, resolve));
      },
    ],
    [
      'without a pause',
      async function* () {
        for (yield CHUNK; ; yield new Uint8Array(0)) await Promise.resolve();
      },
    ],
  ])('includes a source that yields empty chunks %s', async (_how, source) => {
    for (const speak of [
      ({ session, clock }: VirtualSession) => session.speak(source(clock)),
      ({ session, clock }: VirtualSession) => session.speak(ReadableStream.from(source(clock))),
      ({ session, clock }: VirtualSession) => {
        const utterance = session.speak();
        pipeline(Readable.from(source(clock)), utterance.writable).catch(() => undefined);
        return utterance;
      },
    ]) {
      const virtual = await started({ sourceTimeoutMs: 1_000 });
      const ended = ending(speak(virtual));
      await virtual.clock.advance(1_500);
      expect(await ended).toMatchObject({ outcome: 'failed', origin: 'source' });
      await virtual.session.close();
    }
  });

  it('does not block the sockets of the process when it yields empty chunks without end', async () => {
    const virtual = await started({ sourceTimeoutMs: 1_000 });
    const ended = ending(virtual.session.speak(nothing()));
    await new Promise((resolve) => setImmediate(resolve));
    await virtual.clock.advance(1_500);
    expect(await ended).toMatchObject({ outcome: 'failed' });
  });

  it('leaves no timer when its utterance ends between two empty chunks', async () => {
    const { session, clock } = await started();
    const timers = clock.pendingTimers;
    const utterance = session.speak(nothing());
    await clock.settle();
    await utterance.interrupt();
    expect(clock.pendingTimers).toBe(timers);
  });

  it('does not include a source that yields audio at intervals', async () => {
    const virtual = await started({ sourceTimeoutMs: 1_000 });
    async function* slow(): AsyncGenerator<Uint8Array> {
      for (let nth = 0; nth < 10; nth += 1) {
        await new Promise<void>((resolve) => void virtual.clock.schedule(990, resolve));
        yield CHUNK;
      }
    }
    const ended = ending(virtual.session.speak(slow()));
    await virtual.clock.advance(10_000);
    await virtual.session.interrupt();
    expect(await ended).toBe('interrupted');
  });

  it('does not include a source that is not read because the socket is full', async () => {
    const virtual = await started({ sourceTimeoutMs: 1_000, silenceTimeoutMs: 10_000 });
    virtual.transport.latest.bufferedBytes = 1_000_000;
    const ended = ending(virtual.session.speak(new SilentSource()));
    await virtual.clock.advance(5_000);
    virtual.transport.latest.drain();
    await virtual.clock.advance(900);
    await virtual.session.interrupt();
    expect(await ended).toBe('interrupted');
  });

  it('does not include a source during a stall of the event loop', async () => {
    const virtual = await started({ sourceTimeoutMs: 1_000 });
    const ended = ending(virtual.session.speak(new SilentSource()));
    await virtual.clock.stall(5_000);
    await virtual.clock.advance(700);
    await virtual.session.interrupt();
    expect(await ended).toBe('interrupted');
  });

  it('behind utterance.writable fails the utterance and the pipeline, and is destroyed', async () => {
    const virtual = await started({ sourceTimeoutMs: 1_000 });
    const source = new Readable({ read: () => undefined });
    source.push(CHUNK);
    const utterance = virtual.session.speak();
    const piped = pipeline(source, utterance.writable).catch((error: unknown) => error);
    await virtual.clock.advance(1_250);
    await virtual.clock.advance(0);
    const error = await ending(utterance);
    expect(error).toMatchObject({ outcome: 'failed', origin: 'source' });
    expect(await piped).toBe(error);
    expect(source.destroyed).toBe(true);
    await virtual.session.close();
    expect(virtual.clock.pendingTimers).toBe(0);
  });

  it('does not include calls of write()', async () => {
    const virtual = await started({ sourceTimeoutMs: 1_000 });
    const utterance = virtual.session.speak();
    await utterance.write(CHUNK);
    await virtual.clock.advance(60_000);
    await utterance.write(CHUNK);
    await virtual.session.interrupt();
    expect(await ending(utterance)).toBe('interrupted');
  });
});

describe('a function that makes the source', () => {
  it.each<readonly [string, SpeakSource]>([
    ['returns bytes at once', () => CHUNK],
    ['returns bytes later', () => Promise.resolve(CHUNK)],
    ['returns an iterable', () => [CHUNK]],
  ])('%s: the time-out is cleared, and no timer keeps the process alive', async (_how, source) => {
    const timersWith = async (given: SpeakSource): Promise<number> => {
      const virtual = await started({ sourceTimeoutMs: 1_000 });
      virtual.session.speak(given);
      await virtual.clock.settle();
      return virtual.clock.pendingTimers;
    };
    expect(await timersWith(source)).toBe(await timersWith(CHUNK));
  });

  it.each<readonly [string, SpeakSource]>([
    ['at once', () => CHUNK],
    ['later', () => Promise.resolve(CHUNK)],
  ])('and returned bytes %s does not stall while they wait for a connection', async (_how, source) => {
    const virtual = virtualSession({
      service: (dial, clock) => void clock.schedule(5_000, () => dial.confirm()),
      options: { sourceTimeoutMs: 1_000 },
    });
    void virtual.session.start();
    const utterance = virtual.session.speak(source);
    const ended = ending(utterance);
    await virtual.clock.advance(6_000);
    expect(audioMessages(virtual).map(({ audio, end }) => [audio.length, end])).toEqual([
      [CHUNK.length, true],
    ]);
    await utterance.interrupt();
    expect(await ended).toBe('interrupted');
    expect(virtual.errors).toEqual([]);
  });

  it('stalls while it returns nothing', async () => {
    const virtual = await started({ sourceTimeoutMs: 1_000 });
    const ended = ending(virtual.session.speak(never));
    await virtual.clock.advance(1_250);
    expect(await ended).toMatchObject({ outcome: 'failed', origin: 'source' });
  });
});
