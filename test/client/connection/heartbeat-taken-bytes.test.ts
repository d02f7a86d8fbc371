/**
 * Sent bytes that the peer takes are a sign of life. When a connection ends, the time without a sign of life is
 * reported.
 */
import { describe, expect, it } from 'vitest';
import { watch } from './watched-peer.js';

describe('a peer that takes sent bytes', () => {
  it.each([1_000, 4_999])('every %i ms is not lost', async (everyMs) => {
    const { clock, peer, deadAtMs } = watch();
    peer.bufferedBytes = 300_000;
    for (let elapsedMs = 0; elapsedMs < 60_000; elapsedMs += everyMs) {
      await clock.advance(everyMs);
      peer.takenBytes += 64_000;
    }
    expect(deadAtMs).toEqual([]);
  });
});

describe('a peer that stops taking sent bytes', () => {
  it.each([200, 4_600, 14_300, 59_999])('after %i ms is detected in time', async (afterMs) => {
    const { clock, peer, deadAtMs } = watch();
    peer.bufferedBytes = 300_000;
    for (let elapsedMs = 0; elapsedMs < afterMs; elapsedMs += 100) {
      await clock.advance(100);
      peer.takenBytes += 6_400;
    }
    const atMs = clock.nowMs();
    await clock.advance(30_000);
    const silentMs = (deadAtMs[0] ?? NaN) - atMs;
    expect(silentMs).toBeLessThanOrEqual(10_000);
    expect(silentMs).toBeGreaterThanOrEqual(4_500);
  });

  it('is detected although the operating system still accepts bytes: no bytes wait in the buffer of the socket', async () => {
    const { clock, peer, deadAtMs } = watch();
    for (let elapsedMs = 0; elapsedMs < 20_000; elapsedMs += 100) {
      await clock.advance(100);
      peer.takenBytes += 640;
    }
    expect(deadAtMs[0]).toBeLessThanOrEqual(10_000);
  });
});

describe('the silence at the end of a connection', () => {
  it.each([0, 100, 1_000, 4_000, 4_400])(
    'is reported with an error of at most half a tick when it lasted %i ms',
    async (silentMs) => {
      for (const heardAtMs of [1_000, 1_060, 1_125, 1_249]) {
        const { clock, peer, heartbeat } = watch();
        await clock.advance(heardAtMs);
        peer.bytes += 1;
        heartbeat.heard();
        await clock.advance(silentMs);
        const silence = heartbeat.silence();
        expect(Math.abs(silence.silentMs - silentMs)).toBeLessThanOrEqual(126);
        expect(silence.pingOverdue).toBe(false);
      }
    },
  );

  it('is reported together with whether a ping still waits for its answer', async () => {
    const { clock, heartbeat } = watch();
    await clock.advance(6_000);
    expect(heartbeat.silence()).toMatchObject({ pingOverdue: true, pingAnswered: false });
  });
});
