/**
 * After a loss only the tail of the audio is sent again; audio that the service no longer needs is released.
 * In virtual time.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { AudioFormat, AvatarSession } from '../../../src/index.js';
import type { AvatarSessionOptions, Frame } from '../../../src/index.js';
import { keptProcessBytes } from '../../../src/client/speech/replay-budget.js';
import { decodeServerMessage } from '../../../src/wire/decode.js';
import { MessageType, PlaybackStateValue } from '../../../src/ports/message.js';
import { startedVirtualSession } from '../virtual-session.js';
import type { VirtualSession } from '../virtual-session.js';

afterEach(() => AvatarSession.closeAll());

const KIB = 1024;
const MIB = 1024 * KIB;
/** The bytes of audio for one keyframe at 16 kHz. */
const KEYFRAME_BYTES = 1_280;

interface Stage extends VirtualSession {
  readonly frames: Frame[];
}

async function stage(
  options: Partial<AvatarSessionOptions> = {},
  capabilities: string[] = [],
  takesFrames = true,
): Promise<Stage> {
  const frames: Frame[] = [];
  const virtual = await startedVirtualSession({
    service: (dial) => void dial.confirm('connection-1', capabilities),
    takesFrames,
    options: { heartbeat: false, onFrame: (frame) => frames.push(frame), ...options },
  });
  return { ...virtual, frames };
}

/** The audio that the current connection has received for the latest request id. */
function heard({ transport }: Stage): { reqId: string; audio: Uint8Array; end: boolean } {
  const messages = transport.latest.received.filter((one) => one.type === MessageType.clientAudioInput);
  const reqId = messages.at(-1)?.reqId ?? '';
  const own = messages.filter((one) => one.reqId === reqId);
  return { reqId, audio: Buffer.concat(own.map((one) => one.audio)), end: own.at(-1)?.end === true };
}

function animate(world: Stage, count: number, end = false): void {
  world.transport.latest.animate(heard(world).reqId, count, { end });
}

async function lose(world: Stage): Promise<void> {
  const dials = world.transport.dials.length;
  world.transport.latest.drop();
  await world.clock.until(() => world.transport.dials.length === dials + 1);
  await world.clock.settle();
}

/** The value of each sample is its position. */
function audio(keyframes: number): Uint8Array {
  const samples = new Uint16Array((keyframes * KEYFRAME_BYTES) / 2).map((_, at) => at);
  return new Uint8Array(samples.buffer);
}

describe('speech that is resumed after a loss', () => {
  it('begins again with the lead-in, whose keyframes are skipped; one frame is marked as resumed', async () => {
    const world = await stage();
    const said = audio(100);
    const utterance = world.session.speak();
    await utterance.end(said);
    animate(world, 60);
    await lose(world);
    const second = heard(world);
    expect(second.end).toBe(true);
    expect(Buffer.compare(second.audio, said.subarray(35 * KEYFRAME_BYTES))).toBe(0);
    animate(world, 20);
    animate(world, 20);
    animate(world, 25, true);
    expect(await utterance.finished).toMatchObject({ outcome: 'replayed', keyframes: 100 });
    expect(world.frames.map(({ index, keyframes, resumed }) => [index, keyframes.length, resumed])).toEqual([
      [0, 60, false],
      [60, 15, true],
      [75, 25, false],
    ]);
    const ids = world.frames.map(({ raw }) => {
      const envelope = decodeServerMessage(raw);
      return envelope.type === MessageType.serverResponseAnimation ? envelope.reqId : '';
    });
    expect(new Set(ids)).toEqual(new Set([utterance.reqId]));
  });

  it('begins at the same position when the connection is lost again during the lead-in', async () => {
    const world = await stage();
    const utterance = world.session.speak();
    await utterance.write(audio(100));
    animate(world, 60);
    for (const leadIn of [0, 10, 25]) {
      await lose(world);
      expect(heard(world).audio.length).toBe((100 - 35) * KEYFRAME_BYTES);
      animate(world, leadIn);
    }
    animate(world, 1);
    expect(world.frames.filter(({ resumed }) => resumed).map(({ index }) => index)).toEqual([60]);
  });

  it('is interrupted during the recovery, and no more frames of it come', async () => {
    const world = await stage();
    const utterance = world.session.speak();
    await utterance.write(audio(100));
    animate(world, 60);
    await lose(world);
    animate(world, 20);
    await utterance.interrupt();
    animate(world, 20, true);
    expect(await utterance.finished).toMatchObject({ outcome: 'interrupted', keyframes: 60 });
    expect(world.frames).toHaveLength(1);
  });

  it('is sent again completely if it is Ogg Opus, or if recovery is replay', async () => {
    for (const options of [{ audioFormat: AudioFormat.OGG_OPUS }, { recovery: 'replay' }] as const) {
      const world = await stage(options);
      const utterance = world.session.speak();
      await utterance.write(audio(100));
      animate(world, 60);
      await lose(world);
      expect(heard(world).audio.length).toBe(100 * KEYFRAME_BYTES);
      animate(world, 61);
      expect(world.frames.map(({ index, resumed }) => [index, resumed])).toEqual([
        [0, false],
        [60, true],
      ]);
    }
  });

  it('is marked also for a loop that begins late', async () => {
    const world = await stage({ onFrame: undefined }, [], false);
    const utterance = world.session.speak();
    await utterance.end(audio(10));
    animate(world, 4);
    await lose(world);
    animate(world, 8);
    animate(world, 2, true);
    const got: (readonly [number, boolean])[] = [];
    for await (const { index, resumed } of utterance) got.push([index, resumed]);
    expect(got).toEqual([
      [0, false],
      [4, true],
      [8, false],
    ]);
  });
});

