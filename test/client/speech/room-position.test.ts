/**
 * The playback position of an utterance in a room, from the reports of the service, and from the clock between them. In
 * virtual time.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSession } from '../../../src/index.js';
import type { Utterance } from '../../../src/index.js';
import { MessageType } from '../../../src/ports/message.js';
import { openRoom, reconnected, SECOND, SECOND_BYTES } from './room.js';
import type { Room } from './room.js';

afterEach(() => AvatarSession.closeAll());

/** An utterance of four seconds. The room has just reported that it has played `playedMs` of it. */
async function playing(room: Room, playedMs = 0): Promise<Utterance> {
  const utterance = room.session.speak(new Uint8Array(4 * SECOND_BYTES));
  await room.clock.settle();
  room.state('playing', playedMs);
  return utterance;
}

async function settledWithinMs({ clock }: Room, promise: Promise<unknown>): Promise<number> {
  const fromMs = clock.nowMs();
  let atMs = -1;
  const settled = (): void => void (atMs = clock.nowMs());
  promise.then(settled, settled);
  await clock.until(() => atMs >= 0);
  return atMs - fromMs;
}

describe('an utterance that is interrupted in a room', () => {
  it('ends at the position of the service if that is reported at once', async () => {
    const room = await openRoom();
    const utterance = await playing(room);
    await room.clock.advance(800);
    await utterance.interrupt();
    expect(room.received(utterance.reqId)).toContain(MessageType.clientInterrupt);
    await room.clock.advance(40);
    room.state('interrupted', 815, { reason: 'explicit' });
    expect(await settledWithinMs(room, utterance.finished)).toBe(0);
    expect(await utterance.finished).toMatchObject({ outcome: 'interrupted', positionMs: 815, keyframes: 0 });
    expect(room.said()).toEqual(['started 0', 'interrupted 815']);
  });

  it('ends at the position of the clock after 250 ms without a report', async () => {
    const room = await openRoom();
    const utterance = await playing(room, 500);
    await room.clock.advance(800);
    await utterance.interrupt();
    expect(await settledWithinMs(room, utterance.finished)).toBe(250);
    expect(await utterance.finished).toMatchObject({ positionMs: 1_300 });
    expect(room.said()).toEqual(['started 500', 'interrupted 1300']);
  });

  it('ends at the position of a report from before the interrupt, if no later one follows', async () => {
    const room = await openRoom();
    const utterance = await playing(room);
    await room.clock.advance(800);
    await utterance.interrupt();
    room.state('playing', 700);
    expect(await settledWithinMs(room, utterance.finished)).toBe(250);
    expect(await utterance.finished).toMatchObject({ positionMs: 700 });
  });

  it('ends at the position of a report that waited in the socket during a stall of the event loop', async () => {
    const room = await openRoom();
    const utterance = await playing(room);
    await room.clock.advance(800);
    await utterance.interrupt();
    await room.clock.stall(1_000, () => room.state('interrupted', 790));
    expect(await utterance.finished).toMatchObject({ positionMs: 790 });
  });

  it('can be followed by the next one at once, and refuses writes at once', async () => {
    const room = await openRoom();
    const utterance = room.session.speak();
    await utterance.write(SECOND);
    room.state('playing', 0);
    await room.clock.advance(100);
    const { reqId } = utterance;
    expect(await room.session.interrupt()).toBe(reqId);
    await expect(utterance.write(SECOND)).rejects.toMatchObject({ outcome: 'interrupted' });
    const next = room.session.speak(SECOND);
    await room.clock.settle();
    room.state('playing', 0);
    room.state('interrupted', 120, { reqId });
    expect(room.playback.map((event) => [event.reqId, event.state, event.positionMs])).toEqual([
      [reqId, 'started', 0],
      [next.reqId, 'started', 0],
      [reqId, 'interrupted', 120],
    ]);
  });

  it('does not delay close(), and its end is reported before the session is over', async () => {
    const room = await openRoom();
    const utterance = await playing(room);
    await room.clock.advance(300);
    await utterance.interrupt();
    const order: string[] = [];
    room.session.on('playback', ({ state }) => order.push(state));
    room.session.on('close', () => order.push('close'));
    expect(await settledWithinMs(room, room.session.close())).toBe(0);
    expect(await utterance.finished).toMatchObject({ positionMs: 300 });
    expect(order).toEqual(['interrupted', 'close']);
    expect(room.clock.pendingTimers).toBe(0);
  });

  it('ends at once when the connection is lost', async () => {
    const room = await openRoom();
    const utterance = await playing(room);
    await room.clock.advance(300);
    await utterance.interrupt();
    room.transport.latest.drop();
    expect(await settledWithinMs(room, utterance.finished)).toBe(0);
  });

  it('during a reconnect ends at the position of the lost connection', async () => {
    const room = await openRoom();
    const utterance = await playing(room);
    await room.clock.advance(700);
    room.transport.latest.drop();
    await room.clock.advance(20);
    await utterance.interrupt();
    expect(await settledWithinMs(room, utterance.finished)).toBe(0);
    expect(await utterance.finished).toMatchObject({ outcome: 'interrupted', positionMs: 700 });
  });

  it('before its playback has no playback event', async () => {
    const room = await openRoom();
    const utterance = room.session.speak(SECOND);
    await room.clock.advance(100);
    await utterance.interrupt();
    expect(await settledWithinMs(room, utterance.finished)).toBe(0);
    expect(await utterance.finished).toMatchObject({ positionMs: 0 });
    expect(room.playback).toEqual([]);
  });

  it('ends at the end of its audio at the latest', async () => {
    const room = await openRoom();
    const utterance = room.session.speak();
    await utterance.write(SECOND);
    room.state('playing', 0);
    await room.clock.advance(3_000);
    await utterance.write(SECOND);
    await room.clock.advance(200);
    await utterance.interrupt();
    await room.clock.advance(250);
    expect(await utterance.finished).toMatchObject({ positionMs: 1_200 });
  });

  it('ends at the position of the clock since the signal, if the service reports no positions', async () => {
    const room = await openRoom({}, () => []);
    const utterance = room.session.speak(new Uint8Array(4 * SECOND_BYTES));
    await room.clock.advance(100);
    room.signal();
    await room.clock.advance(600);
    await utterance.interrupt();
    expect(await settledWithinMs(room, utterance.finished)).toBe(0);
    expect(await utterance.finished).toMatchObject({ positionMs: 600 });
    expect(room.said()).toEqual(['started 0', 'interrupted 600']);
  });

  it('by the service ends at the position of its report', async () => {
    const room = await openRoom();
    const utterance = await playing(room);
    await room.clock.advance(500);
    room.state('interrupted', 480, { reason: 'preempted' });
    expect(await utterance.finished).toMatchObject({ outcome: 'interrupted', positionMs: 480 });
    expect(room.playback.at(-1)).toMatchObject({
      state: 'interrupted',
      positionMs: 480,
      reason: 'preempted',
    });
  });
});

