/**
 * Playback events come in pairs: each start has exactly one end, with a position, for any cause of the end; and there is
 * no end without a start. Virtual time.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSession } from '../../../src/index.js';
import type { AvatarSessionOptions, Utterance } from '../../../src/index.js';
import { openRoom, SECOND, SECOND_BYTES } from './room.js';
import type { Room } from './room.js';

afterEach(() => AvatarSession.closeAll());

/**
 * Options of a session whose application gets the frames. A message of two keyframes then takes the place of
 * playback in a room.
 */
const FRAMES: Partial<AvatarSessionOptions> = { livekitEgress: undefined, onFrame: () => undefined };

async function failingSource(this: void, { clock }: Room): Promise<AsyncIterable<Uint8Array>> {
  await clock.settle();
  return (async function* () {
    yield SECOND;
    await new Promise<void>((resolve) => void clock.schedule(500, resolve));
    throw new Error('the synthesizer stopped');
  })();
}

/** The ways in which started playback can end, by their names. */
const ENDINGS: readonly (readonly [
  string,
  Partial<AvatarSessionOptions>,
  (room: Room, utterance: Utterance) => unknown,
])[] = [
  ['its source throws', {}, () => undefined],
  ['its source stalls', { sourceTimeoutMs: 400 }, () => undefined],
  ['close()', {}, ({ session }) => session.close()],
  ['close() that drains, too late', {}, ({ session }) => session.close({ drain: true, timeoutMs: 300 })],
  ['utterance.interrupt()', {}, (_room, utterance) => utterance.interrupt()],
  ['session.interrupt()', {}, ({ session }) => session.interrupt()],
  ['a lost connection with recovery drop', { recovery: 'drop' }, ({ transport }) => transport.latest.drop()],
  ['a lost connection with recovery fail', { recovery: 'fail' }, ({ transport }) => transport.latest.drop()],
  ['exhausted credits', {}, ({ transport }) => transport.latest.drop(4001, 'Credits exhausted')],
  ['a session that does not reconnect', { retry: false }, ({ transport }) => transport.latest.drop()],
  [
    'the refusal of its request',
    {},
    ({ transport, wireIds }) => transport.latest.refuseRequest(wireIds()[0] ?? '', 3, 'no'),
  ],
  ['silence', { silenceTimeoutMs: 1_000 }, (_room, utterance) => utterance.end()],
];

describe.each([
  ['in a room', {}],
  ['with frames for the application', FRAMES],
])('playback that has started %s', (_where, where) => {
  it.each(ENDINGS)('is reported as interrupted, with its position: %s', async (name, options, end) => {
    const room = await openRoom({ retry: { maxAttempts: 3, backoff: { baseMs: 10 } }, ...where, ...options });
    const inRoom = where === FRAMES ? false : true;
    const takesSource = name.startsWith('its source');
    const utterance = takesSource ? room.session.speak(await failingSource(room)) : room.session.speak();
    if (!takesSource) await utterance.write(SECOND);
    await room.clock.settle();
    if (inRoom) room.state('playing', 0);
    else room.transport.latest.animate(utterance.reqId, 2);
    await room.clock.advance(300);
    expect(room.playback.map(({ state }) => state)).toEqual(['started']);
    void end(room, utterance);
    let settled = false;
    const isSettled = (): void => void (settled = true);
    utterance.finished.then(isSettled, isSettled);
    await room.clock.until(() => settled);
    await room.clock.settle();
    expect(room.playback.map(({ reqId, state }) => [reqId, state])).toEqual([
      [utterance.reqId, 'started'],
      [utterance.reqId, 'interrupted'],
    ]);
    const { positionMs = -1 } = room.playback.at(-1) ?? {};
    if (inRoom) {
      expect(positionMs).toBeGreaterThanOrEqual(300);
      expect(positionMs).toBeLessThanOrEqual(1_000);
    } else expect(positionMs).toBe(80);
  });
});

describe('playback that has not started', () => {
  it.each(ENDINGS.slice(2))('has no end: %s', async (_name, options, end) => {
    const room = await openRoom({ retry: { maxAttempts: 3, backoff: { baseMs: 10 } }, ...options });
    const utterance = room.session.speak();
    await utterance.write(SECOND);
    await room.clock.advance(300);
    void end(room, utterance);
    await room.clock.advance(1_000);
    void room.session.close();
    await room.clock.settle();
    expect(room.playback).toEqual([]);
  });

  it('is reported with start and end when the service sends only the end', async () => {
    const room = await openRoom();
    room.session.speak(SECOND);
    await room.clock.settle();
    room.signal(true);
    expect(room.said()).toEqual(['started 0', 'ended 1000']);
  });
});

describe('playback reports out of order', () => {
  it('an end before the end of the request is the end of a segment: playback continues', async () => {
    const room = await openRoom();
    const utterance = room.session.speak();
    await utterance.write(SECOND);
    room.state('playing', 0);
    await room.clock.advance(1_000);
    room.state('ended', 1_000);
    room.signal(true);
    expect(room.said()).toEqual(['started 0']);
    await utterance.end(new Uint8Array(SECOND_BYTES));
    room.state('playing', 1_000);
    await room.clock.advance(1_000);
    room.state('ended', 2_000);
    room.signal(true);
    expect(room.said()).toEqual(['started 0', 'ended 2000']);
    expect(await utterance.finished).toMatchObject({ outcome: 'delivered', positionMs: 2_000 });
  });

  it.each<readonly [string, (room: Room) => void]>([
    ['everything twice', (room) => [0, 0].forEach(() => room.state('playing', 0))],
    ['the end twice', (room) => [0, 0].forEach(() => room.state('ended', 1_000))],
    [
      'playing after the end',
      (room) => (['ended', 'playing'] as const).forEach((state) => room.state(state, 1_000)),
    ],
    ['states that have no name yet', (room) => room.state('unspecified', 10)],
  ])('%s: each change is reported once', async (_what, say) => {
    const room = await openRoom();
    room.session.speak(SECOND);
    await room.clock.settle();
    room.state('playing', 0);
    say(room);
    room.signal(true);
    expect(room.said()).toEqual(['started 0', 'ended 1000']);
  });

  it('a request of sendAudio is handled like every other', async () => {
    const room = await openRoom();
    const reqId = await room.session.sendAudio(SECOND);
    room.state('playing', 0);
    await room.clock.advance(400);
    await room.session.interrupt();
    room.state('interrupted', 420, { reqId });
    expect(room.said()).toEqual(['started 0', 'interrupted 420']);
  });
});
