/** When a sending of a request makes progress, its earlier failures do not count any more. In virtual time. */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSession } from '../../../src/index.js';
import type { Utterance } from '../../../src/index.js';
import { openRoom, SECOND_BYTES } from './room.js';
import type { Room } from './room.js';

afterEach(() => AvatarSession.closeAll());

const BUSY = 4503;
/** A policy whose maxElapsedMs is shorter than one run in these tests. */
const retry = { maxElapsedMs: 3_000, stableAfterMs: 500, maxAttempts: 4, backoff: { baseMs: 100 } };

function refuse({ transport, wireIds }: Room): void {
  transport.latest.refuseRequest(wireIds().at(-1) ?? '', BUSY, 'busy');
}

/** An utterance that was refused once and sent again. */
async function refusedOnce(room: Room): Promise<Utterance> {
  const utterance = room.session.speak(new Uint8Array(10 * SECOND_BYTES));
  await room.clock.settle();
  refuse(room);
  await resent(room, 2);
  return utterance;
}

async function resent(room: Room, runs: number): Promise<void> {
  await room.clock.until(() => room.wireIds().length === runs);
}

/** Lets the service report playback of this many seconds. */
async function playsOn(room: Room, fromMs: number, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    room.state('playing', fromMs + 1_000 * second);
    await room.clock.advance(1_000);
  }
}

describe('a request that plays in a room and is refused again', () => {
  it('begins a new history after a run in which the room played more', async () => {
    const room = await openRoom({ retry });
    const utterance = await refusedOnce(room);
    await playsOn(room, 0, 4);
    refuse(room);
    await resent(room, 3);
    await room.clock.advance(1_000);
    expect(room.retries.map(({ attempt }) => attempt)).toEqual([2, 2]);
    room.signal(true);
    expect(await utterance.finished).toMatchObject({ outcome: 'replayed' });
  });

  it('begins a new history also if the service reports nothing during playback', async () => {
    const room = await openRoom({ retry });
    const utterance = await refusedOnce(room);
    room.state('playing', 0);
    await room.clock.advance(4_000);
    refuse(room);
    await resent(room, 3);
    room.signal(true);
    expect(await utterance.finished).toMatchObject({ outcome: 'replayed' });
  });

  it('begins a new history after the end of a segment, if the service reports no positions', async () => {
    const room = await openRoom({ retry }, () => ['playback_control']);
    const utterance = room.session.speak();
    await utterance.write(new Uint8Array(10 * SECOND_BYTES));
    refuse(room);
    await resent(room, 2);
    await room.clock.advance(2_000);
    room.signal(true);
    await room.clock.advance(2_000);
    refuse(room);
    await resent(room, 3);
    await utterance.end();
    await room.clock.settle();
    room.signal(true);
    expect(await utterance.finished).toMatchObject({ outcome: 'replayed' });
  });

  it('has one history while each run plays only audio that the room had played before', async () => {
    const room = await openRoom({ retry: { ...retry, maxElapsedMs: 60_000 }, recovery: 'replay' });
    const utterance = room.session.speak(new Uint8Array(10 * SECOND_BYTES));
    const failed = utterance.finished.catch((error: unknown) => error);
    await room.clock.settle();
    for (let run = 1; run <= 4; run++) {
      await resent(room, run);
      await playsOn(room, 0, 2);
      refuse(room);
    }
    // A close with the same code within this second would end the session.
    await room.clock.advance(1_000);
    expect(await failed).toMatchObject({ code: 'upstreamError', outcome: 'failed', attempt: 4 });
    expect(room.session.explain()).toContainEqual(
      expect.objectContaining({ kind: 'giveUp', reason: 'attempts' }),
    );
  });

  it('fails by its time limit only for the time in which it was refused, not for that of playback', async () => {
    const room = await openRoom({ retry: { ...retry, stableAfterMs: 60_000 } });
    const utterance = await refusedOnce(room);
    // Each run plays for two seconds, together longer than maxElapsedMs.
    for (let run = 2; run <= 3; run++) {
      await playsOn(room, 0, 2);
      refuse(room);
      await resent(room, run + 1);
    }
    room.signal(true);
    expect(await utterance.finished).toMatchObject({ outcome: 'replayed' });
  });

  it('does not count the time of a reconnect as progress', async () => {
    const slow = { baseMs: 20_000, jitter: 'none' } as const;
    const room = await openRoom({ retry: { ...retry, maxElapsedMs: 600_000, backoff: slow } });
    const utterance = await refusedOnce(room);
    room.state('playing', 0);
    await room.clock.advance(400);
    room.transport.latest.drop();
    await room.clock.until(() => room.reconnects.length === 1);
    await resent(room, 1);
    room.state('playing', 0);
    await room.clock.advance(400);
    refuse(room);
    await room.clock.advance(1_000);
    expect(room.retries.filter(({ error }) => error.reqId === utterance.reqId)).toMatchObject([
      { attempt: 2 },
      { attempt: 3 },
    ]);
  });
});
