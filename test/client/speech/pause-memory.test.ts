/**
 * The memory of frames that wait for the end of a pause is bounded, and none of these frames is lost. In
 * virtual time.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSession } from '../../../src/index.js';
import { MessageType } from '../../../src/ports/message.js';
import { begin, SECOND, stage } from './paused-stage.js';

const MIB = 1024 * 1024;

afterEach(() => AvatarSession.closeAll());

describe('more waiting frames than the limit of a pause', () => {
  /** So many floats that each message of the service has 8 kB. */
  const LARGE = 2_000;
  const MANY = 1_200;

  it.each(['replay', 'tail'] as const)(
    'are requested again after the pause: recovery %s',
    async (recovery) => {
      const world = await stage({ recovery, transportFrames: undefined });
      const utterance = world.session.speak(SECOND);
      await world.clock.settle();
      await world.session.pause();
      const [reqId] = world.wireIds();
      world.animate(MANY, { floats: LARGE, ...(reqId !== undefined && { reqId }) });
      await world.clock.settle();
      const types = world.transport.latest.received.map(({ type }) => type);
      expect(types.at(-1)).toBe(MessageType.clientInterrupt);
      expect(world.got).toEqual([]);
      await world.session.resume();
      await world.clock.settle();
      const held = world.got.filter((line) => line.startsWith('callback')).length;
      expect(held).toBeGreaterThan(800);
      expect(held).toBeLessThan(MANY);
      expect(world.wireIds()).toHaveLength(2);
      // The lead-in is the whole second of audio that was sent.
      world.animate(recovery === 'tail' ? 25 + MANY - held : MANY, { end: true });
      expect(world.got.filter((line) => line.startsWith('callback'))).toEqual(
        Array.from({ length: MANY }, (_, index) => `callback ${index}`),
      );
      expect(await utterance.finished).toMatchObject({ outcome: 'replayed', keyframes: MANY });
    },
  );

  it('fail an utterance that is never sent again', async () => {
    const world = await stage({ recovery: 'fail' });
    const utterance = world.session.speak(SECOND);
    await world.clock.settle();
    await world.session.pause();
    world.animate(MANY, { floats: LARGE });
    await expect(utterance.finished).rejects.toMatchObject({ outcome: 'failed', code: 'invalidRequest' });
  });

  it('count with the memory that they use, so small views of large buffers are copied', async () => {
    const world = await stage();
    await begin(world);
    await world.session.pause();
    world.animate(1);
    const before = process.memoryUsage().arrayBuffers;
    world.animate(2_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MIB);
    await world.session.resume();
    await world.clock.settle();
    expect(world.got.filter((line) => line.startsWith('callback'))).toHaveLength(2_001);
  });
});
