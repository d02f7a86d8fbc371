/** ttlMs counts from the last write or the last playback of an utterance. In virtual time. */
import { afterEach, describe, expect, it } from 'vitest';
import { silentKeyframes } from '../../../src/emulator/animation/animator.js';
import { AvatarEmulator, createVirtualClock } from '../../../src/emulator/index.js';
import { AvatarSession, newAvatarSession } from '../../../src/index.js';
import type { AvatarSessionOptions, Utterance } from '../../../src/index.js';
import { MessageType, PlaybackStateValue } from '../../../src/ports/message.js';
import { startedVirtualSession } from '../virtual-session.js';
import type { VirtualSession } from '../virtual-session.js';
import { livekitEgress } from './room.js';

afterEach(() => AvatarSession.closeAll());

const TTL_MS = 2_000;
const ROOM = { livekitEgress } as const;
const FOUR_SECONDS = new Uint8Array(4 * 32_000);

/** A session whose service is unavailable for `outageMs` after each loss. */
async function started(
  options: Partial<AvatarSessionOptions>,
  capabilities: readonly string[] = [],
): Promise<VirtualSession & { outageMs: number }> {
  const state = { outageMs: 100 };
  const virtual = await startedVirtualSession({
    service: (dial) => void dial.confirm(undefined, capabilities),
    options: {
      heartbeat: false,
      replay: { ttlMs: TTL_MS },
      retry: { decide: () => ({ action: 'retry', delayMs: state.outageMs }) },
      ...options,
    },
  });
  return Object.assign(state, virtual);
}

function signal({ transport }: VirtualSession, reqId: string, end = false, count = 0): void {
  const head = { type: MessageType.serverResponseAnimation, connectionId: 'c', avatarId: '' } as const;
  transport.latest.say({ ...head, reqId, end, keyframes: silentKeyframes(count) });
}

function state({ transport }: VirtualSession, reqId: string, value: number, playedMs: number): void {
  const type = MessageType.serverPlaybackState;
  transport.latest.say({ type, connectionId: 'c', reqId, state: value, playedMs, reason: '' });
}

/** Ends the connection, and resolves when the session is connected again. */
async function drop({ transport, clock, outageMs }: VirtualSession & { outageMs: number }): Promise<void> {
  transport.latest.drop();
  await clock.advance(outageMs);
  await clock.settle();
  expect(transport.latest.open).toBe(true);
}

/** `resent`, or the outcome of an utterance that is over. */
async function outcomeOf(virtual: VirtualSession, { finished }: Utterance): Promise<string> {
  let latest = 'resent';
  finished.then(
    ({ outcome }) => (latest = outcome),
    (error: unknown) => (latest = String((error as { outcome?: unknown }).outcome)),
  );
  await virtual.clock.settle();
  return latest;
}

