/** The compiler's errors in an application, and the types that its tests can replace by fakes. */
import { EventEmitter, on, once } from 'node:events';
import type { Readable } from 'node:stream';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { recordVerdict } from '../../src/core/failure/avatar-sdk-error.js';
import { AvatarSDKError, isUtteranceError, newAvatarSession } from '../../src/index.js';
import type {
  AudioChunk,
  AudioSource,
  AvatarSession,
  AvatarSessionOptions,
  EventHandler,
  Frame,
  FrameLike,
  Handler,
  PlaybackEvent,
  Session,
  Utterance,
  UtteranceError,
  UtteranceHandle,
  UtteranceOutcome,
} from '../../src/index.js';

describe('a fake', () => {
  const frame: FrameLike = {
    reqId: 'req-1',
    end: true,
    index: 0,
    resumed: false,
    timeMs: 0,
    raw: new Uint8Array(0),
    keyframes: [],
    typedKeyframes: [],
  };

  class FakeUtterance extends EventEmitter implements UtteranceHandle {
    readonly reqId = 'req-1';
    readonly label = undefined;
    readonly finished = Promise.resolve({
      reqId: 'req-1',
      outcome: 'delivered',
      keyframes: 0,
      positionMs: 0,
    } as const);
    get writable(): never {
      throw new Error('not faked');
    }
    write = (): Promise<void> => Promise.resolve();
    end = this.write;
    interrupt = this.write;
    frames = (): this => this;
    played = (): void => undefined;
    async *[Symbol.asyncIterator](): AsyncGenerator<FrameLike> {
      yield await Promise.resolve(frame);
    }
  }

  class FakeSession extends EventEmitter implements Session {
    readonly state = 'websocket_runtime';
    readonly connectionId = 'connection';
    readonly spoken: AudioSource[] = [];
    init = (): Promise<void> => Promise.resolve();
    start = (): Promise<string> => Promise.resolve(this.connectionId);
    restart = this.start;
    sendAudio = (): Promise<string> => Promise.resolve('req-1');
    speak(audio?: unknown): UtteranceHandle {
      if (audio !== undefined) this.spoken.push(audio as AudioSource);
      this.emit('frame', frame);
      return new FakeUtterance();
    }
    interrupt = (): Promise<string | undefined> => Promise.resolve(undefined);
    interruptAll = (): Promise<[]> => Promise.resolve([]);
    pause = (): Promise<void> => Promise.resolve();
    resume = (): Promise<void> => Promise.resolve();
    close = (): Promise<void> => Promise.resolve();
    explain = (): readonly [] => [];
    [Symbol.asyncDispose] = (): Promise<void> => Promise.resolve();
  }

  async function greet(session: Session): Promise<number> {
    let frames = 0;
    session.on('frame', ({ keyframes }) => (frames += 1 + keyframes.length));
    for await (const { end } of session.speak(new Uint8Array(640))) frames += end ? 100 : 0;
    return frames;
  }

  it('of a session stands in for a real one, its utterances and its frames, too', async () => {
    const fake = new FakeSession();
    await expect(greet(fake)).resolves.toBe(101);
    expect(fake.spoken).toHaveLength(1);
  });

  it('works with events.once and events.on, as the real one does', async () => {
    const fake: Session = new FakeSession();
    const frames = on(fake, 'frame');
    const first = once(fake, 'frame');
    fake.speak();
    await expect(first).resolves.toEqual([frame]);
    await expect(frames.next()).resolves.toMatchObject({ value: [frame] });
  });

  it('has the types of the real objects', () => {
    expectTypeOf<AvatarSession>().toExtend<Session>();
    expectTypeOf<Utterance>().toExtend<UtteranceHandle>();
    expectTypeOf<Frame>().toExtend<FrameLike>();
    expectTypeOf<Handler<string>>().toEqualTypeOf<EventHandler<string>>();
  });
});

describe('options', () => {
  it('need apiKey or tokenProvider', () => {
    expectTypeOf<{ appId: string; avatarId: string }>().not.toExtend<AvatarSessionOptions>();
    expectTypeOf<{ appId: string; avatarId: string; apiKey: string }>().toExtend<AvatarSessionOptions>();
    expectTypeOf<{
      appId: string;
      avatarId: string;
      tokenProvider: () => string;
    }>().toExtend<AvatarSessionOptions>();
    // @ts-expect-error neither is given
    expect(() => newAvatarSession({ appId: 'app', avatarId: 'avatar' })).toThrow(/apiKey/);
  });
});

