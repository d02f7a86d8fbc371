/** Results and positions count only the keyframes that the application took. Virtual time. */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSession } from '../../../src/index.js';
import type { AvatarSessionOptions, Frame, PlaybackEvent, Utterance } from '../../../src/index.js';
import { startedVirtualSession } from '../virtual-session.js';
import type { VirtualSession } from '../virtual-session.js';

afterEach(() => AvatarSession.closeAll());

interface Stage extends VirtualSession {
  readonly playback: PlaybackEvent[];
  /**
   * Lets the service send `count` messages of one keyframe each; with `end`, the last one completes the
   * request.
   */
  readonly animate: (utterance: { readonly reqId: string }, count: number, end?: boolean) => void;
}

async function stage(options: Partial<AvatarSessionOptions> = {}): Promise<Stage> {
  const virtual = await startedVirtualSession({
    service: (dial) => void dial.confirm(),
    takesFrames: false,
    options: { heartbeat: false, ...options },
  });
  const playback: PlaybackEvent[] = [];
  virtual.session.on('playback', (event) => playback.push(event));
  return {
    ...virtual,
    playback,
    animate: ({ reqId }, count, end = false) => {
      for (let nth = 1; nth <= count; nth += 1)
        virtual.transport.latest.animate(reqId, 1, { end: end && nth === count });
    },
  };
}

async function speak({ session, clock }: Stage): Promise<Utterance> {
  const utterance = session.speak(new Uint8Array(12_800));
  await clock.settle();
  return utterance;
}

type Loop = AsyncIterator<Frame, undefined>;

async function take(loop: Loop, count: number): Promise<void> {
  for (let nth = 0; nth < count; nth += 1) expect((await loop.next()).done).toBe(false);
}

/** The result, and the position at the end of playback. */
async function outcomeOf({ clock, playback }: Stage, utterance: Utterance): Promise<unknown[]> {
  let settled = false;
  void utterance.finished.finally(() => (settled = true));
  await clock.until(() => settled);
  await clock.settle();
  const { outcome, keyframes, positionMs } = await utterance.finished;
  const { state, positionMs: endedAtMs } = playback.at(-1) ?? {};
  return [outcome, keyframes, positionMs, state, endedAtMs];
}

