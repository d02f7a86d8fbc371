/** One connection with egress, from the view of a bare client. */
import { describe, expect, it } from 'vitest';
import { AvatarEmulator, type EmulatorOptions } from '../../../src/emulator/index.js';
import { EgressType, MessageType, PlaybackStateValue } from '../../../src/ports/message.js';
import { tone } from '../pcm.js';
import { connect, type RawClient } from '../raw-client.js';

const { playing, paused, ended, interrupted } = PlaybackStateValue;

async function inRoom(service: AvatarEmulator): Promise<RawClient> {
  return connect(service, { egressType: EgressType.agora, agoraEgress: { channelName: 'c' } });
}

async function start(options: EmulatorOptions = {}): Promise<AvatarEmulator> {
  return AvatarEmulator.start({ playoutSpeed: 10, playbackStateIntervalMs: Infinity, ...options });
}

function states(client: RawClient, reqId: string): [number, string][] {
  const all = client.of(MessageType.serverPlaybackState);
  return all.filter((state) => state.reqId === reqId).map(({ state, reason }) => [state, reason]);
}

describe('egress', () => {
  it('reports playing and drained with empty animation messages, in scaled real time', async () => {
    await using service = await start();
    const client = await inRoom(service);
    const startedAtMs = performance.now();
    client.audio('r1', tone(1_000), true);
    await client.until(() => client.hasEnded('r1'));
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(95);
    expect(client.animations('r1')).toEqual([
      { end: false, keyframes: [] },
      { end: true, keyframes: [] },
    ]);
    expect(client.of(MessageType.serverPlaybackState)).toMatchObject([
      { reqId: 'r1', state: playing, playedMs: 0 },
      { reqId: 'r1', state: ended, playedMs: 1_000 },
    ]);
  });

  it('reports the position periodically and never backwards', async () => {
    await using service = await start({ playbackStateIntervalMs: 10 });
    const client = await inRoom(service);
    client.audio('r1', tone(1_000), true);
    await client.until(() => client.hasEnded('r1'));
    const positions = client.of(MessageType.serverPlaybackState).map(({ playedMs }) => playedMs);
    expect(positions.length).toBeGreaterThan(3);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
  });

  it('waits for more audio when it has none left, and does not end before the client’s end', async () => {
    await using service = await start();
    const client = await inRoom(service);
    client.audio('r1', tone(100), false);
    await client.until(() => states(client, 'r1').length === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.hasEnded('r1')).toBe(false);
    client.audio('r1', tone(100), true);
    await client.until(() => client.hasEnded('r1'));
    expect(client.of(MessageType.serverPlaybackState).at(-1)).toMatchObject({ state: ended, playedMs: 200 });
  });

  it('plays one request after the other', async () => {
    await using service = await start();
    const client = await inRoom(service);
    client.audio('r1', tone(300), true);
    client.audio('r2', tone(300), true);
    await client.until(() => client.hasEnded('r2'));
    const order = client.of(MessageType.serverPlaybackState).map(({ reqId, state }) => [reqId, state]);
    expect(order).toEqual([
      ['r1', playing],
      ['r1', ended],
      ['r2', playing],
      ['r2', ended],
    ]);
  });

  it('interrupts the playing request for a new one if configured', async () => {
    await using service = await start({ egressOverlap: 'preempt' });
    const client = await inRoom(service);
    client.audio('r1', tone(5_000), true);
    client.audio('r2', tone(100), true);
    await client.until(() => client.hasEnded('r2'));
    expect(states(client, 'r1')).toEqual([
      [playing, ''],
      [interrupted, 'preempted'],
    ]);
    expect(client.hasEnded('r1')).toBe(false);
  });

  it('pauses, accepts audio meanwhile, and resumes at the same position', async () => {
    await using service = await start({ playoutSpeed: 2 });
    const client = await inRoom(service);
    client.audio('r1', tone(500), false);
    client.pause('r1');
    await client.until(() => states(client, 'r1').length === 2);
    const pausedAt = client.of(MessageType.serverPlaybackState).at(-1)?.playedMs ?? Infinity;
    client.audio('r1', tone(100), true);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(client.hasEnded('r1')).toBe(false);
    client.resume('r1');
    await client.until(() => client.hasEnded('r1'));
    expect(pausedAt).toBeLessThan(500);
    expect(states(client, 'r1').map(([state]) => state)).toContain(paused);
    expect(client.of(MessageType.serverPlaybackState).at(-1)).toMatchObject({ state: ended, playedMs: 600 });
  });

  it('interrupts a request that is paused for too long', async () => {
    await using service = await start({ pauseTimeoutMs: 30 });
    const client = await inRoom(service);
    client.audio('r1', tone(5_000), true);
    client.pause('r1');
    await client.until(() => states(client, 'r1').length === 3);
    expect(states(client, 'r1').at(-1)).toEqual([interrupted, 'pause_timeout']);
    client.resume('r1');
    await client.roundTrip();
    expect(states(client, 'r1')).toHaveLength(3);
  });

  it('reports the position of an interrupt, and plays the next request', async () => {
    await using service = await start();
    const client = await inRoom(service);
    client.audio('r1', tone(5_000), true);
    client.audio('r2', tone(100), true);
    client.interrupt('r1');
    await client.until(() => client.hasEnded('r2'));
    expect(states(client, 'r1').at(-1)).toEqual([interrupted, 'explicit']);
    expect(client.hasEnded('r1')).toBe(false);
  });

  it('reports no playback state and ignores a pause without the capabilities', async () => {
    await using service = await start({ capabilities: [] });
    const client = await inRoom(service);
    client.audio('r1', tone(200), true);
    client.pause('r1');
    await client.until(() => client.hasEnded('r1'));
    expect(client.of(MessageType.serverPlaybackState)).toEqual([]);
    const detail = 'paused: no capability playback_control';
    expect(service.log).toContainEqual(expect.objectContaining({ event: 'ignored', detail }));
  });

  it('reports an early end by a fault, and plays the following audio', async () => {
    await using service = await start({ faults: [{ kind: 'earlyEnd', phase: 'runtime' }] });
    const client = await inRoom(service);
    client.audio('r1', tone(200), false);
    await client.until(() => client.hasEnded('r1'));
    expect(states(client, 'r1')).toEqual([
      [playing, ''],
      [ended, ''],
    ]);
    client.audio('r1', tone(200), true);
    await client.until(() => client.animations('r1').filter(({ end }) => end).length === 2);
    expect(client.of(MessageType.serverPlaybackState).at(-1)).toMatchObject({ state: ended, playedMs: 400 });
  });
});
