/** Faults of a confirmed session from the view of a bare client. */
import { describe, expect, it } from 'vitest';
import { AvatarEmulator, animate, type EmulatorOptions, type FaultIn } from '../../../src/emulator/index.js';
import { MessageType } from '../../../src/ports/message.js';
import { pieces, tone } from '../pcm.js';
import { connect, type RawClient } from '../raw-client.js';

const PCM = tone(1_000);

/** Sends one second of speech in pieces of 20 ms. */
function speak(client: RawClient, reqId: string): void {
  for (const piece of pieces(PCM, 640)) client.audio(reqId, piece, false);
  client.audio(reqId, new Uint8Array(0), true);
}

async function start(fault: FaultIn<'runtime'>, options: EmulatorOptions = {}): Promise<AvatarEmulator> {
  return AvatarEmulator.start({ ...options, faults: [fault] });
}

describe('faults at runtime that end the connection', () => {
  it.each<[string, FaultIn<'runtime'>, number]>([
    ['a reset', { kind: 'reset', phase: 'runtime', afterKeyframes: 10 }, 1006],
    ['a close', { kind: 'close', phase: 'runtime', afterKeyframes: 10, code: 4503, reason: 'deploy' }, 4503],
    ['half a frame', { kind: 'truncate', phase: 'runtime', afterKeyframes: 10, variant: 'frame' }, 1006],
  ])('%s after exactly ten keyframes', async (_name, fault, code) => {
    await using service = await start(fault);
    const client = await connect(service);
    speak(client, 'r1');
    expect((await client.closed).code).toBe(code);
    const sent = service.log.filter(({ event }) => event === 'animation');
    expect(sent).toHaveLength(10);
    expect(client.keyframes('r1')).toEqual(animate(PCM, 16_000).slice(0, client.keyframes('r1').length));
    expect(await service.waitFor(({ event }) => event === 'closed')).toMatchObject({ by: 'fault' });
    const again = await connect(service);
    speak(again, 'r2');
    await again.until(() => again.hasEnded('r2'));
    expect(again.keyframes('r2')).toEqual(animate(PCM, 16_000));
  });

  it('closes after an amount of audio in the second request', async () => {
    const at = { phase: 'runtime', request: 2, afterAudioBytes: 6_400 } as const;
    await using service = await start({ kind: 'close', ...at, code: 1012 });
    const client = await connect(service);
    speak(client, 'r1');
    speak(client, 'r2');
    expect((await client.closed).code).toBe(1012);
    expect(client.hasEnded('r1')).toBe(true);
    expect(client.keyframes('r2')).toHaveLength(5);
  });

  it('closes a configured time after the confirmation', async () => {
    await using service = await start({ kind: 'close', phase: 'runtime', afterMs: 60, code: 4001 });
    const client = await connect(service);
    const startedAtMs = performance.now();
    expect((await client.closed).code).toBe(4001);
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(50);
  });

  it('becomes silent: no pong, no frame, but it detects the end of the client', async () => {
    await using service = await start({ kind: 'silence', phase: 'runtime', afterKeyframes: 3 });
    const client = await connect(service);
    speak(client, 'r1');
    await service.waitFor(({ event }) => event === 'faultFired');
    const pong = client.roundTrip().then(() => true);
    expect(await Promise.race([pong, new Promise((resolve) => setTimeout(resolve, 100, false))])).toBe(false);
    expect(client.keyframes('r1')).toHaveLength(3);
    expect(service.openSockets).toBe(1);
    client.ws.terminate();
    await service.waitFor(({ event }) => event === 'closed');
    expect(service.openSockets).toBe(0);
  });

  it('becomes silent for a while, and then answers everything', async () => {
    await using service = await start({
      kind: 'silence',
      phase: 'runtime',
      afterKeyframes: 3,
      durationMs: 80,
    });
    const client = await connect(service);
    const startedAtMs = performance.now();
    speak(client, 'r1');
    await client.until(() => client.hasEnded('r1'));
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(75);
    expect(client.keyframes('r1')).toEqual(animate(PCM, 16_000));
  });

  it('stays silent permanently when a temporary silence ends during it', async () => {
    const silence = { kind: 'silence', phase: 'runtime', afterKeyframes: 3 } as const;
    await using service = await AvatarEmulator.start({ faults: [{ ...silence, durationMs: 20 }, silence] });
    const client = await connect(service);
    speak(client, 'r1');
    await service.waitFor(({ event }) => event === 'faultFired');
    const pong = client.roundTrip().then(() => true);
    expect(await Promise.race([pong, new Promise((resolve) => setTimeout(resolve, 100, false))])).toBe(false);
    client.ws.terminate();
  });

  it('stops reading, so that the client gets backpressure', async () => {
    await using service = await start({ kind: 'silence', phase: 'runtime', stopReading: true });
    const client = await connect(service);
    const piece = new Uint8Array(64 * 1024);
    for (let sent = 0; sent < 400; sent++) client.audio('r1', piece, false);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(client.ws.bufferedAmount).toBeGreaterThan(1_000_000);
  });
});

