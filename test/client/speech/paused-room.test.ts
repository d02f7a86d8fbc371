/** A paused session in a room: the service pauses every request, on every connection, until resume(). In virtual time. */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSession } from '../../../src/index.js';
import { MessageType } from '../../../src/ports/message.js';
import { CAPABILITIES, controls, openRoom, reconnected, SECOND, SECOND_BYTES } from './room.js';

const { clientAudioInput: AUDIO, clientPause: PAUSE } = MessageType;

afterEach(() => AvatarSession.closeAll());

describe('a pause in a room', () => {
  it('applies to all open utterances, and to new ones', async () => {
    const room = await openRoom();
    for (let nth = 0; nth < 2; nth += 1) room.session.speak(SECOND);
    await room.clock.settle();
    await room.session.pause();
    room.session.speak(SECOND);
    await room.clock.settle();
    expect(controls(room)).toEqual(['pause 0', 'pause 1', 'pause 2']);
    await room.session.pause();
    await room.session.resume();
    await room.session.resume();
    expect(controls(room).slice(3)).toEqual(['resume 0', 'resume 1', 'resume 2']);
    room.session.speak(SECOND);
    await room.clock.settle();
    expect(controls(room)).toHaveLength(6);
  });

  it('before the first utterance is sent to the service directly after its first audio', async () => {
    const room = await openRoom();
    await room.session.pause();
    const { reqId } = room.session.speak(new Uint8Array(20 * SECOND_BYTES));
    await room.clock.settle();
    expect(room.received(reqId).slice(0, 3)).toEqual([AUDIO, PAUSE, AUDIO]);
    expect(room.received(reqId).filter((type) => type === PAUSE)).toHaveLength(1);
  });

  it('is sent again with the re-send, without a resumed event', async () => {
    const room = await openRoom();
    const utterance = room.session.speak(new Uint8Array(4 * SECOND_BYTES));
    await room.clock.settle();
    room.state('playing', 0);
    await room.clock.advance(500);
    await room.session.pause();
    room.state('paused', 520);
    await room.clock.advance(3_000);
    await reconnected(room);
    expect(room.received(room.wireIds()[0] ?? '').slice(0, 2)).toEqual([AUDIO, PAUSE]);
    // The room has been silent since the pause, so the re-send begins at its position.
    expect(room.audioBytes()).toBe((3.48 * SECOND_BYTES) | 0);
    room.state('playing', 0);
    room.state('paused', 10);
    expect(room.said()).toEqual(['started 0', 'paused 520']);
    await room.session.resume();
    room.state('playing', 10);
    expect(room.said()).toEqual(['started 0', 'paused 520', 'resumed 530']);
    await room.clock.advance(3_470);
    room.state('ended', 3_480);
    room.signal(true);
    expect(await utterance.finished).toMatchObject({ outcome: 'replayed', positionMs: 4_000 });
  });

  it('that begins during a reconnect applies to the next connection', async () => {
    const room = await openRoom();
    room.session.speak(SECOND);
    await room.clock.settle();
    room.transport.latest.drop();
    await room.session.pause();
    await room.clock.until(() => room.reconnects.length === 1);
    expect(controls(room)).toEqual(['pause 0']);
  });

  it('that ended during a reconnect is not sent again', async () => {
    const room = await openRoom();
    room.session.speak(SECOND);
    await room.clock.settle();
    await room.session.pause();
    room.transport.latest.drop();
    await room.session.resume();
    await room.clock.until(() => room.reconnects.length === 1);
    expect(controls(room)).toEqual([]);
  });

  it('continues after an interrupt, whose position is that of the pause', async () => {
    const room = await openRoom();
    const cut = room.session.speak(SECOND);
    await room.clock.settle();
    room.state('playing', 0);
    await room.clock.advance(400);
    await room.session.pause();
    room.state('paused', 410);
    await room.clock.advance(5_000);
    await room.session.interrupt();
    await room.clock.advance(250);
    expect(await cut.finished).toMatchObject({ outcome: 'interrupted', positionMs: 410 });
    room.session.speak(SECOND);
    await room.clock.settle();
    expect(controls(room)).toEqual(['pause 0', 'pause 1']);
  });

  it('does not stop the sending of audio, which the service needs after the pause', async () => {
    const room = await openRoom();
    const utterance = room.session.speak();
    await utterance.write(SECOND);
    await room.session.pause();
    await utterance.write(SECOND);
    expect(room.audioBytes()).toBe(2 * SECOND_BYTES);
  });

  it('is followed by the playback of a queue, in its order', async () => {
    const room = await openRoom();
    const [first, second] = [room.session.speak(SECOND), room.session.speak(SECOND)];
    await room.clock.settle();
    room.state('playing', 0, { reqId: first.reqId });
    await room.session.pause();
    room.state('paused', 20, { reqId: first.reqId });
    room.state('paused', 0, { reqId: second.reqId });
    await room.session.resume();
    room.state('playing', 20, { reqId: first.reqId });
    room.state('playing', 0, { reqId: second.reqId });
    expect(room.playback.map(({ reqId, state }) => [reqId === first.reqId ? 1 : 2, state])).toEqual([
      [1, 'started'],
      [1, 'paused'],
      [1, 'resumed'],
      [2, 'started'],
    ]);
  });
});

