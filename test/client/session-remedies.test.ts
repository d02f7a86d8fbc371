/** Errors for mistakes of the application: the message names the call or the option. */
import { describe, expect, it } from 'vitest';
import { AvatarSDKError } from '../../src/index.js';
import type { AvatarSession, AvatarSessionOptions } from '../../src/index.js';
import { virtualSession } from './virtual-session.js';
import type { VirtualSession, VirtualSessionPlan } from './virtual-session.js';

const SAMPLES = new Uint8Array(640);
const confirming: VirtualSessionPlan['service'] = (dial) => void dial.confirm();

async function started(options: Partial<AvatarSessionOptions> = {}): Promise<VirtualSession> {
  const run = virtualSession({ service: confirming, options });
  const start = run.session.start();
  await run.clock.advance(1);
  await start;
  return run;
}

async function refusalOf(promise: Promise<unknown>): Promise<AvatarSDKError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof AvatarSDKError) return error;
  throw new Error('the error is not an AvatarSDKError');
}

describe('misuse of a session', () => {
  it.each<[string, (session: AvatarSession) => Promise<unknown>]>([
    ['sendAudio', (session) => session.sendAudio(SAMPLES)],
    ['speak', (session) => session.speak(SAMPLES).finished],
  ])('%s before start(): the message says to call start()', async (_name, call) => {
    const { session } = virtualSession({ service: confirming });
    expect((await refusalOf(call(session))).remediation).toContain('Call start() before you speak');
  });

  it.each<[string, (session: AvatarSession) => Promise<unknown>]>([
    ['sendAudio', (session) => session.sendAudio(SAMPLES)],
    ['speak', (session) => session.speak(SAMPLES).finished],
    ['start', (session) => session.start()],
    ['init', (session) => session.init()],
    ['pause', (session) => session.pause()],
  ])('%s after close(): the message says to create a new session', async (_name, call) => {
    const { session } = await started();
    await session.close();
    expect((await refusalOf(call(session))).remediation).toMatch(/newAvatarSession\(\).*close\(\)/);
  });

  it('a new utterance while the session drains: the message explains the drain', async () => {
    const { session, clock } = await started();
    session.speak();
    const closed = session.close({ drain: true, timeoutMs: 0 });
    const { remediation } = await refusalOf(session.speak(SAMPLES).finished);
    expect(remediation).toContain('close({ drain: true })');
    await clock.advance(1);
    await closed;
  });

  it('start() with an aborted signal: the message names the signal', async () => {
    const { session } = virtualSession({ service: confirming });
    const error = await refusalOf(session.start({ signal: AbortSignal.abort() }));
    expect(error.remediation).toContain('the signal given to start() was aborted');
  });

  it('pause() before start(), and in a room whose service cannot pause', async () => {
    const { session } = virtualSession({ service: confirming });
    expect((await refusalOf(session.pause())).remediation).toContain('Call start()');
    const livekitEgress = { url: 'wss://room.test', roomName: 'room', apiToken: 'room-token' };
    const inRoom = await started({ livekitEgress });
    expect((await refusalOf(inRoom.session.pause())).remediation).toContain('playback_control');
  });
});

describe('misuse of an utterance', () => {
  it('a write after end(): the message says to begin a new utterance', async () => {
    const { session } = await started();
    const utterance = session.speak();
    await utterance.end(SAMPLES);
    const error = await refusalOf(utterance.write(SAMPLES));
    expect(error.remediation).toContain('after end() an utterance takes no more audio');
  });

  it('a write after interrupt(): the message says that the utterance is over', async () => {
    const { session } = await started();
    const utterance = session.speak();
    await utterance.interrupt();
    expect((await refusalOf(utterance.write(SAMPLES))).remediation).toContain('this one is over');
  });

  it('a WAV file in place of samples is recognized', async () => {
    const { session } = await started();
    const wav = new TextEncoder().encode('RIFF....WAVEfmt ');
    const { message, remediation } = await refusalOf(session.speak().write(wav));
    expect(message).toContain('readWav() of avatarkit-session/audio');
    expect(remediation).toMatch(
      /header of the WAV file.*readWav\(\) of avatarkit-session\/audio.*sampleRate/,
    );
  });

  it('audio beyond the bound: the message names the option', async () => {
    const { session } = await started({ replay: { maxBytes: 64, onLimit: 'fail' } });
    const error = await refusalOf(session.speak().write(SAMPLES));
    expect(error.remediation).toContain('replay.maxBytes');
  });

  it('a source that throws: the origin is source, and the message has the text of its error', async () => {
    const { session } = await started();
    const source = (function* (): Generator<Uint8Array> {
      yield SAMPLES;
      throw new Error('synthesizer stopped');
    })();
    const error = await refusalOf(session.speak(source).finished);
    expect(error.message).toContain('synthesizer stopped');
    expect(error.remediation).toContain('source of audio that speak() was given');
  });
});

describe('a source of audio', () => {
  it('that yields something else: the message says what to yield', async () => {
    const { session } = await started();
    const error = await refusalOf(session.speak(['words'] as never).finished);
    expect(error.origin).toBe('source');
    expect(error.remediation).toContain('yield Uint8Array');
  });

  it('that yields nothing: the message names sourceTimeoutMs', async () => {
    const { session, clock } = await started({ sourceTimeoutMs: 100 });
    const source = {
      [Symbol.asyncIterator]: () => ({ next: (): Promise<never> => new Promise(() => undefined) }),
    };
    const finished = refusalOf(session.speak(source).finished);
    await clock.advance(1_000);
    expect((await finished).remediation).toContain('sourceTimeoutMs');
  });
});

describe('a function of the application', () => {
  const CONSOLE = { apiKey: 'key', consoleEndpointUrl: 'https://console.test/v1', tokenProvider: undefined };
  const never = (): Promise<never> => new Promise(() => undefined);
  const failing = (): never => {
    throw new Error('backend says no');
  };

  it.each<[string, Partial<AvatarSessionOptions>, string, string]>([
    [
      'tokenProvider throws',
      { tokenProvider: failing },
      'the token provider failed: backend says no',
      'Correct tokenProvider',
    ],
    [
      'tokenProvider returns nothing',
      { tokenProvider: () => undefined as never },
      'no token',
      'Let tokenProvider return',
    ],
    [
      'tokenProvider returns an empty text',
      { tokenProvider: () => '' },
      'an empty token',
      'Let tokenProvider return',
    ],
    [
      'tokenProvider hangs',
      { tokenProvider: never },
      'the token provider did not settle',
      'Let tokenProvider answer sooner',
    ],
    [
      'an egress function throws',
      { livekitEgress: failing },
      'the egress function failed: backend says no',
      'Correct the function given as livekitEgress',
    ],
    [
      'an egress function returns nothing',
      { agoraEgress: () => undefined as never },
      'no configuration',
      'return an object',
    ],
    [
      'an egress function hangs',
      { livekitEgress: never },
      'the egress function did not settle',
      'answer sooner',
    ],
    [
      'httpPost throws by itself',
      { ...CONSOLE, httpPost: failing },
      'httpPost failed: backend says no',
      'Correct httpPost',
    ],
  ])(
    '%s: the message names it, and has the text of its error once',
    async (_name, options, message, remedy) => {
      const { session, clock } = virtualSession({
        service: confirming,
        options: { retry: false, ...options },
      });
      const error = refusalOf(session.start());
      await clock.advance(60_000);
      const { message: reported, remediation } = await error;
      expect(reported).toContain(message);
      expect(remediation).toContain(remedy);
      const said = reported.split(': ');
      expect(new Set(said).size).toBe(said.length);
    },
  );
});