describe('a loop over the frames of an utterance that is delivered', () => {
  it('takes all of them, although they came at once: all are counted', async () => {
    const world = await stage();
    const utterance = await speak(world);
    const loop = utterance[Symbol.asyncIterator]();
    world.animate(utterance, 10, true);
    await take(loop, 10);
    expect(await outcomeOf(world, utterance)).toEqual(['delivered', 10, 400, 'ended', 400]);
  });

  it.each([
    ['before the last frame came', false],
    ['after it', true],
  ])('is left %s: those that it took are counted', async (_when, late) => {
    const world = await stage();
    const utterance = await speak(world);
    if (!late) world.animate(utterance, 5);
    const loop = utterance[Symbol.asyncIterator]();
    if (late) world.animate(utterance, 10, true);
    await take(loop, 3);
    await loop.return?.();
    if (!late) world.animate(utterance, 5, true);
    expect(await outcomeOf(world, utterance)).toEqual(['delivered', 3, 120, 'ended', 120]);
  });

  it('is left before it took one', async () => {
    const world = await stage();
    const utterance = await speak(world);
    await utterance[Symbol.asyncIterator]().return?.();
    world.animate(utterance, 10, true);
    expect(await outcomeOf(world, utterance)).toEqual(['delivered', 0, 0, 'ended', 0]);
  });

  it.each([
    ['before the last frame came', false],
    ['after it', true],
  ])('times out %s', async (_when, late) => {
    const world = await stage({ readerTimeoutMs: 500 });
    const utterance = await speak(world);
    const loop = utterance[Symbol.asyncIterator]();
    world.animate(utterance, 6, late);
    await take(loop, 2);
    await world.clock.advance(1_000);
    if (!late) world.animate(utterance, 4, true);
    expect(await outcomeOf(world, utterance)).toEqual(['delivered', 2, 80, 'ended', 80]);
    await expect(loop.next()).rejects.toMatchObject({ outcome: 'delivered' });
  });

  it('delays the result while it takes frames', async () => {
    const world = await stage();
    const utterance = await speak(world);
    const loop = utterance[Symbol.asyncIterator]();
    world.animate(utterance, 10, true);
    for (let nth = 0; nth < 10; nth += 1) {
      await world.clock.advance(1_500);
      expect(world.playback.map(({ state }) => state)).toEqual(['started']);
      await take(loop, 1);
    }
    await world.clock.settle();
    expect(await outcomeOf(world, utterance)).toEqual(['delivered', 10, 400, 'ended', 400]);
  });

  it('stops taking frames: the result does not wait for the time-out of the loop', async () => {
    const world = await stage();
    const utterance = await speak(world);
    const loop = utterance[Symbol.asyncIterator]();
    world.animate(utterance, 10, true);
    await take(loop, 4);
    await world.clock.advance(4_000);
    expect(await outcomeOf(world, utterance)).toEqual(['delivered', 4, 160, 'ended', 160]);
  });

  it('has lost frames because it was slow, and times out: only those that it took are counted', async () => {
    const world = await stage({ readerTimeoutMs: 500 });
    const utterance = await speak(world);
    const loop = utterance[Symbol.asyncIterator]();
    world.animate(utterance, 100_000);
    await take(loop, 2);
    await world.clock.advance(1_000);
    world.animate(utterance, 1, true);
    expect(await outcomeOf(world, utterance)).toEqual(['delivered', 2, 80, 'ended', 80]);
  });

  it('begins late, when the first frames of a long speech fill the memory: those are counted', async () => {
    const world = await stage();
    const utterance = await speak(world);
    world.animate(utterance, 30_000, true);
    const [, counted] = await outcomeOf(world, utterance);
    let taken = 0;
    const reading = (async () => {
      for await (const frame of utterance) taken += frame.keyframes.length;
    })();
    await expect(reading).rejects.toThrow('before the loop over frames began');
    expect(counted).toBe(taken);
    expect(taken).toBeLessThan(30_000);
  });

  it('begins when all of them have come: the frames that are kept for it are counted', async () => {
    const world = await stage();
    const utterance = await speak(world);
    world.animate(utterance, 10, true);
    expect(await outcomeOf(world, utterance)).toEqual(['delivered', 10, 400, 'ended', 400]);
    await take(utterance[Symbol.asyncIterator](), 10);
  });

  it('gets none while the session is paused, and delays the result', async () => {
    const world = await stage();
    const utterance = await speak(world);
    const loop = utterance[Symbol.asyncIterator]();
    world.animate(utterance, 10, true);
    await take(loop, 4);
    await world.session.pause();
    await world.clock.advance(10_000);
    await world.session.resume();
    await take(loop, 6);
    expect(await outcomeOf(world, utterance)).toEqual(['delivered', 10, 400, 'ended', 400]);
  });

  it('is interrupted after it has taken some of them', async () => {
    const world = await stage();
    const utterance = await speak(world);
    const loop = utterance[Symbol.asyncIterator]();
    world.animate(utterance, 10, true);
    await take(loop, 4);
    await utterance.interrupt();
    expect(await outcomeOf(world, utterance)).toEqual(['interrupted', 4, 160, 'interrupted', 160]);
  });

  it.each([
    ['close() ends the session', false, 4],
    ['close({ drain: true }) waits for it', true, 10],
  ])('has taken some of them when %s', async (_what, drain, counted) => {
    const world = await stage();
    const utterance = await speak(world);
    const loop = utterance[Symbol.asyncIterator]();
    world.animate(utterance, 10, true);
    await take(loop, 4);
    const closed = world.session.close({ drain });
    await world.clock.settle();
    if (drain) await take(loop, 6);
    await world.clock.settle();
    await closed;
    const position = counted * 40;
    expect(await outcomeOf(world, utterance)).toEqual(['delivered', counted, position, 'ended', position]);
  });
});

describe('a handler together with a loop', () => {
  it('counts the frames that either of them got', async () => {
    const world = await stage({ onFrame: () => undefined });
    const utterance = await speak(world);
    const loop = utterance[Symbol.asyncIterator]();
    world.animate(utterance, 10, true);
    await take(loop, 2);
    await loop.return?.();
    expect(await outcomeOf(world, utterance)).toEqual(['delivered', 10, 400, 'ended', 400]);
  });

  it('that is added late counts from then on, and the position is that of its last keyframe', async () => {
    const world = await stage();
    const utterance = await speak(world);
    await utterance[Symbol.asyncIterator]().return?.();
    world.animate(utterance, 4);
    world.session.on('frame', () => undefined);
    world.animate(utterance, 6, true);
    expect(await outcomeOf(world, utterance)).toEqual(['delivered', 6, 400, 'ended', 400]);
  });
});

describe('the frames of sendAudio have no consumer', () => {
  it('none is counted', async () => {
    const world = await stage();
    const reqId = await world.session.sendAudio(new Uint8Array(12_800), true);
    world.animate({ reqId }, 10, true);
    await world.clock.settle();
    expect(world.playback.at(-1)).toMatchObject({ reqId, state: 'ended', positionMs: 0 });
  });
});

describe('an utterance that is interrupted or fails', () => {
  it.each([
    ['interrupted', (_world: Stage, utterance: Utterance) => utterance.interrupt()],
    ['failed', (world: Stage) => world.transport.latest.drop(4001, 'Credits exhausted')],
    ['closed', (world: Stage) => world.session.close()],
  ])('%s: its position is that of the last frame taken', async (_how, end) => {
    const world = await stage();
    const utterance = await speak(world);
    const loop = utterance[Symbol.asyncIterator]();
    world.animate(utterance, 6);
    await take(loop, 2);
    void end(world, utterance);
    await world.clock.settle();
    expect(world.playback.at(-1)).toMatchObject({ state: 'interrupted', positionMs: 80 });
    await utterance.finished.then(
      ({ keyframes, positionMs }) => expect([keyframes, positionMs]).toEqual([2, 80]),
      () => undefined,
    );
  });
});
