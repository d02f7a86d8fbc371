/**
 * Ogg Opus in a room: the pages determine how long the service may play without a message. In virtual time.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { AudioFormat, AvatarSession } from '../../../src/index.js';
import { MessageType } from '../../../src/ports/message.js';
import { opusStream } from '../../emulator/ogg.js';
import { startedVirtualSession } from '../virtual-session.js';
import type { VirtualSession } from '../virtual-session.js';

afterEach(() => AvatarSession.closeAll());

const SILENCE_MS = 1_500;
const livekitEgress = { url: 'wss://room.test', roomName: 'r', publisherId: 'p', apiToken: 't' };

/** A session whose service reports that playback has begun, and then sends only what the test sends. */
function started(): Promise<VirtualSession> {
  return startedVirtualSession({
    service: (dial) => void dial.confirm(),
    options: {
      heartbeat: false,
      audioFormat: AudioFormat.OGG_OPUS,
      sampleRate: 48_000,
      silenceTimeoutMs: SILENCE_MS,
      livekitEgress,
    },
  });
}

function signal({ transport }: VirtualSession, reqId: string, end: boolean): void {
  const head = { type: MessageType.serverResponseAnimation, connectionId: 'c', avatarId: '' } as const;
  transport.latest.say({ ...head, reqId, end, keyframes: [] });
}

async function outcomeAfter(
  virtual: VirtualSession,
  audio: readonly Uint8Array[],
  ms: number,
): Promise<string> {
  let outcome = 'pending';
  const utterance = virtual.session.speak(audio);
  utterance.finished.then(
    (result) => (outcome = result.outcome),
    (error: unknown) => (outcome = String((error as { outcome?: unknown }).outcome)),
  );
  await virtual.clock.settle();
  signal(virtual, utterance.reqId, false);
  await virtual.clock.advance(ms);
  if (outcome === 'pending') signal(virtual, utterance.reqId, true);
  await virtual.clock.settle();
  return outcome;
}

const inChunks = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, nth) =>
    bytes.subarray(nth * size, (nth + 1) * size),
  );

describe('Ogg Opus in a room', () => {
  it.each([
    ['in one piece', 1_000_000],
    ['in chunks that end anywhere', 77],
  ])('does not expire while it is played: %s', async (_how, size) => {
    const virtual = await started();
    expect(await outcomeAfter(virtual, inChunks(opusStream(60_000), size), 60_000 + SILENCE_MS - 1)).toBe(
      'delivered',
    );
  });

  it('expires when the service is silent for longer than its duration', async () => {
    const virtual = await started();
    expect(await outcomeAfter(virtual, [opusStream(60_000)], 60_000 + SILENCE_MS)).toBe('expired');
  });

  it('of unknown duration has no deadline from its size, but ends at some time', async () => {
    const virtual = await started();
    const noPages = new Uint8Array(24_000);
    expect(await outcomeAfter(virtual, [noPages], 60_000)).toBe('delivered');
    expect(await outcomeAfter(virtual, [noPages], 3_600_000)).toBe('expired');
  });
});