describe('audio for which keyframes have come', () => {
  it('is released except for the lead-in, for any length of the utterance', async () => {
    const world = await stage({ sampleRate: 48_000 });
    const second = new Uint8Array(96_000);
    const utterance = world.session.speak();
    let mostBytes = 0;
    let { reqId } = utterance;
    for (let at = 0; at < 3_600; at += 1) {
      const write = utterance.write(second);
      await world.clock.advance(1_000);
      await write;
      mostBytes = Math.max(mostBytes, keptProcessBytes());
      world.transport.latest.animate(reqId, 25);
      if (at === 1_800) {
        await lose(world);
        ({ reqId } = heard(world));
        world.transport.latest.animate(reqId, 25);
      }
      world.transport.latest.received.length = 0;
    }
    expect(mostBytes).toBeLessThan(512 * KIB);
    expect(mostBytes).toBeLessThan(8 * MIB);
    await utterance.end();
    animate(world, 0, true);
    expect(await utterance.finished).toMatchObject({ outcome: 'replayed', keyframes: 90_000 });
    expect(keptProcessBytes()).toBe(0);
  }, 60_000);

  it('frees memory for a waiting write', async () => {
    const world = await stage({ replay: { maxBytes: 100_000 } });
    const utterance = world.session.speak();
    await utterance.write(new Uint8Array(90_000));
    animate(world, 10);
    let accepted = false;
    const write = utterance.write(new Uint8Array(50_000)).then(() => (accepted = true));
    await world.clock.settle();
    expect(accepted).toBe(false);
    animate(world, 60);
    await write;
    animate(world, 39);
    await utterance.end();
    animate(world, 1, true);
    expect(await utterance.finished).toMatchObject({ outcome: 'delivered' });
  });

  it('does not free memory for a waiting write before keyframes come, or if it can never be enough', async () => {
    const world = await stage({ replay: { maxBytes: 100_000 } });
    const silent = world.session.speak();
    await silent.write(new Uint8Array(90_000));
    await expect(silent.write(new Uint8Array(20_000))).rejects.toThrow(
      /replay\.maxBytes \(100000 bytes\).*raise that/,
    );
    const small = world.session.speak();
    await small.write(new Uint8Array(90_000));
    animate(world, 60);
    await expect(small.write(new Uint8Array(80_000))).rejects.toThrow(/replay\.maxBytes/);
  });

  it('is kept completely with recovery replay', async () => {
    const world = await stage({ recovery: 'replay' });
    const utterance = world.session.speak();
    await utterance.write(audio(1_000));
    animate(world, 1_000);
    expect(keptProcessBytes()).toBe(1_000 * KEYFRAME_BYTES);
  });

  it.each(['drop', 'fail'] as const)(
    'is released with recovery %s, which makes no re-send',
    async (recovery) => {
      const world = await stage({ recovery });
      const utterance = world.session.speak();
      await utterance.write(audio(1_000));
      animate(world, 1_000);
      expect(keptProcessBytes()).toBe(0);
    },
  );
});

describe('audio that a room has played', () => {
  const livekitEgress = {
    url: 'wss://room.test',
    roomName: 'room',
    publisherId: 'avatar',
    apiToken: 'room-token',
  };

  function played(world: Stage, playedMs: number): void {
    world.transport.latest.say({
      type: MessageType.serverPlaybackState,
      connectionId: 'connection-1',
      reqId: heard(world).reqId,
      state: PlaybackStateValue.playing,
      playedMs,
      reason: '',
    });
  }

  it('is released as the service reports positions', async () => {
    const world = await stage({ livekitEgress }, ['playback_state']);
    const utterance = world.session.speak();
    await utterance.write(audio(1_000));
    played(world, 30_000);
    expect(keptProcessBytes()).toBe(250 * KEYFRAME_BYTES);
    await lose(world);
    expect(heard(world).audio.length).toBeLessThanOrEqual(250 * KEYFRAME_BYTES);
  });

  it('is kept if the service reports none', async () => {
    const world = await stage({ livekitEgress });
    const utterance = world.session.speak();
    await utterance.write(audio(1_000));
    animate(world, 0);
    expect(keptProcessBytes()).toBe(1_000 * KEYFRAME_BYTES);
  });
});
