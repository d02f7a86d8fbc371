/**
 * Every error that names a request has the outcome of its audio, in every way in which the application gets it. In
 * virtual time.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSDKError, AvatarSession } from '../../../src/index.js';
import type { AvatarSessionOptions, UtteranceOutcome } from '../../../src/index.js';
import { MessageType } from '../../../src/ports/message.js';
import { complain } from '../verdict-stage.js';
import { startedVirtualSession } from '../virtual-session.js';
import type { VirtualSession } from '../virtual-session.js';

afterEach(() => AvatarSession.closeAll());

const AUDIO = new Uint8Array(640);
const ROOM: Partial<AvatarSessionOptions> = {
  livekitEgress: { url: 'wss://room.test', roomName: 'room', publisherId: 'avatar', apiToken: 'token' },
};

interface Heard extends VirtualSession {
  /** All errors from events, promises and loops. */
  readonly all: AvatarSDKError[];
  readonly note: (promise: Promise<unknown>) => void;
}

async function listening(options: Partial<AvatarSessionOptions> = {}): Promise<Heard> {
  const virtual = await startedVirtualSession({
    service: (dial) => void dial.confirm(),
    takesFrames: false,
    options: { heartbeat: false, retry: { backoff: { baseMs: 10 } }, ...options },
  });
  const all: AvatarSDKError[] = [];
  const note = (promise: Promise<unknown>): void =>
    void promise.catch((error: unknown) => {
      if (error instanceof AvatarSDKError) all.push(error);
      else throw error;
    });
  virtual.session.on('error', (error) => all.push(error)).on('retry', ({ error }) => all.push(error));
  return { ...virtual, all, note };
}

type Situation = (heard: Heard) => Promise<void>;

/** The service refuses an open request with `code`, this many times. */
const refused =
  (code: number, message = 'why', times = 1): Situation =>
  async ({ session, transport, clock, note }) => {
    const utterance = session.speak(AUDIO);
    note(utterance.finished);
    await clock.settle();
    for (let nth = 0; nth < times; nth += 1) {
      complain(transport.latest, code, message, utterance.reqId);
      await clock.advance(5_000);
    }
  };

const looped =
  (read: (frames: AsyncIterator<unknown>, heard: Heard) => Promise<void>): Situation =>
  async (heard) => {
    const { session, transport, clock, note } = heard;
    const utterance = session.speak(AUDIO);
    note(utterance.finished);
    await clock.settle();
    const frames = utterance[Symbol.asyncIterator]();
    note(read(frames, heard));
    for (let nth = 0; nth < 300; nth += 1) transport.latest.animate(utterance.reqId, 1, { floats: 10_000 });
    await clock.advance(40_000);
    note(
      (async () => {
        for (let next = await frames.next(); next.done !== true; next = await frames.next());
      })(),
    );
    await clock.settle();
  };

const CODES = [0, 3, 14, 16, 400, 1008, 1011, 4001, 4002, 4003, 4010, 4404, 4503];

describe('an error of a request', () => {
  it.each<readonly [string, Partial<AvatarSessionOptions>, Situation]>([
    ...CODES.map((code) => [`ServerError ${code}`, {}, refused(code)] as const),
    ...CODES.map((code) => [`ServerError ${code} in a room`, ROOM, refused(code)] as const),
    ['refused until no attempt is left', { retry: { maxAttempts: 2 } }, refused(14, 'busy', 4)],
    ['refused and too old to be sent again', { replay: { ttlMs: 1 } }, refused(14, 'busy', 2)],
    [
      'refused, then the session is closed',
      {},
      async (heard) => {
        await refused(14)(heard);
        await heard.session.close();
      },
    ],
    [
      'lost and given up',
      { recovery: 'fail' },
      async ({ session, transport, clock, note }) => {
        note(session.speak(AUDIO).finished);
        await clock.settle();
        transport.latest.drop();
        await clock.advance(20_000);
      },
    ],
    [
      'waits for the memory of the process',
      { replay: { maxProcessBytes: 1_000 } },
      async ({ session, clock, note }) => {
        const first = session.speak();
        note(first.finished);
        await first.write(AUDIO);
        const second = session.speak();
        note(second.finished);
        note(second.write(AUDIO));
        await clock.advance(60_000);
      },
    ],
    ['a loop that hangs', {}, looped(() => Promise.resolve())],
    [
      'a loop that is slow',
      {},
      looped(async (frames) => {
        await frames.next();
      }),
    ],
  ])('%s', async (_what, options, situation) => {
    const heard = await listening(options);
    await situation(heard);
    await heard.session.close();
    await heard.clock.settle();
    const named = heard.all.filter(({ reqId }) => reqId !== undefined);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter(({ outcome }) => outcome === undefined)).toEqual([]);
  });

  it('that is retried has willRetry, and the audio is sent again', async () => {
    const heard = await listening();
    const { session, transport, clock, all } = heard;
    const utterance = session.speak(AUDIO);
    await clock.settle();
    complain(transport.latest, 14, 'busy', utterance.reqId);
    await clock.advance(5_000);
    expect(all).toMatchObject([
      { reqId: utterance.reqId, outcome: 'replayed', willRetry: true },
      { reqId: utterance.reqId, outcome: 'replayed', willRetry: true },
    ]);
    const resent = transport.latest.received.findLast(({ type }) => type === MessageType.clientAudioInput);
    transport.latest.animate((resent as { reqId: string }).reqId, 1, { end: true });
    expect(await utterance.finished).toMatchObject({ outcome: 'replayed' });
  });
});

describe('a loop that has missed frames', () => {
  const missed = async (
    end: (heard: Heard, reqId: string) => Promise<void>,
  ): Promise<UtteranceOutcome | undefined> => {
    const heard = await listening();
    const { session, transport, clock } = heard;
    const utterance = session.speak(AUDIO);
    void utterance.finished.catch(() => undefined);
    await clock.settle();
    for (let nth = 0; nth < 300; nth += 1) transport.latest.animate(utterance.reqId, 1, { floats: 10_000 });
    await end(heard, utterance.reqId);
    const thrown: unknown = await (async () => {
      for await (const frame of utterance) expect(frame.reqId).toBe(utterance.reqId);
    })().catch((error: unknown) => error);
    if (!(thrown instanceof AvatarSDKError)) throw thrown;
    expect(thrown.reqId).toBe(utterance.reqId);
    return thrown.outcome;
  };

  it('has the outcome delivered if the utterance was delivered or continues', async () => {
    expect(
      await missed(async ({ transport, clock }, reqId) => {
        transport.latest.animate(reqId, 1, { end: true });
        await clock.settle();
      }),
    ).toBe('delivered');
    expect(await missed(() => Promise.resolve())).toBe('delivered');
  });

  it('has the outcome failed or expired if the utterance has', async () => {
    expect(
      await missed(async ({ transport, clock }, reqId) => {
        complain(transport.latest, 3, 'no', reqId);
        await clock.settle();
      }),
    ).toBe('failed');
    expect(await missed(async ({ clock }) => clock.advance(60_000))).toBe('expired');
  });
});