describe('after a lost connection', () => {
  /** The milliseconds of audio that are sent on the new connection. */
  async function resentMs(room: Room): Promise<number> {
    const dials = room.transport.dials.length;
    await room.clock.until(() => room.transport.dials.length > dials && room.audioBytes() > 0, 60_000);
    return (room.audioBytes() / SECOND_BYTES) * 1_000;
  }

  it.each([0, 30, 940])(
    'only audio that the room has not played %i ms after the last report is sent again',
    async (sinceMs) => {
      const room = await openRoom();
      const utterance = await playing(room, 1_000);
      await room.clock.advance(sinceMs);
      room.transport.latest.drop();
      expect(await resentMs(room)).toBe(3_000 - sinceMs);
      room.state('playing', 100);
      await room.clock.advance(50);
      await utterance.interrupt();
      await room.clock.advance(250);
      expect(await utterance.finished).toMatchObject({ positionMs: 1_150 + sinceMs });
    },
  );

  it('that was detected by silence, all audio is sent again that has perhaps not arrived', async () => {
    const room = await openRoom({ heartbeat: { intervalMs: 500, timeoutMs: 500 } });
    const utterance = room.session.speak();
    await utterance.write(SECOND);
    room.state('playing', 400);
    room.transport.latest.onPing = () => undefined;
    for (let nth = 0; nth < 4; nth += 1) {
      await room.clock.advance(100);
      await utterance.write(SECOND.subarray(0, SECOND_BYTES / 10));
    }
    expect(await resentMs(room)).toBe(400);
  });

  it('a room that had begun to play continues at the position of playback, for a queue of utterances', async () => {
    const room = await openRoom();
    const first = room.session.speak(SECOND);
    const second = room.session.speak(SECOND);
    await room.clock.settle();
    room.state('playing', 0, { reqId: first.reqId });
    await room.clock.advance(600);
    room.transport.latest.drop();
    await room.clock.until(() => room.wireIds().length === 2 && room.transport.dials.length === 2);
    expect(room.audioBytes()).toBe(0.4 * SECOND_BYTES + SECOND_BYTES);
    expect(second.reqId).not.toBe(room.wireIds()[1]);
  });
});

describe('the position of an utterance that was played to its end', () => {
  it('is its length, also if the service does not report it', async () => {
    for (const capabilities of [[], ['playback_state']]) {
      const room = await openRoom({}, () => capabilities);
      const utterance = room.session.speak(SECOND);
      await room.clock.settle();
      room.signal();
      await room.clock.advance(900);
      room.signal(true);
      expect(await utterance.finished).toMatchObject({ outcome: 'delivered', positionMs: 1_000 });
      expect(room.playback.at(-1)).toMatchObject({ state: 'ended', positionMs: 1_000 });
    }
  });
});

describe('an utterance that is finished after a reconnect', () => {
  it('has no position after its end, although the re-send began at half a millisecond', async () => {
    const room = await openRoom();
    const utterance = room.session.speak(SECOND);
    await room.clock.settle();
    room.state('playing', 0);
    await room.clock.advance(854.5);
    await reconnected(room);
    expect(room.audioBytes()).toBe(145.5 * 32);
    room.state('playing', 0);
    // The service reports whole milliseconds, so 145.5 becomes 146.
    room.state('ended', 146);
    room.signal(true);
    expect(await utterance.finished).toMatchObject({ outcome: 'replayed', positionMs: 1_000 });
    expect(room.said().at(-1)).toBe('ended 1000');
  });
});
