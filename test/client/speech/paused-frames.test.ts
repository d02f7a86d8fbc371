/**
 * A paused session without egress: no frame is delivered in any situation, and none is lost. In virtual time.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSession } from '../../../src/index.js';
import type { Frame } from '../../../src/index.js';
import { begin, once, readAll, SECOND, stage } from './paused-stage.js';

afterEach(() => AvatarSession.closeAll());

describe('a paused session delivers no frame', () => {
  it('to any sink, until resume(); then all of them, once and in order', async () => {
    const world = await stage();
    const utterance = await begin(world);
    const looped = readAll(utterance);
    world.animate(1);
    await world.clock.settle();
    await world.session.pause();
    world.animate(2);
    await utterance.end();
    world.animate(1, { end: true });
    await world.clock.advance(5_000);
    expect(world.got).toEqual(['started 0', ...once(0), 'paused 40']);
    expect(looped).toEqual([0]);
    await world.session.resume();
    await world.clock.settle();
    expect(world.got.slice(5)).toEqual(['resumed 40', ...once(1), ...once(2), ...once(3), 'ended 160']);
    expect(looped).toEqual([0, 1, 2, 3]);
    expect(await utterance.finished).toMatchObject({ outcome: 'delivered', keyframes: 4, positionMs: 160 });
  });

  it('to a loop, also frames that came before the pause', async () => {
    const world = await stage();
    const utterance = await begin(world);
    const frames = utterance[Symbol.asyncIterator]();
    const first = frames.next();
    world.animate(3);
    expect((await first).value?.index).toBe(0);
    await world.session.pause();
    let second: Frame | undefined;
    void frames.next().then(({ value }) => (second = value));
    await world.clock.advance(5_000);
    expect(second).toBeUndefined();
    await world.session.resume();
    await world.clock.settle();
    expect(second?.index).toBe(1);
  });

  it('to another loop, when the body of a loop pauses', async () => {
    const world = await stage({ onFrame: undefined, transportFrames: undefined, overlap: 'parallel' });
    const one = await begin(world);
    const [oneId = ''] = world.wireIds();
    await one.end();
    const other = await begin(world);
    const otherId = world.wireIds()[1] ?? '';
    const got: string[] = [];
    const read = async (name: string, frames: typeof one, pausesAt: number): Promise<void> => {
      for await (const { index } of frames) {
        got.push(`${name} ${index}`);
        if (index !== pausesAt) continue;
        void world.session.pause();
        got.push('paused');
      }
    };
    void read('one', one, 2).catch(() => undefined);
    void read('other', other, -1).catch(() => undefined);
    await world.clock.settle();
    for (let nth = 0; nth < 6; nth += 1) {
      world.animate(1, { reqId: otherId });
      world.animate(1, { reqId: oneId });
    }
    await world.clock.advance(1_000);
    expect(got.at(-1)).toBe('paused');
    await world.session.resume();
    await world.clock.settle();
    expect(got.filter((text) => text !== 'paused').toSorted()).toEqual(
      ['one', 'other'].flatMap((name) => [0, 1, 2, 3, 4, 5].map((index) => `${name} ${index}`)),
    );
  });

  it.each([0, 1, 2, 3, 4, 5, 6])(
    'to a loop, when a handler of a frame pauses %i microtasks later',
    async (microtasks) => {
      let atPause = -1;
      const onFrame = async ({ index }: Frame): Promise<void> => {
        for (let nth = 0; nth < microtasks; nth += 1) await Promise.resolve();
        if (index !== 2) return;
        void world.session.pause();
        atPause = looped.length;
      };
      const world = await stage({ onFrame });
      const utterance = await begin(world);
      const looped = readAll(utterance);
      await world.clock.settle();
      world.animate(5);
      await world.clock.advance(1_000);
      expect(looped).toHaveLength(atPause);
      await world.session.resume();
      await world.clock.settle();
      expect(looped).toEqual([0, 1, 2, 3, 4]);
    },
  );

  it('of an utterance that begins meanwhile, and does not emit the start of its playback', async () => {
    const world = await stage();
    await world.session.pause();
    const utterance = world.session.speak(SECOND);
    await world.clock.settle();
    world.animate(2, { end: true });
    await world.clock.advance(1_000);
    expect(world.got).toEqual([]);
    await world.session.resume();
    await world.clock.settle();
    expect(world.got).toEqual(['started 0', ...once(0), ...once(1), 'ended 80']);
    expect(await utterance.finished).toMatchObject({ outcome: 'delivered' });
  });

  it('of several utterances, whose frames keep the order in which they came', async () => {
    const world = await stage({ transportFrames: undefined, overlap: 'parallel' });
    const order: string[] = [];
    const [one, two] = [await begin(world), await begin(world)];
    world.session.on('frame', ({ reqId, index }) =>
      order.push(`${reqId === one.reqId ? 'one' : 'two'} ${index}`),
    );
    await world.session.pause();
    world.animate(1, { reqId: one.reqId });
    world.animate(2, { reqId: two.reqId });
    world.animate(1, { reqId: one.reqId });
    await world.session.resume();
    await world.clock.settle();
    expect(order).toEqual(['one 0', 'two 0', 'two 1', 'one 1']);
  });

  it('after a reconnect, and later delivers the missing ones once', async () => {
    const world = await stage();
    const utterance = await begin(world);
    world.animate(1);
    await world.session.pause();
    world.animate(2);
    world.transport.latest.drop();
    await world.clock.until(() => world.reconnects.length === 1 && world.wireIds().length === 1);
    await utterance.end();
    world.animate(6, { end: true });
    await world.clock.advance(1_000);
    expect(world.got).toEqual(['started 0', ...once(0), 'paused 40']);
    await world.session.resume();
    await world.clock.settle();
    const frames = [1, 2, 3, 4, 5].flatMap(once);
    expect(world.got.slice(5)).toEqual(['resumed 40', ...frames, 'ended 240']);
    expect(await utterance.finished).toMatchObject({ outcome: 'replayed', keyframes: 6 });
  });

  it.each(['replay', 'tail'] as const)(
    'twice, if it waited when the connection was lost: recovery %s',
    async (recovery) => {
      const world = await stage({ recovery });
      const utterance = world.session.speak(SECOND);
      await world.clock.settle();
      await world.session.pause();
      world.animate(4, { end: true });
      world.transport.latest.drop();
      await world.clock.until(() => world.reconnects.length === 1);
      // All frames had come, so no audio is sent again.
      expect(world.wireIds()).toEqual([]);
      await world.session.resume();
      await world.clock.settle();
      expect(world.got.filter((line) => line.startsWith('callback'))).toHaveLength(4);
      expect(await utterance.finished).toMatchObject({ outcome: 'delivered', keyframes: 4 });
    },
  );

  it('when the pause begins during a reconnect', async () => {
    const world = await stage();
    const utterance = world.session.speak(SECOND);
    await world.clock.settle();
    world.transport.latest.drop();
    await world.session.pause();
    await world.clock.until(() => world.reconnects.length === 1 && world.wireIds().length === 1);
    world.animate(1, { end: true });
    await world.clock.advance(1_000);
    expect(world.got).toEqual([]);
    await world.session.resume();
    expect(await utterance.finished).toMatchObject({ outcome: 'replayed', keyframes: 1 });
  });
});

describe('a handler that pauses', () => {
  it('during the delivery of a frame delays this frame for the remaining sinks, and the next frame', async () => {
    const world = await stage();
    world.session.once('frame', () => void world.session.pause());
    await begin(world);
    world.animate(3);
    await world.clock.settle();
    expect(world.got).toEqual(['started 0', ...once(0).slice(0, 2), 'paused 40']);
    await world.session.resume();
    await world.clock.settle();
    expect(world.got.slice(4)).toEqual(['resumed 40', 'raw', ...once(1), ...once(2)]);
  });

  it('when the playback starts delays the first frame, which is not lost', async () => {
    const world = await stage();
    world.session.once('playback', () => void world.session.pause());
    await begin(world);
    world.animate(1);
    expect(world.got).toEqual(['started 0', 'paused 0']);
    await world.session.resume();
    await world.clock.settle();
    expect(world.got).toEqual(['started 0', 'paused 0', 'resumed 0', ...once(0)]);
  });

  it('again during the delivery of waiting frames delays the rest', async () => {
    const world = await stage();
    await begin(world);
    await world.session.pause();
    world.animate(3);
    world.session.once('frame', () => void world.session.pause());
    await world.session.resume();
    await world.clock.settle();
    expect(world.got.filter((line) => line.startsWith('callback'))).toEqual(['callback 0']);
    await world.session.resume();
    await world.clock.settle();
    expect(world.got.filter((line) => line.startsWith('callback'))).toHaveLength(3);
  });
});