describe('an utterance that a room plays', () => {
  it('is sent again at any age of its audio: by PlaybackState', async () => {
    const virtual = await started(ROOM, ['playback_state']);
    const utterance = virtual.session.speak(FOUR_SECONDS);
    await virtual.clock.settle();
    for (let playedMs = 0; playedMs <= 2_500; playedMs += 500) {
      state(virtual, utterance.reqId, PlaybackStateValue.playing, playedMs);
      await virtual.clock.advance(500);
    }
    await drop(virtual);
    expect(await outcomeOf(virtual, utterance)).toBe('resent');
  });

  it('is sent again if the service only reported its start, because it then plays until the loss', async () => {
    const virtual = await started(ROOM);
    const utterance = virtual.session.speak(FOUR_SECONDS);
    await virtual.clock.settle();
    signal(virtual, utterance.reqId);
    await virtual.clock.advance(3_500);
    await drop(virtual);
    expect(await outcomeOf(virtual, utterance)).toBe('resent');
  });

  it('is sent again after a long pause', async () => {
    const virtual = await started(ROOM, ['playback_state']);
    const utterance = virtual.session.speak(FOUR_SECONDS);
    await virtual.clock.settle();
    state(virtual, utterance.reqId, PlaybackStateValue.playing, 0);
    state(virtual, utterance.reqId, PlaybackStateValue.paused, 100);
    await virtual.clock.advance(20_000);
    await drop(virtual);
    expect(await outcomeOf(virtual, utterance)).toBe('resent');
  });

  it('is too old when the outage lasts longer than ttlMs', async () => {
    const virtual = await started(ROOM);
    const utterance = virtual.session.speak(FOUR_SECONDS);
    await virtual.clock.settle();
    signal(virtual, utterance.reqId);
    await virtual.clock.advance(1_000);
    virtual.outageMs = TTL_MS;
    await drop(virtual);
    expect(await outcomeOf(virtual, utterance)).toBe('resent');
    virtual.outageMs = TTL_MS + 1;
    await drop(virtual);
    expect(await outcomeOf(virtual, utterance)).toBe('expired');
  });

  it('no longer counts as playing when a segment of it was played to its end', async () => {
    const virtual = await started(ROOM);
    const utterance = virtual.session.speak();
    await utterance.write(FOUR_SECONDS);
    signal(virtual, utterance.reqId);
    signal(virtual, utterance.reqId, true);
    await virtual.clock.advance(TTL_MS);
    await drop(virtual);
    expect(await outcomeOf(virtual, utterance)).toBe('expired');
  });
});

describe('an utterance whose frames the application gets', () => {
  it('has an age that counts from its last frame', async () => {
    const virtual = await started({});
    const utterance = virtual.session.speak(FOUR_SECONDS);
    await virtual.clock.advance(1_500);
    signal(virtual, utterance.reqId, false, 1);
    await virtual.clock.advance(1_500);
    await drop(virtual);
    expect(await outcomeOf(virtual, utterance)).toBe('resent');
  });

  it('without any frame is too old ttlMs after it was written', async () => {
    const virtual = await started({});
    const utterance = virtual.session.speak(FOUR_SECONDS);
    await virtual.clock.advance(TTL_MS);
    await drop(virtual);
    expect(await outcomeOf(virtual, utterance)).toBe('expired');
    await expect(utterance.finished).rejects.toMatchObject({
      reqId: utterance.reqId,
      message: expect.stringContaining(`${TTL_MS} ms`) as string,
    });
  });
});

describe('an utterance after another one', () => {
  const second = (count: number): Uint8Array => new Uint8Array(count * 32_000);
  const cases = [
    ['in a room, in a queue', { ...ROOM, overlap: 'queue' }],
    ['in a room, if the service already has it', ROOM],
    ['with frames', {}],
  ] as const;

  async function speakAll(
    options: Partial<AvatarSessionOptions>,
    resetAtMs: number,
    seconds: readonly number[],
  ) {
    const clock = createVirtualClock();
    const emulator = await AvatarEmulator.start({ clock, overlap: 'queue' });
    emulator.inject({ kind: 'reset', phase: 'runtime', afterMs: resetAtMs });
    const replay = { ttlMs: TTL_MS };
    const onFrame = (): void => undefined;
    const session = newAvatarSession({
      ...emulator.sessionOptions,
      retry: 'test',
      replay,
      onFrame,
      ...options,
    });
    await clock.run(session.start());
    const said = seconds.map((count) => session.speak(second(count)));
    const how = said.map(({ finished }) =>
      finished.then(
        (result) => result,
        (error: unknown) => error,
      ),
    );
    return clock.run(Promise.all(how));
  }

  it.each(cases)('has the age of the speech before it: %s', async (_where, options) => {
    const results = await speakAll(options, 8_000, [10, 1, 1]);
    expect(results).toMatchObject([{ positionMs: 10_000 }, { positionMs: 1_000 }, { positionMs: 1_000 }]);
  });

  it.each(cases)('has this age also when that speech is over: %s', async (_where, options) => {
    const results = await speakAll(options, 6_500, [6, 1, 1]);
    expect(results).toMatchObject([{ positionMs: 6_000 }, { positionMs: 1_000 }, { positionMs: 1_000 }]);
  });
});
