import { describe, expect, it } from 'vitest';
import { AvatarEmulator, createVirtualClock } from '../../../src/emulator/index.js';
import type { EmulatorOptions, ScriptedAnswer, VirtualClock } from '../../../src/emulator/index.js';
import { newAvatarSession } from '../../../src/index.js';
import type { AvatarSession, AvatarSessionOptions } from '../../../src/index.js';

const ROOM = { url: 'wss://room.example', apiToken: 'token', roomName: 'lobby', publisherId: 'avatar' };

interface Stage {
  readonly clock: VirtualClock;
  readonly emulator: AvatarEmulator;
  readonly session: AvatarSession;
}

async function stage(
  options: Partial<AvatarSessionOptions> = {},
  emulated: EmulatorOptions = {},
): Promise<Stage> {
  const clock = createVirtualClock();
  const emulator = await AvatarEmulator.start({ clock, ...emulated });
  const session = newAvatarSession({ ...emulator.sessionOptions, ...options });
  await clock.run(session.start());
  return { clock, emulator, session };
}

const audioOf = (ms: number, sample = 1): Uint8Array =>
  new Uint8Array(new Int16Array(ms * 16).fill(sample).buffer);

describe('the requests that the service has received', () => {
  it('have their audio, their time, and the position of the playback', async () => {
    const { clock, emulator, session } = await stage();
    await clock.advance(500);
    await clock.run(session.speak(audioOf(1_000, 7)).finished);
    await clock.run(session.speak(audioOf(200, 8)).finished);
    expect(emulator.heard).toMatchObject([
      { connection: 1, atMs: 500, audio: audioOf(1_000, 7), durationMs: 1_000, ended: true, playedMs: 1_000 },
      { connection: 1, audio: audioOf(200, 8), durationMs: 200, ended: true, playedMs: 200 },
    ]);
    expect(emulator.heard[0]?.interruptedAtMs).toBeUndefined();
  });

  it('have the time of an interrupt, and the position of the playback at that time', async () => {
    const { clock, emulator, session } = await stage({ onFrame: () => undefined });
    const reply = session.speak(audioOf(5_000));
    await clock.advance(1_000);
    await clock.run(reply.interrupt());
    await clock.advance(1_000);
    expect(emulator.heard).toMatchObject([{ reqId: reply.reqId, interruptedAtMs: 1_000, durationMs: 5_000 }]);
    const { positionMs } = await reply.finished;
    expect(emulator.heard[0]?.playedMs).toBe(positionMs);
    expect(Math.abs(positionMs - 1_000)).toBeLessThanOrEqual(40);
  });

  it('have in a room the position of the playout, during playback and after an interrupt', async () => {
    const { clock, emulator, session } = await stage({ livekitEgress: ROOM });
    const reply = session.speak(audioOf(5_000));
    await clock.advance(730);
    expect(emulator.heard).toMatchObject([{ playedMs: 730, durationMs: 5_000 }]);
    await clock.advance(270);
    await reply.interrupt();
    await clock.advance(1_000);
    expect(emulator.heard).toMatchObject([{ playedMs: 1_000, interruptedAtMs: 1_000 }]);
  });

  it('include speech that is sent again as a separate request', async () => {
    const { clock, emulator, session } = await stage({ retry: 'test' });
    emulator.inject({ kind: 'reset', phase: 'runtime', afterKeyframes: 40 });
    await clock.run(session.speak(audioOf(3_000)).finished);
    const [first, second] = emulator.heard;
    expect(emulator.heard.length).toBe(2);
    expect(first).toMatchObject({ connection: 1, playedMs: 1_600 });
    expect(second).toMatchObject({ connection: 2, ended: true });
    expect(second?.reqId).not.toBe(first?.reqId);
    // It starts a second before the first keyframe that had not arrived.
    expect(second?.durationMs).toBe(2_400);
  });

  it('have a copy of any kind of array, unchanged by later writes into the original', async () => {
    const { clock, emulator, session } = await stage();
    await clock.run(session.speak(Buffer.from(audioOf(100, 3))).finished);
    const [before] = emulator.heard;
    expect(before?.audio).toStrictEqual(audioOf(100, 3));
    await clock.run(session.speak(audioOf(100, 9)).finished);
    expect(emulator.heard[0]?.audio).toStrictEqual(audioOf(100, 3));
  });

  it('do not count keyframes that a delayed connection never sent', async () => {
    const { clock, emulator, session } = await stage({ recovery: 'fail' });
    emulator.inject({ kind: 'delay', phase: 'runtime', afterKeyframes: 10, delayMs: 1_000 });
    emulator.inject({ kind: 'reset', phase: 'runtime', afterKeyframes: 20 });
    const reply = session.speak(audioOf(3_000));
    await expect(clock.run(reply.finished)).rejects.toMatchObject({ code: 'connectionClosed' });
    expect(emulator.heard).toMatchObject([{ playedMs: 400 }]);
  });

  it('keep the newest audio up to a limit, and none with real sockets', async () => {
    const { clock, emulator, session } = await stage({}, { maxHeardBytes: 40_000 });
    for (let count = 0; count < 3; count += 1) await clock.run(session.speak(audioOf(1_000)).finished);
    expect(emulator.heard.map(({ audio, durationMs }) => [audio.length, durationMs])).toEqual([
      [0, 1_000],
      [0, 1_000],
      [32_000, 1_000],
    ]);
    await using onSockets = await AvatarEmulator.start();
    const other = newAvatarSession(onSockets.sessionOptions);
    await other.start();
    await other.speak(audioOf(100)).finished;
    await other.close();
    expect(onSockets.heard).toMatchObject([{ durationMs: 100, ended: true, playedMs: 100 }]);
    expect(onSockets.heard[0]?.audio.length).toBe(0);
  });
});

