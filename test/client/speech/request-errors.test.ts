/** Every error of a request has the request id and the outcome of its audio. In virtual time. */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSDKError, AvatarSession } from '../../../src/index.js';
import { MessageType } from '../../../src/ports/message.js';
import { confirmedSession } from '../../support/confirmed-session.js';
import { virtualSession } from '../virtual-session.js';
import type { VirtualSession } from '../virtual-session.js';

afterEach(() => AvatarSession.closeAll());

const AUDIO = new Uint8Array(640);
const WAVE = Buffer.from('RIFF\0\0\0\0WAVEfmt ');
const REQ_ID = /^\d{14}_[\w-]{12}$/;

async function errorOf(virtual: VirtualSession, promise: Promise<unknown>): Promise<AvatarSDKError> {
  const settled = promise.then(
    () => new Error('the call was accepted'),
    (error: unknown) => error,
  );
  await virtual.clock.settle();
  const error = await settled;
  if (!(error instanceof AvatarSDKError)) throw error;
  return error;
}

type Situation = (virtual: VirtualSession) => Promise<unknown> | Promise<Promise<unknown>>;

const unstarted = (): VirtualSession => virtualSession({ service: (dial) => void dial.confirm() });

const closed = async (): Promise<VirtualSession> => {
  const virtual = await confirmedSession();
  await virtual.session.close();
  return virtual;
};

const draining = async (): Promise<VirtualSession> => {
  const virtual = await confirmedSession();
  virtual.session.speak();
  void virtual.session.close({ drain: true });
  return virtual;
};

/** A session that has failed. */
const failed = async (): Promise<VirtualSession> => {
  const virtual = await confirmedSession({ retry: false });
  virtual.transport.latest.drop(4001, 'credits exhausted');
  await virtual.clock.settle();
  return virtual;
};

describe.each([
  ['before start()', unstarted],
  ['after close()', closed],
  ['after close({ drain: true })', draining],
  ['after the session has failed', failed],
] as const)('a request that is begun %s', (_when, prepare) => {
  it.each<readonly [string, (session: AvatarSession) => Promise<unknown>]>([
    ['speak() with audio: finished', (session) => session.speak(AUDIO).finished],
    ['speak() with a source: finished', (session) => session.speak([AUDIO, AUDIO]).finished],
    ['speak(): finished', (session) => session.speak().finished],
    ['write()', (session) => session.speak().write(AUDIO)],
    ['end()', (session) => session.speak().end()],
    ['sendAudio()', (session) => session.sendAudio(AUDIO)],
    ['sendAudio(), the last', (session) => session.sendAudio(AUDIO, true)],
    [
      'a loop over its frames',
      async (session) => {
        for await (const frame of session.speak(AUDIO)) throw new Error(`a frame: ${frame.index}`);
      },
    ],
  ])('has failed: %s', async (_call, call) => {
    const virtual = await prepare();
    const error = await errorOf(virtual, call(virtual.session));
    expect(error).toMatchObject({ outcome: 'failed', willRetry: false });
    expect(error.reqId).toMatch(REQ_ID);
  });

  it('has its own id and its own error', async () => {
    const virtual = await prepare();
    const utterances = [virtual.session.speak(), virtual.session.speak()];
    const errors = await Promise.all(utterances.map(({ finished }) => errorOf(virtual, finished)));
    expect(errors.map(({ reqId }) => reqId)).toEqual(utterances.map(({ reqId }) => reqId));
    expect(errors[0]).not.toBe(errors[1]);
  });
});

