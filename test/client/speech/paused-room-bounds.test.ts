/** A pause in a room that lasts too long, or that the service began. In virtual time. */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSession } from '../../../src/index.js';
import { controls, openRoom, reconnected, SECOND, SECOND_BYTES } from './room.js';

afterEach(() => AvatarSession.closeAll());

describe('a pause that lasts too long', () => {
  it('is ended by the service: the utterance is interrupted, and the session stays paused', async () => {
    const room = await openRoom();
    const utterance = room.session.speak(SECOND);
    await room.clock.settle();
    room.state('playing', 0);
    await room.session.pause();
    room.state('paused', 30);
    room.state('interrupted', 30, { reason: 'pause_timeout' });
    expect(await utterance.finished).toMatchObject({ outcome: 'interrupted', positionMs: 30 });
    expect(room.playback.at(-1)).toMatchObject({ state: 'interrupted', reason: 'pause_timeout' });
    room.session.speak(SECOND);
    await room.clock.settle();
    expect(controls(room)).toEqual(['pause 0', 'pause 1']);
  });

  it('interrupts the utterance also on a service without playback reports, across connections', async () => {
    const room = await openRoom({ silenceTimeoutMs: 1_000 }, () => ['playback_control']);
    const utterance = room.session.speak(SECOND);
    await room.clock.settle();
    room.signal();
    await room.clock.advance(100);
    await room.session.pause();
    await room.clock.advance(2_000);
    await reconnected(room);
    await room.clock.advance(2_000);
    expect(await utterance.finished).toMatchObject({ outcome: 'interrupted', positionMs: 100 });
    expect(room.playback.at(-1)).toMatchObject({ state: 'interrupted', reason: 'pause_timeout' });
  });

  it('that the service began has a limit, too, and ends with the connection', async () => {
    const room = await openRoom({ silenceTimeoutMs: 1_000 });
    const utterance = room.session.speak(SECOND);
    await room.clock.settle();
    room.state('playing', 0);
    room.state('paused', 100);
    await room.clock.advance(3_000);
    await reconnected(room);
    await room.clock.advance(1_999);
    expect(room.said()).toEqual(['started 0', 'paused 100']);
    room.state('playing', 0);
    room.state('paused', 50);
    await room.clock.advance(4_250);
    expect(await utterance.finished).toMatchObject({ outcome: 'interrupted', positionMs: 150 });
  });

  it('does not include one that the service confirms only after resume()', async () => {
    const room = await openRoom({ silenceTimeoutMs: 1_000 });
    const [first, second] = [
      room.session.speak(SECOND),
      room.session.speak(new Uint8Array(9 * SECOND_BYTES)),
    ];
    await room.clock.settle();
    room.state('playing', 0, { reqId: first.reqId });
    await room.session.pause();
    await room.session.resume();
    room.state('paused', 0, { reqId: second.reqId });
    for (let nth = 1; nth < 9; nth += 1) {
      await room.clock.advance(900);
      room.state('playing', 100 * nth, { reqId: first.reqId });
    }
    room.state('playing', 0, { reqId: second.reqId });
    room.signal(true, second.reqId);
    expect(await second.finished).toMatchObject({ outcome: 'delivered' });
  });

  it('that the service began is ended by resume()', async () => {
    const room = await openRoom();
    room.session.speak(SECOND);
    await room.clock.settle();
    room.state('playing', 0);
    room.state('paused', 100);
    await room.session.resume();
    expect(controls(room)).toEqual(['resume 0']);
    room.state('playing', 100);
    expect(room.said()).toEqual(['started 0', 'paused 100', 'resumed 100']);
  });
});
