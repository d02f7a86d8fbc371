/**
 * A handler of a frame pauses, interrupts or closes: the remaining sinks of the same frame do not get it then.
 * In virtual
 * time.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSession } from '../../../src/index.js';
import type { AvatarSessionOptions, Utterance } from '../../../src/index.js';
import { once, readAll, SECOND, stage } from './paused-stage.js';
import type { Stage } from './paused-stage.js';

afterEach(() => AvatarSession.closeAll());

const SINKS = ['callback', 'listener', 'raw'] as const;
type Sink = (typeof SINKS)[number];

interface Acting extends Stage {
  readonly utterance: Utterance;
  readonly looped: number[];
  /** The deliveries of frames to the sinks, without playback events. */
  readonly frames: () => string[];
}

/** `sink` calls `act` when it gets frame 1; a loop reads frames, too. */
async function acting(
  sink: Sink,
  act: (world: Stage, utterance: Utterance) => unknown,
  options: Partial<AvatarSessionOptions> = {},
): Promise<Acting> {
  let raws = 0;
  let world: Stage | undefined = undefined as Stage | undefined;
  let utterance: Utterance | undefined = undefined as Utterance | undefined;
  const speaking = (): Utterance => {
    if (utterance === undefined) throw new Error('no utterance is open');
    return utterance;
  };
  const reached = (what: Sink, index: number): void => {
    world?.got.push(what === 'raw' ? 'raw' : `${what} ${index}`);
    if (what === sink && index === 1 && world !== undefined && utterance !== undefined) act(world, utterance);
  };
  world = await stage({
    onFrame: ({ index }) => reached('callback', index),
    transportFrames: () => reached('raw', raws++),
    ...options,
  });
  const { got, session } = world;
  session.on('frame', ({ index }) =>
    index === 1 && sink === 'listener' ? act(world, speaking()) : undefined,
  );
  utterance = session.speak(SECOND);
  const looped = readAll(utterance);
  await world.clock.settle();
  world.animate(1);
  await world.clock.settle();
  const frames = (): string[] => got.filter((line) => /^(callback|listener|raw)/.test(line));
  return { ...world, utterance, looped, frames };
}

const upTo = (sink: Sink): string[] => [...once(0), ...once(1).slice(0, SINKS.indexOf(sink) + 1)];

describe.each(SINKS)('in a handler of the sink %s', (sink) => {
  it('pause() delays the frame for all remaining sinks until resume()', async () => {
    const world = await acting(sink, ({ session }) => void session.pause());
    world.animate(3, { end: true });
    await world.clock.advance(100);
    expect(world.frames()).toEqual(upTo(sink));
    expect(world.looped).toEqual([0]);
    await world.session.resume();
    await world.clock.settle();
    expect(world.frames()).toEqual([...once(0), ...once(1), ...once(2), ...once(3)]);
    expect(world.looped).toEqual([0, 1, 2, 3]);
    expect(await world.utterance.finished).toMatchObject({ outcome: 'delivered', keyframes: 4 });
  });

  it('pause() at the last frame keeps the utterance open until every sink has got it', async () => {
    const world = await acting(sink, ({ session }) => void session.pause());
    world.animate(1, { end: true });
    await world.clock.advance(100);
    let settled = false;
    void world.utterance.finished.then(() => (settled = true));
    await world.clock.settle();
    expect([world.frames(), settled]).toEqual([upTo(sink), false]);
    await world.session.resume();
    expect(await world.utterance.finished).toMatchObject({ outcome: 'delivered', keyframes: 2 });
    expect(world.frames()).toEqual([...once(0), ...once(1)]);
  });

  it('pause() during the delivery of waiting frames keeps their order', async () => {
    const world = await acting(sink, ({ session }) => void session.pause());
    await world.session.pause();
    world.animate(3);
    await world.session.resume();
    await world.clock.settle();
    expect(world.frames()).toEqual(upTo(sink));
    await world.session.resume();
    await world.clock.settle();
    expect(world.frames()).toEqual([...once(0), ...once(1), ...once(2), ...once(3)]);
  });

  it.each<[string, (world: Stage, utterance: Utterance) => unknown]>([
    ['utterance.interrupt()', (_, utterance) => void utterance.interrupt()],
    ['session.interrupt()', ({ session }) => void session.interrupt()],
    ['close()', ({ session }) => void session.close()],
    [
      'pause(), and interrupt() before resume()',
      ({ session }) => (void session.pause(), void session.interrupt()),
    ],
    ['pause(), and close()', ({ session }) => (void session.pause(), void session.close())],
  ])('%s: no further sink gets the frame', async (_what, act) => {
    const world = await acting(sink, act);
    void world.utterance.finished.catch(() => undefined);
    world.animate(2, { end: true });
    await world.clock.settle();
    await world.session.resume().catch(() => undefined);
    await world.clock.settle();
    expect(world.frames()).toEqual(upTo(sink));
    expect(world.looped.filter((index) => index >= 0)).toEqual([0]);
  });

  it('close() ends the loop and finished with its reason', async () => {
    const world = await acting(sink, ({ session }) => void session.close());
    const failed = world.utterance.finished.catch((error: unknown) => error);
    world.animate(1);
    await world.clock.settle();
    expect(await failed).toMatchObject({ reason: 'closed', outcome: 'failed' });
    expect(world.looped).toEqual([0, -1]);
  });
});

describe('a request that the service began', () => {
  it('waits for the end of a pause, too', async () => {
    const world = await stage();
    await world.session.pause();
    world.animate(1, { reqId: 'greeting' });
    await world.clock.settle();
    expect(world.got).toEqual([]);
    await world.session.resume();
    await world.clock.settle();
    expect(world.got).toEqual(once(0));
  });

  it('is delivered to no further sink after interrupt() and close()', async () => {
    for (const act of ['interrupt', 'close'] as const) {
      const raw: string[] = [];
      const world: Stage = await stage({
        onFrame: () => void world.session[act](),
        transportFrames: () => raw.push('raw'),
      });
      world.animate(1, { reqId: 'greeting' });
      await world.clock.settle();
      expect([act, raw, world.got]).toEqual([act, [], []]);
    }
  });

  it('is dropped by an interrupt during the pause', async () => {
    const world = await stage();
    await world.session.pause();
    world.animate(1, { reqId: 'greeting' });
    await world.session.interrupt();
    await world.session.resume();
    await world.clock.settle();
    expect(world.got).toEqual([]);
  });
});

describe('listeners', () => {
  it('that were removed during the pause get no frame; a once-listener gets the next one', async () => {
    const world = await acting('callback', ({ session }) => void session.pause());
    const heard: string[] = [];
    const gone = (): void => void heard.push('gone');
    world.session.on('frame', gone);
    world.session.once('frame', ({ index }) => heard.push(`once ${index}`));
    world.animate(1);
    await world.clock.settle();
    world.session.off('frame', gone);
    await world.session.resume();
    world.animate(1);
    await world.clock.settle();
    expect(heard).toEqual(['once 2']);
  });
});

it('close() ends a waiting loop with the error, without the frames that it had not taken', async () => {
  const world = await stage();
  const utterance = world.session.speak(SECOND);
  void utterance.finished.catch(() => undefined);
  await world.clock.settle();
  const frames = utterance[Symbol.asyncIterator]();
  const next = frames.next();
  world.animate(3);
  await world.session.close();
  const result = await next.then(({ done }) => done).catch((error: unknown) => error);
  expect(result).toMatchObject({ reason: 'closed' });
});
