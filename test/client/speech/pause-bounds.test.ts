/**
 * A pause applies to the whole session, and has limits: for its time, and for the memory of waiting frames. In virtual
 * time.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSession } from '../../../src/index.js';
import type { PlaybackEvent } from '../../../src/index.js';
import { MessageType } from '../../../src/ports/message.js';
import { begin, once, readAll, SECOND, stage, states } from './paused-stage.js';

afterEach(() => AvatarSession.closeAll());

describe('a pause', () => {
  it('twice counts as one pause, and resume() without a pause has no effect', async () => {
    const world = await stage();
    await begin(world);
    world.animate(1);
    await world.session.resume();
    await world.session.pause();
    await world.session.pause();
    await world.session.resume();
    await world.session.resume();
    expect(states(world.got)).toEqual(['started 0', 'paused 40', 'resumed 40']);
  });

  it('continues after an interrupt: the next utterance is paused, too', async () => {
    const world = await stage();
    const cut = await begin(world);
    world.animate(1);
    await world.session.pause();
    world.animate(3);
    await world.session.interrupt();
    expect(await cut.finished).toMatchObject({ outcome: 'interrupted', keyframes: 1, positionMs: 40 });
    const next = world.session.speak(SECOND);
    await world.clock.settle();
    world.animate(1, { end: true });
    await world.clock.advance(100);
    expect(world.got).toEqual(['started 0', ...once(0), 'paused 40', 'interrupted 40']);
    await world.session.resume();
    await world.clock.settle();
    expect(world.got.slice(6)).toEqual(['started 0', ...once(0), 'ended 40']);
    expect(await next.finished).toMatchObject({ outcome: 'delivered' });
  });

  it('that is resumed and interrupted in one turn lets no frame through', async () => {
    const world = await stage();
    await begin(world);
    await world.session.pause();
    world.animate(3);
    void world.session.resume();
    void world.session.interrupt();
    await world.clock.settle();
    expect(world.got).toEqual([]);
  });

  it('that lasts too long interrupts the paused utterances, and the time of silence does not count meanwhile', async () => {
    const world = await stage({ silenceTimeoutMs: 1_000 });
    const ended = world.session.speak(SECOND);
    await world.clock.settle();
    world.animate(2);
    await world.session.pause();
    await world.clock.advance(2_000);
    const open = await begin(world);
    await world.clock.advance(1_999);
    expect(states(world.got)).toEqual(['started 0', 'paused 80']);
    await world.clock.advance(1);
    expect(await ended.finished).toMatchObject({ outcome: 'interrupted', positionMs: 80 });
    expect(world.got.at(-1)).toBe('interrupted 80');
    await world.clock.advance(2_000);
    expect(await open.finished).toMatchObject({ outcome: 'interrupted', positionMs: 0 });
  });

  it('that is ended by its limit reports the reason', async () => {
    const reported: PlaybackEvent[] = [];
    const world = await stage({ silenceTimeoutMs: 1_000, onPlayback: (event) => reported.push(event) });
    await begin(world);
    world.animate(1);
    await world.session.pause();
    await world.clock.advance(4_000);
    expect(reported.at(-1)).toMatchObject({ state: 'interrupted', reason: 'pause_timeout', positionMs: 40 });
  });

  it('that is longer than silenceTimeoutMs is followed by the whole time of silence', async () => {
    const world = await stage({ silenceTimeoutMs: 1_000 });
    const utterance = world.session.speak(SECOND);
    await world.clock.settle();
    await world.session.pause();
    await world.clock.advance(3_000);
    await world.session.resume();
    await world.clock.advance(999);
    world.animate(1, { end: true });
    expect(await utterance.finished).toMatchObject({ outcome: 'delivered' });
  });

  it('does not count for the time-out of a loop, which gets no frames meanwhile', async () => {
    const world = await stage({ readerTimeoutMs: 1_000, onFrame: undefined, transportFrames: undefined });
    const utterance = world.session.speak();
    await utterance.write(SECOND);
    await world.clock.settle();
    const frames = utterance[Symbol.asyncIterator]();
    world.animate(3);
    await world.session.pause();
    await world.clock.advance(10_000);
    await world.session.resume();
    for (let index = 0; index < 3; index += 1) expect((await frames.next()).value?.index).toBe(index);
  });

  it('that lasts until the end of the session delivers no waiting frame to a loop', async () => {
    const world = await stage();
    const utterance = await begin(world);
    const looped = readAll(utterance);
    world.animate(1);
    await world.clock.settle();
    await world.session.pause();
    world.animate(3);
    await world.session.close();
    await world.clock.settle();
    expect(looped).toEqual([0, -1]);
    expect(world.clock.pendingTimers).toBe(0);
  });

  it('is also sent to a service that supports it, so that the service can stop', async () => {
    const world = await stage({}, ['playback_control']);
    const first = await begin(world);
    await world.session.pause();
    const second = await begin(world);
    await world.session.resume();
    await world.clock.settle();
    const controls = world.transport.latest.received.flatMap((one) =>
      one.type === MessageType.clientPause || one.type === MessageType.clientResume
        ? [[one.type, one.reqId]]
        : [],
    );
    expect(controls).toEqual([
      [MessageType.clientPause, first.reqId],
      [MessageType.clientPause, second.reqId],
      [MessageType.clientResume, first.reqId],
      [MessageType.clientResume, second.reqId],
    ]);
  });
});