describe('an error of a request in a session that continues', () => {
  it.each<readonly [string, string, Situation]>([
    [
      'a write after end()',
      'failed',
      async ({ session }) => {
        const utterance = session.speak();
        await utterance.end(AUDIO);
        return utterance.write(AUDIO);
      },
    ],
    [
      'a second end()',
      'failed',
      async ({ session }) => {
        const utterance = session.speak();
        await utterance.end(AUDIO);
        return utterance.end();
      },
    ],
    [
      'a write after interrupt()',
      'interrupted',
      async ({ session }) => {
        const utterance = session.speak();
        await utterance.interrupt();
        return utterance.write(AUDIO);
      },
    ],
    ['a write that begins as a WAV file', 'failed', ({ session }) => session.speak().write(WAVE)],
    ['sendAudio with a WAV file', 'failed', ({ session }) => session.sendAudio(WAVE)],
    ['a WAV file as the source', 'failed', ({ session }) => session.speak(WAVE).finished],
    [
      'a source that throws',
      'failed',
      ({ session }) => {
        const source = (function* (): Generator<Uint8Array> {
          yield AUDIO;
          throw new Error('out of breath');
        })();
        return session.speak(source).finished;
      },
    ],
    [
      'a source of something else',
      'failed',
      ({ session }) => session.speak(['text'] as unknown as Uint8Array[]).finished,
    ],
    [
      'a source that stalls',
      'failed',
      async ({ session, clock }) => {
        const silent: AsyncIterable<Uint8Array> = {
          [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
        };
        const { finished } = session.speak(silent);
        await clock.advance(60_000);
        return finished;
      },
    ],
    [
      'a refusal of the service',
      'failed',
      async ({ session, transport, clock }) => {
        const { reqId, finished } = session.speak(AUDIO);
        await clock.settle();
        transport.latest.refuseRequest(reqId, 3, 'invalid');
        await clock.advance(1_000);
        return finished;
      },
    ],
    [
      'silence of the service',
      'expired',
      async ({ session, clock }) => {
        const { finished } = session.speak(AUDIO);
        await clock.advance(60_000);
        return finished;
      },
    ],
    [
      'a socket that accepts no bytes',
      'expired',
      async ({ session, transport, clock }) => {
        const utterance = session.speak();
        transport.latest.bufferedBytes = 10_000_000;
        const written = utterance.write(AUDIO);
        await clock.advance(60_000);
        return written;
      },
    ],
  ])('has its id and its outcome: %s', async (_what, outcome, situation) => {
    const virtual = await confirmedSession();
    const error = await errorOf(virtual, situation(virtual));
    // The session does not retry after a failure of the application's source.
    expect(error).toMatchObject({ outcome, willRetry: error.origin !== 'source' });
    expect(error.reqId).toMatch(REQ_ID);
  });

  it('has its id and its outcome: no memory for its audio', async () => {
    const virtual = await confirmedSession({ replay: { maxBytes: 600, onLimit: 'fail' } });
    const error = await errorOf(virtual, virtual.session.speak().write(AUDIO));
    expect(error).toMatchObject({ outcome: 'failed', reqId: expect.stringMatching(REQ_ID) as string });
  });

  it('has its id and its outcome: the refusal of a request that the service began', async () => {
    const { transport, errors, clock } = await confirmedSession();
    transport.latest.say({
      type: MessageType.serverError,
      connectionId: 'c',
      reqId: 'greeting',
      code: 3,
      message: 'invalid',
    });
    await clock.advance(1_000);
    expect(errors).toMatchObject([{ reqId: 'greeting', outcome: 'failed', willRetry: true }]);
  });
});

describe('the end of a session', () => {
  it.each<readonly [string, (virtual: VirtualSession) => unknown]>([
    ['close()', ({ session }) => session.close()],
    ['a failure', ({ transport }) => transport.latest.drop(4001, 'credits exhausted')],
  ])('by %s is reported as the failure of each open request', async (_how, end) => {
    const virtual = await confirmedSession();
    const utterances = [virtual.session.speak(), virtual.session.speak(AUDIO)];
    const rejected = utterances.map(({ finished }) => errorOf(virtual, finished));
    await virtual.clock.settle();
    void end(virtual);
    await virtual.clock.settle();
    const errors = await Promise.all(rejected);
    expect(errors.map(({ reqId, outcome }) => [reqId, outcome])).toEqual(
      utterances.map(({ reqId }) => [reqId, 'failed']),
    );
  });
});
