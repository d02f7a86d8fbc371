/** Audio is written faster than the line sends it, with default options and in virtual time. */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSession } from '../../src/index.js';
import type { AvatarSessionOptions, Utterance } from '../../src/index.js';
import { VirtualClock } from '../virtual-clock.js';
import { SlowLine } from './slow-line.js';
import type { SlowLinePlan, SlowSocket } from './slow-line.js';
import { virtualSession } from './virtual-session.js';
import type { VirtualSession } from './virtual-session.js';

afterEach(() => AvatarSession.closeAll());

const MIB = 1024 * 1024;
const SPEECH_BYTES = 8_000_000;
const livekitEgress = { url: 'wss://room.test', apiToken: 'token', roomName: 'room', publisherId: 'avatar' };

async function started(
  plan: SlowLinePlan,
  options: Partial<AvatarSessionOptions> = {},
): Promise<VirtualSession & { line: SlowLine; socket: SlowSocket }> {
  const clock = new VirtualClock();
  const line = new SlowLine(clock, plan);
  const service = (): void => undefined;
  const virtual = virtualSession({ service, clock, options: { ...options, transport: line } });
  const start = virtual.session.start();
  await clock.until(() => virtual.session.state === 'websocket_runtime');
  await start;
  const [socket] = line.sockets;
  if (socket === undefined) throw new Error('no socket');
  return { ...virtual, line, socket };
}

/** The outcome of an utterance; undefined while it is unfinished. */
function watched({ finished }: Utterance): { readonly outcome: () => unknown } {
  let outcome: unknown;
  finished.then(
    (result) => (outcome = result.outcome),
    (error: unknown) => (outcome = error),
  );
  return { outcome: () => outcome };
}

describe('eight megabytes of speech', () => {
  const rates = [64_000, 200_000, 400_000];
  const ways: readonly [string, Omit<SlowLinePlan, 'bytesPerSecond'>][] = [
    ['a line whose socket reports the waiting bytes', { systemBytes: 0 }],
    ['a line with four megabytes of buffers', { systemBytes: 4 * MIB }],
    ['a line with endless buffers', { systemBytes: Infinity }],
  ];
  const lines = rates.flatMap((rate) => ways.map(([name, plan]) => [rate, name, plan] as const));
  const all = lines.flatMap((line) => [
    [...line, 'without egress', {}] as const,
    [...line, 'with egress', { livekitEgress }] as const,
  ]);

  it.each(all)(
    'at %i bytes per second over %s, %s %s: uses one connection, and no ping waits for a second',
    async (...given) => {
      const [bytesPerSecond, , plan, , options] = given;
      const { session, clock, line, socket, errors } = await started({ bytesPerSecond, ...plan }, options);
      const spoken = watched(session.speak(new Uint8Array(SPEECH_BYTES)));
      while (spoken.outcome() === undefined) {
        await clock.advance(700);
        socket.pinged();
      }
      expect([spoken.outcome(), errors, line.sockets.length]).toEqual(['delivered', [], 1]);
      expect(socket.heardBytes).toBe(SPEECH_BYTES);
      expect(Math.max(...socket.pingWaitsMs)).toBeLessThan(1_000);
      // The line is used most of the time.
      expect(clock.nowMs()).toBeLessThan((1_300 * SPEECH_BYTES) / bytesPerSecond);
    },
  );

  it.each([
    ['that does not report answers to pings, but counts their bytes as received', { tellsAnswers: false }],
    ['that cannot ping', { canPing: false }],
  ] as const)(
    'is sent over a transport %s: the waiting bytes are limited to those of a certain time',
    async (_name, plan) => {
      const { session, clock, line, socket, errors } = await started({ bytesPerSecond: 64_000, ...plan });
      const spoken = watched(session.speak(new Uint8Array(2_000_000)));
      let most = 0;
      while (spoken.outcome() === undefined) {
        await clock.advance(100);
        most = Math.max(most, socket.bufferedBytes);
      }
      expect([spoken.outcome(), errors, line.sockets.length]).toEqual(['delivered', [], 1]);
      expect(most).toBeLessThanOrEqual(64_000);
    },
  );
});

describe('audio and its end in one write', () => {
  it('is sent with its last byte, for any fill of the window', async () => {
    const { session, clock, socket } = await started({ bytesPerSecond: 400_000, systemBytes: MIB });
    for (let bytes = 140_000, utterances = 1; bytes < 340_000; bytes += 5_000, utterances++) {
      const heardBytes = socket.heardBytes;
      const utterance = session.speak();
      await utterance.write(new Uint8Array(40_000));
      const spoken = watched(utterance);
      void utterance.end(new Uint8Array(bytes));
      await clock.until(() => spoken.outcome() !== undefined);
      expect(socket.heardBytes - heardBytes).toBe(40_000 + bytes);
      expect(socket.heardEnds).toBe(utterances);
    }
  });
});

describe('a line that takes bytes every five seconds', () => {
  it('delivers everything, and no write with progress fails', async () => {
    const plan = { bytesPerSecond: 100_000, burstMs: 5_000 };
    const { session, clock, line, errors } = await started(plan, {
      heartbeat: false,
      silenceTimeoutMs: 8_000,
    });
    const spoken = watched(session.speak(new Uint8Array(2_000_000)));
    await clock.until(() => spoken.outcome() !== undefined, 3_600_000);
    expect([spoken.outcome(), errors, line.sockets.length]).toEqual(['delivered', [], 1]);
  });
});

describe('a write that waits for the socket', () => {
  it('fails silenceTimeoutMs after the last byte that the socket accepted, or soon after', async () => {
    const { session, clock, socket } = await started(
      { bytesPerSecond: 10_000 },
      { heartbeat: false, silenceTimeoutMs: 2_000 },
    );
    const utterance = session.speak();
    let refusedAtMs: number | undefined;
    utterance.write(new Uint8Array(200_000)).catch(() => (refusedAtMs = clock.nowMs()));
    await clock.advance(12_000);
    expect(refusedAtMs).toBeUndefined();
    socket.takes = false;
    const stoodStillAtMs = clock.nowMs();
    await clock.until(() => refusedAtMs !== undefined);
    expect(Number(refusedAtMs) - stoodStillAtMs).toBeLessThanOrEqual(4_000);
    expect(Number(refusedAtMs) - stoodStillAtMs).toBeGreaterThan(1_000);
    await expect(utterance.finished).rejects.toMatchObject({ code: 'upstreamError', outcome: 'expired' });
  });
});