describe('audio', () => {
  it('is bytes and samples of whole numbers, and no floats', () => {
    for (const chunk of [new Uint8Array(2), new Int16Array(1), new ArrayBuffer(2), Buffer.alloc(2)])
      expectTypeOf(chunk).toExtend<AudioChunk>();
    expectTypeOf<DataView>().toExtend<AudioChunk>();
    expectTypeOf<Float32Array>().not.toExtend<AudioChunk>();
    expectTypeOf<Float64Array>().not.toExtend<AudioChunk>();
    expectTypeOf<string>().not.toExtend<AudioChunk>();
  });

  it('comes from sources of audio, and not from streams of text', () => {
    expectTypeOf<Readable>().toExtend<AudioSource>();
    expectTypeOf<ReadableStream<Uint8Array>>().toExtend<AudioSource>();
    expectTypeOf<AsyncGenerator<Uint8Array>>().toExtend<AudioSource>();
    expectTypeOf<AsyncIterable<string>>().not.toExtend<AudioSource>();
    expectTypeOf<ReadableStream<string>>().not.toExtend<AudioSource>();
    expectTypeOf<string>().not.toExtend<AudioSource>();
    expectTypeOf<readonly number[]>().not.toExtend<AudioSource>();
    expectTypeOf<Float32Array[]>().not.toExtend<AudioSource>();
  });

  it('is floats if a format says so', () => {
    const speak = {} as Session;
    const format = { encoding: 'pcm_f32le', sampleRateHz: 24_000 } as const;
    expectTypeOf((floats: AsyncIterable<Float32Array>) => speak.speak(floats, { format })).toBeFunction();
    // @ts-expect-error floats without a format
    expectTypeOf((floats: AsyncIterable<Float32Array>) => speak.speak(floats)).toBeFunction();
  });
});

describe('events', () => {
  it('of a session are those of a Node emitter, and work where one is expected', () => {
    expectTypeOf<AvatarSession>().toExtend<NodeJS.EventEmitter>();
    expectTypeOf((session: AvatarSession) => once(session, 'reconnect')).returns.toExtend<
      Promise<unknown[]>
    >();
    expectTypeOf((session: AvatarSession) => on(session, 'frame')).returns.toExtend<
      AsyncIterable<unknown[]>
    >();
    // @ts-expect-error no event of a session
    expectTypeOf((session: AvatarSession) => session.on('frames', () => undefined)).toBeFunction();
    // @ts-expect-error nor of the interface
    expectTypeOf((session: Session) => session.on('frames', () => undefined)).toBeFunction();
  });

  it('of objects typed by the interfaces are also those of an emitter, and so are those of an utterance', () => {
    expectTypeOf<Session>().toExtend<NodeJS.EventEmitter>();
    expectTypeOf<UtteranceHandle>().toExtend<NodeJS.EventEmitter>();
    expectTypeOf<Utterance>().toExtend<NodeJS.EventEmitter>();
    expectTypeOf((session: Session) => once(session, 'reconnect')).returns.toExtend<Promise<unknown[]>>();
    expectTypeOf((session: Session) => on(session, 'frame')).returns.toExtend<AsyncIterable<unknown[]>>();
    expectTypeOf((utterance: UtteranceHandle) => once(utterance, 'playback')).returns.toExtend<
      Promise<unknown[]>
    >();
    expectTypeOf((utterance: Utterance) => on(utterance, 'frame')).returns.toExtend<
      AsyncIterable<unknown[]>
    >();
    // @ts-expect-error no event of an utterance
    expectTypeOf((utterance: Utterance) => utterance.on('close', () => undefined)).toBeFunction();
  });

  it('of a failed utterance have its outcome', () => {
    expectTypeOf<UtteranceError['outcome']>().toEqualTypeOf<'expired' | 'failed'>();
    expectTypeOf((utterance: Utterance) =>
      utterance.on('error', ({ outcome }) => outcome satisfies 'expired' | 'failed'),
    ).toBeFunction();
  });
});

describe('an error', () => {
  const fields = { code: 'upstreamError', phase: 'websocket_runtime', step: 'receive' } as const;
  const withOutcome = (outcome: UtteranceOutcome | undefined, reqId = 'req-1'): AvatarSDKError => {
    const error = new AvatarSDKError({ ...fields, message: 'm', ...(reqId !== '' && { reqId }) });
    return outcome === undefined ? error : recordVerdict(error, { willRetry: true, outcome });
  };

  it('has one of two outcomes when an utterance was not delivered', () => {
    const outcomeOf = (error: unknown): 'expired' | 'failed' | 'none' =>
      isUtteranceError(error) ? error.outcome : 'none';
    expect(outcomeOf(withOutcome('expired'))).toBe('expired');
    expect(outcomeOf(withOutcome('failed'))).toBe('failed');
    // The utterance continues, or was interrupted on purpose.
    expect(outcomeOf(withOutcome('replayed'))).toBe('none');
    expect(outcomeOf(withOutcome('interrupted'))).toBe('none');
    expect(outcomeOf(withOutcome('failed', ''))).toBe('none');
    expect([withOutcome(undefined), new Error('other'), undefined, null, 'failed'].map(outcomeOf)).toEqual(
      Array(5).fill('none'),
    );
    expectTypeOf(outcomeOf).returns.toEqualTypeOf<'expired' | 'failed' | 'none'>();
  });
});

describe('a playback event', () => {
  it('has a position at the end', () => {
    const positionOf = (event: PlaybackEvent): number => {
      switch (event.state) {
        case 'ended':
        case 'interrupted':
          return event.positionMs;
        case 'started':
        case 'paused':
        case 'resumed':
          expectTypeOf(event.positionMs).toEqualTypeOf<number | undefined>();
          return event.positionMs ?? 0;
      }
    };
    expect(positionOf({ reqId: 'req-1', state: 'ended', positionMs: 40 })).toBe(40);
  });
});