describe('requests of one connection', () => {
  it.each([
    ['parallel', [500, 1_000]],
    ['queue', [1_000, 1_500]],
  ] as const)('are sent %s', async (overlap, endsAtMs) => {
    const { clock, emulator, session } = await stage({ overlap: 'parallel' }, { overlap });
    const said = [session.speak(audioOf(1_000)), session.speak(audioOf(500))];
    await clock.run(Promise.all(said.map(({ finished }) => finished)));
    const ends = emulator.log.flatMap(({ event, atMs }) => (event === 'ended' ? [atMs] : []));
    expect(ends.map((atMs) => Math.round(atMs / 100) * 100)).toEqual(endsAtMs);
  });

  it('in a queue start when the one before is interrupted', async () => {
    const { clock, emulator, session } = await stage({}, { overlap: 'queue' });
    const first = session.speak(audioOf(5_000));
    const second = session.speak(audioOf(1_000));
    await clock.advance(400);
    await first.interrupt();
    await clock.run(second.finished);
    expect(Math.round(clock.nowMs() / 100) * 100).toBe(1_400);
    expect(emulator.heard.map(({ playedMs }) => Math.round(playedMs / 100) * 100)).toEqual([400, 1_000]);
  });
});

describe('a script of answers', () => {
  it('has an answer for each request: late, fast, in larger messages', async () => {
    const { clock, emulator, session } = await stage();
    emulator.sayNext({ delayMs: 800 }, { pace: 4 });
    emulator.sayNext({ keyframesPerMessage: 25 });
    const took: number[] = [];
    const frames: number[] = [];
    for (let count = 0; count < 4; count += 1) {
      const begunAtMs = clock.nowMs();
      const reply = session.speak(audioOf(1_000));
      let count = 0;
      reply.on('frame', () => (count += 1));
      await clock.run(reply.finished);
      took.push(Math.round((clock.nowMs() - begunAtMs) / 100) * 100);
      frames.push(count);
    }
    expect(took).toEqual([1_800, 200, 0, 1_000]);
    expect(frames).toEqual([25, 25, 1, 25]);
  });

  it('applies its faults to one request, counted within that request', async () => {
    const { clock, emulator, session } = await stage({ retry: 'test' });
    emulator.sayNext(
      {},
      { faults: [{ kind: 'serverError', code: 3, message: 'no', reqId: 'current', afterKeyframes: 5 }] },
      { faults: [{ kind: 'reset', afterKeyframes: 10 }] },
    );
    const first = await clock.run(session.speak(audioOf(1_000)).finished);
    const refused = session.speak(audioOf(1_000));
    await expect(clock.run(refused.finished)).rejects.toMatchObject({ code: 'invalidRequest' });
    const third = await clock.run(session.speak(audioOf(1_000)).finished);
    expect([first.outcome, third.outcome]).toEqual(['delivered', 'replayed']);
    expect(emulator.heard.map(({ connection }) => connection)).toEqual([1, 1, 1, 2]);
  });

  it.each<[answer: unknown, error: typeof Error, message: string]>([
    [{ pace: 0 }, RangeError, 'answers[0].pace must be'],
    [{ delayMs: -1 }, RangeError, 'answers[0].delayMs must be'],
    [{ keyframesPerMessage: 0 }, RangeError, 'answers[0].keyframesPerMessage must be'],
    [{ faults: {} }, TypeError, 'answers[0].faults must be an array'],
    [{ faults: [{ kind: 'refuse', status: 503 }] }, RangeError, 'answers[0].faults[0].kind must be'],
    [{ faults: [{ kind: 'reset', phase: 'token' }] }, RangeError, 'answers[0].faults[0].phase must be'],
    [{ faults: [{ kind: 'reset', nth: 2 }] }, TypeError, 'answers[0].faults[0].nth has no meaning'],
    [{ slow: true }, TypeError, 'unknown option of answers[0]'],
  ])('refuses %j', async (answer, error, message) => {
    const emulator = await AvatarEmulator.start({ clock: createVirtualClock() });
    const write = (): void => emulator.sayNext(answer as ScriptedAnswer);
    expect(write).toThrow(error);
    expect(write).toThrow(message);
  });
});

