/** Node streams and web streams as sources of audio, and streams of frames, over real sockets. */
import { once } from 'node:events';
import { Agent, createServer, get as httpGet } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, pipeline as pipelineWith, Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { finished, pipeline } from 'node:stream/promises';
import { ReadableStream } from 'node:stream/web';
import { describe, expect, it } from 'vitest';
import type { Frame } from '../../../src/index.js';
import { pieces, tone } from '../../emulator/pcm.js';
import { LooseEnds } from '../scenario-support/loose-ends.js';
import { CHUNK_BYTES, expectSpokenOnce } from '../scenario-support/spoken.js';
import { openTrial } from '../scenario-support/trial.js';

const cut = { kind: 'close', phase: 'runtime', nth: 1, code: 4503, afterAudioBytes: 6_400 } as const;

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    yield tone(40);
  }
}

describe('audio from a stream', () => {
  it('is sent by pipeline(source, utterance.writable), also over a lost connection', async () => {
    await using trial = await openTrial({ faults: [cut] });
    const { session, seen } = trial;
    await session.start();
    const pcm = tone(1_000);
    const utterance = session.speak();
    await pipeline(Readable.from(pieces(pcm, 999)), utterance.writable);
    expect(await utterance.finished).toMatchObject({ outcome: 'replayed', keyframes: 25 });
    expectSpokenOnce(seen.frames, utterance.reqId, pcm);
  });

  it('is sent from a web stream that is piped into Writable.toWeb(utterance.writable)', async () => {
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

  it.each<readonly [string, (source: Readable, into: Writable) => Promise<unknown>]>([
    ['pipeline(source, writable)', (source, into) => pipeline(source, into)],
    ['pipeline(source, transform, writable)', (source, into) => pipeline(source, new PassThrough(), into)],
    [
      'source.pipe(writable)',
      (source, into) =>
        new Promise((_resolve, reject) => {
          source.on('error', reject).pipe(into);
        }),
    ],
  ])('fails the utterance when its source fails: %s', async (_how, pipe) => {
    await using trial = await openTrial();
    const { session } = trial;
    await session.start();
    const failure = new Error('the synthesizer stopped');
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(tone(40));
      throw failure;
    }
    const reported: unknown[] = [];
    session.on('error', (error) => reported.push(error));
    const utterance = session.speak();
    await expect(pipe(Readable.from(failing()), utterance.writable)).rejects.toBe(failure);
    const error: unknown = await utterance.finished.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ origin: 'source', outcome: 'failed', willRetry: false, cause: failure });
    expect(reported).toEqual([error]);
    expect(session.explain().at(-1)).toMatchObject({ kind: 'failure', code: 'invalidRequest' });
  });

  it.each<readonly [string, Error | undefined, object]>([
    ['with an error: the utterance fails', new Error('mine'), { origin: 'source', outcome: 'failed' }],
    ['with an AbortError: it is interrupted', new DOMException('', 'AbortError'), { outcome: 'interrupted' }],
    ['without an error: it is interrupted', undefined, { outcome: 'interrupted' }],
  ])('is destroyed %s', async (_how, failure, ending) => {
    await using trial = await openTrial();
    await trial.session.start();
    const utterance = trial.session.speak();
    utterance.writable.destroy(failure);
    expect(await utterance.finished.catch((thrown: unknown) => thrown)).toMatchObject(ending);
  });

  it.each<readonly [string, (source: Readable, into: Writable) => Promise<unknown>]>([
    ['pipeline', (source, into) => pipeline(source, into)],
    ['pipe', (source, into) => finished(source.pipe(into))],
  ])(
    'destroys an HTTP response at an interrupt (%s): its connection is not used again',
    async (_how, pipe) => {
      await using trial = await openTrial();
      await trial.session.start();
      const server = createServer((request, answer) => {
        if (request.url === '/next') answer.end('hello');
        else answer.write(tone(400));
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const { port } = server.address() as AddressInfo;
      const get = async (path: string): Promise<IncomingMessage> => {
        const request = httpGet({ port, host: '127.0.0.1', path, agent });
        const [answer] = (await once(request, 'response')) as [IncomingMessage];
        return answer;
      };
      try {
        const first = await get('/tts');
        const utterance = trial.session.speak();
        const piped = pipe(first, utterance.writable);
        await once(first, 'data');
        await utterance.interrupt();
        await piped;
        expect(first.destroyed).toBe(true);
        const next = await get('/next');
        expect(next.socket).not.toBe(first.socket);
        expect(await text(next)).toBe('hello');
      } finally {
        agent.destroy();
        server.closeAllConnections();
        server.close();
      }
    },
  );

  it.each<readonly [string, (source: Readable) => Readable | AsyncIterable<Uint8Array>, boolean]>([
    ['a stream', (source) => source, true],
    ['a stream, after the interrupt', (source) => source, false],
    ['a generator', (source) => (source as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]() as never, true],
  ])('discards data of a transform after an interrupt without error: %s', async (_what, made, during) => {
    await using trial = await openTrial();
    await trial.session.start();
    const utterance = trial.session.speak();
    const { writable } = utterance;
    const source = new Readable({ read: () => undefined });
    let isOver = false;
    const pipe = (): Promise<void> =>
      pipeline(made(source), new PassThrough(), writable).finally(() => (isOver = true));
    const begun = during ? pipe() : undefined;
    source.push(tone(40));
    await utterance.interrupt();
    const piped = begun ?? pipe();
    // More than the buffers of all streams, so that these have to be read.
    for (let nth = 0; nth < 20; nth += 1) {
      source.push(tone(400));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect([isOver, source.destroyed]).toEqual([false, false]);
    source.push(null);
    await expect(piped).resolves.toBeUndefined();
    expect(await utterance.finished).toMatchObject({ outcome: 'interrupted' });
  });

  it('stops a pipeline with a transform at once by the signal of the application', async () => {
    await using trial = await openTrial();
    await trial.session.start();
    const utterance = trial.session.speak();
    const source = new Readable({ read: () => undefined });
    const controller = new AbortController();
    const { signal } = controller;
    const piped = pipeline(source, new PassThrough(), utterance.writable, { signal });
    source.push(tone(40));
    await utterance.interrupt();
    controller.abort();
    await expect(piped).rejects.toMatchObject({ name: 'AbortError' });
    expect(source.destroyed).toBe(true);
    expect(await utterance.finished).toMatchObject({ outcome: 'interrupted' });
  });

  it('discards data of a web stream after an interrupt, until it ends', async () => {
    await using trial = await openTrial();
    await trial.session.start();
    const utterance = trial.session.speak();
    const given = ReadableStream.from(pieces(tone(400), CHUNK_BYTES));
    await utterance.interrupt();
    await expect(
      given.pipeTo(Writable.toWeb(utterance.writable) as WritableStream<Uint8Array>),
    ).resolves.toBeUndefined();
  });

  it.each<readonly [string, () => Readable | AsyncGenerator<Uint8Array> | ReadableStream<Uint8Array>]>([
    ['a stream', () => new Readable({ read: () => undefined })],
    [
      'a stream that never pauses',
      () =>
        new Readable({
          read(): void {
            this.push(tone(40));
          },
        }),
    ],
    ['a stream of a generator', () => Readable.from(endless())],
    ['a generator', () => endless()],
    ['a web stream', () => ReadableStream.from(endless())],
  ])('ends without an error for %s, also if the pipeline begins after the interrupt', async (_what, make) => {
    await using trial = await openTrial();
    await trial.session.start();
    const during = trial.session.speak();
    const piped = pipeline(make(), during.writable);
    await once(during.writable, 'pipe', { signal: AbortSignal.timeout(30) }).catch(() => undefined);
    await during.interrupt();
    await expect(piped).resolves.toBeUndefined();
    const readEarly = trial.session.speak();
    const { writable } = readEarly;
    const readLate = trial.session.speak();
    await trial.session.interrupt();
    await new Promise((resolve) => setTimeout(resolve, 30));
    await expect(pipeline(make(), writable)).resolves.toBeUndefined();
    await expect(pipeline(make(), readLate.writable)).resolves.toBeUndefined();
    const byCallback = trial.session.speak();
    const called = new Promise<unknown>((resolve) => void pipelineWith(make(), byCallback.writable, resolve));
    await byCallback.interrupt();
    await expect(called).resolves.toBeUndefined();
  });

  it('destroys a source at once that is piped into an interrupted utterance', async () => {
    await using trial = await openTrial();
    await trial.session.start();
    const utterance = trial.session.speak();
    const { writable } = utterance;
    await utterance.interrupt();
    const source = new Readable({ read: () => undefined });
    await expect(pipeline(source, writable)).resolves.toBeUndefined();
    expect(source.destroyed).toBe(true);
  });

  it('ends a source that is destroyed already', async () => {
    await using trial = await openTrial();
    await trial.session.start();
    const utterance = trial.session.speak();
    const source = new Readable({ read: () => undefined });
    let destroyedAtEnd: boolean | undefined;
    source.on('end', () => (destroyedAtEnd = source.destroyed));
    source.pipe(utterance.writable);
    await utterance.interrupt();
    await finished(utterance.writable);
    expect([destroyedAtEnd, source.readableEnded]).toEqual([true, true]);
  });

  it('ends without an error when the utterance is interrupted, without waiting for the next write', async () => {
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

  it('refuses text, which is not audio', async () => {
    await using trial = await openTrial();
    await trial.session.start();
    const { writable } = trial.session.speak();
    await expect(pipeline(Readable.from(['speech.wav']), writable)).rejects.toThrow(TypeError);
  });

  it('is one stream per utterance, and its destruction after its end interrupts nothing', async () => {
    await using trial = await openTrial();
    await trial.session.start();
    const utterance = trial.session.speak();
    expect(utterance.writable).toBe(utterance.writable);
    await pipeline(Readable.from([tone(400)]), utterance.writable);
    utterance.writable.destroy();
    expect(await utterance.finished).toMatchObject({ outcome: 'delivered' });
  });
});

describe('frames of an utterance', () => {
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