describe('a pause if the service does not report the playback in the room', () => {
  const controlled = (): readonly string[] => ['playback_control'];

  it('is reported by the session, with the position of its clock', async () => {
    const room = await openRoom({}, controlled);
    const utterance = room.session.speak(new Uint8Array(4 * SECOND_BYTES));
    await room.clock.settle();
    room.signal();
    await room.clock.advance(500);
    await room.session.pause();
    await room.clock.advance(5_000);
    await room.session.resume();
    await room.clock.advance(300);
    await utterance.interrupt();
    expect(await utterance.finished).toMatchObject({ positionMs: 800 });
    expect(room.said()).toEqual(['started 0', 'paused 500', 'resumed 500', 'interrupted 800']);
  });

  it('is reported for an utterance that begins meanwhile, too', async () => {
    const room = await openRoom({}, controlled);
    await room.session.pause();
    room.session.speak(SECOND);
    await room.clock.settle();
    room.signal();
    await room.clock.advance(2_000);
    await room.session.resume();
    await room.clock.advance(1_000);
    room.signal(true);
    expect(room.said()).toEqual(['started 0', 'paused 0', 'resumed 0', 'ended 1000']);
  });
});

describe('a service that cannot pause', () => {
  it.each(['pause', 'resume'] as const)(
    'makes %s() reject with the name of the missing capability',
    async (call) => {
      const room = await openRoom({}, () => []);
      await expect(room.session[call]()).rejects.toMatchObject({
        code: 'invalidRequest',
        message: expect.stringContaining('playback_control') as string,
      });
      room.transport.latest.drop();
      await expect(room.session[call]()).rejects.toMatchObject({ code: 'invalidRequest' });
    },
  );

  it('gets no audio while a session is paused that was paused on an earlier connection', async () => {
    const room = await openRoom({}, (connection) => (connection === 2 ? [] : CAPABILITIES));
    const utterance = room.session.speak(SECOND);
    await room.clock.settle();
    await room.session.pause();
    await reconnected(room);
    const next = room.session.speak(SECOND);
    await room.clock.advance(1_000);
    expect(room.audioBytes()).toBe(0);
    await room.session.resume();
    await room.clock.settle();
    expect(room.audioBytes()).toBe(2 * SECOND_BYTES);
    for (const reqId of room.wireIds()) room.signal(true, reqId);
    expect(await utterance.finished).toMatchObject({ outcome: 'replayed' });
    expect(await next.finished).toMatchObject({ outcome: 'delivered' });
  });
});

describe('close({ drain: true }) of a paused room', () => {
  it('resumes it, and waits for the open utterances', async () => {
    const room = await openRoom();
    const utterance = room.session.speak(SECOND);
    await room.clock.settle();
    room.state('playing', 0);
    await room.session.pause();
    const closed = room.session.close({ drain: true });
    expect(controls(room)).toEqual(['pause 0', 'resume 0']);
    await room.clock.advance(1_000);
    room.signal(true);
    await closed;
    expect(await utterance.finished).toMatchObject({ outcome: 'delivered' });
  });

  it('interrupts it, and does not wait', async () => {
    const room = await openRoom();
    const utterance = room.session.speak(SECOND);
    await room.clock.settle();
    room.state('playing', 0);
    await room.session.pause();
    await room.session.close({ drain: true, whenPaused: 'interrupt' });
    expect(await utterance.finished).toMatchObject({ outcome: 'interrupted' });
    expect([room.clock.nowMs(), room.clock.pendingTimers]).toEqual([0, 0]);
  });
});