describe('faults at runtime that do not end the connection', () => {
  it.each<[string, FaultIn<'runtime'>, string | number, number]>([
    ['garbage', { kind: 'garble', phase: 'runtime', afterKeyframes: 5, count: 3 }, 'undecodable', 3],
    ['text', { kind: 'textFrame', phase: 'runtime', afterKeyframes: 5 }, 'text', 1],
    [
      'half an envelope',
      { kind: 'truncate', phase: 'runtime', afterKeyframes: 5, variant: 'message' },
      'undecodable',
      1,
    ],
    [
      'a large frame',
      { kind: 'oversizedFrame', phase: 'runtime', afterKeyframes: 5, bytes: 100_000 },
      'undecodable',
      1,
    ],
    [
      'a foreign error',
      { kind: 'serverError', phase: 'runtime', code: 14, message: 'x', reqId: 'foreign' },
      4,
      1,
    ],
  ])('%s, and all keyframes', async (_name, fault, type, count) => {
    await using service = await start(fault);
    const client = await connect(service);
    speak(client, 'r1');
    await client.until(() => client.hasEnded('r1'));
    expect(client.arrivals.filter((arrival) => arrival.type === type)).toHaveLength(count);
    expect(client.keyframes('r1')).toEqual(animate(PCM, 16_000));
  });

  it('sends frames of an unknown request', async () => {
    await using service = await start({
      kind: 'foreignFrames',
      phase: 'runtime',
      afterKeyframes: 5,
      count: 2,
    });
    const client = await connect(service);
    speak(client, 'r1');
    await client.until(() => client.hasEnded('r1'));
    const foreign = client.of(MessageType.serverResponseAnimation).filter(({ reqId }) => reqId !== 'r1');
    expect(foreign.map(({ end, keyframes }) => [end, keyframes.length])).toEqual([
      [false, 1],
      [true, 1],
    ]);
  });

  it('has the id of the current request in an error', async () => {
    const detail = { code: 14, message: 'driven server request failed', reqId: 'current' } as const;
    await using service = await start({ kind: 'serverError', phase: 'runtime', request: 2, ...detail });
    const client = await connect(service);
    speak(client, 'r1');
    speak(client, 'r2');
    await client.until(() => client.hasEnded('r2'));
    expect(client.of(MessageType.serverError)).toMatchObject([{ code: 14, reqId: 'r2' }]);
  });

  it('sends an end twice', async () => {
    await using service = await start({ kind: 'duplicateEnd', phase: 'runtime', request: 2 });
    const client = await connect(service);
    speak(client, 'r1');
    speak(client, 'r2');
    client.audio('r3', new Uint8Array(0), true);
    await client.until(() => client.hasEnded('r3'));
    const ends = ['r1', 'r2', 'r3'].map((reqId) => client.animations(reqId).filter(({ end }) => end).length);
    expect(ends).toEqual([1, 2, 1]);
  });

  it('never sends the end', async () => {
    await using service = await start({ kind: 'dropEnd', phase: 'runtime' });
    const client = await connect(service);
    client.audio('r1', PCM, true);
    client.audio('r2', new Uint8Array(0), true);
    await client.until(() => client.hasEnded('r2'));
    expect(client.hasEnded('r1')).toBe(false);
    expect(client.keyframes('r1')).toEqual(animate(PCM, 16_000));
  });

  it('repeats a message', async () => {
    await using service = await start({ kind: 'duplicateFrame', phase: 'runtime', afterKeyframes: 5 });
    const client = await connect(service);
    speak(client, 'r1');
    await client.until(() => client.hasEnded('r1'));
    const expected = animate(PCM, 16_000);
    expect(client.keyframes('r1')).toEqual([...expected.slice(0, 6), ...expected.slice(5)]);
  });

  it('sends frames after an interrupt', async () => {
    const amount = { keyframes: 4, overMs: 40 };
    await using service = await start({ kind: 'framesAfterInterrupt', phase: 'runtime', ...amount });
    const client = await connect(service);
    client.audio('r1', PCM, false);
    await client.roundTrip();
    const before = client.keyframes('r1').length;
    client.interrupt('r1');
    await client.until(() => client.keyframes('r1').length === before + 4);
    expect(client.hasEnded('r1')).toBe(false);
  });

  it('reports a position that decreases', async () => {
    const options = { playoutSpeed: 10, playbackStateIntervalMs: 10 };
    const at = { phase: 'runtime', request: 1, afterMs: 500 } as const;
    await using service = await start({ kind: 'playedMsBackwards', ...at, byMs: 100 }, options);
    const client = await connect(service, { egressType: 2, agoraEgress: { channelName: 'c' } });
    client.audio('r1', tone(10_000), true);
    await client.until(() => client.hasEnded('r1'));
    const positions = client.of(MessageType.serverPlaybackState).map(({ playedMs }) => playedMs);
    const steps = positions.slice(1).map((position, index) => position - (positions[index] ?? 0));
    expect(steps.filter((step) => step < 0)).toEqual([-100]);
  });

  it('delays all messages for a while, in order, and answers pings', async () => {
    await using service = await start({ kind: 'delay', phase: 'runtime', afterKeyframes: 5, delayMs: 400 });
    const client = await connect(service);
    speak(client, 'r1');
    await client.roundTrip();
    expect(client.keyframes('r1')).toHaveLength(5);
    await client.until(() => client.hasEnded('r1'));
    expect(client.keyframes('r1')).toEqual(animate(PCM, 16_000));
  });
});