describe('on a clock of the caller', () => {
  it('two runs with one seed are equal, including ids and delays', async () => {
    const run = async (): Promise<unknown> => {
      const { clock, emulator, session } = await stage({}, { seed: 5 });
      emulator.inject({ kind: 'reset', phase: 'runtime', afterKeyframes: 10, times: 2 });
      await clock.run(session.speak(audioOf(2_000)).finished);
      return emulator.heard.map(({ reqId, atMs, connection }) => ({ reqId, atMs, connection }));
    };
    const first = await run();
    expect(await run()).toEqual(first);
  });

  it('refuses options that need a socket, and a clock with missing methods', async () => {
    const clock = createVirtualClock();
    await expect(AvatarEmulator.start({ clock, port: 0 })).rejects.toThrow('port has no meaning with clock');
    await expect(AvatarEmulator.start({ clock: {} as VirtualClock })).rejects.toThrow('clock.nowMs');
    await expect(AvatarEmulator.start({ latencyMs: -1 })).rejects.toThrow(RangeError);
  });

  it.each([0, 50])(
    'with latencyMs %d, stop() resolves without a clock step, and no answer follows it',
    async (latencyMs) => {
      const { clock, emulator, session } = await stage({ retry: false }, { latencyMs });
      void session.speak(audioOf(2_000)).finished.catch(() => undefined);
      const dials = newAvatarSession({ ...emulator.sessionOptions, retry: false }).start();
      const refused = expect(dials).rejects.toMatchObject({ code: 'connectionFailed' });
      const beforeMs = clock.nowMs();
      await emulator.stop();
      expect([clock.nowMs() - beforeMs, emulator.openSockets]).toEqual([0, 0]);
      await clock.advance(latencyMs);
      expect([session.state, emulator.openSockets]).toEqual(['closed', 0]);
      await clock.advance(1_000);
      await refused;
      expect(emulator.openSockets).toBe(0);
      const late = newAvatarSession({ ...emulator.sessionOptions, retry: false });
      await expect(clock.run(late.start())).rejects.toMatchObject({ code: 'connectionFailed' });
    },
  );
});
