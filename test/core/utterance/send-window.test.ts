/**
 * How many bytes may be in flight on lines of different speed and delay: a ping waits at most one second, and the
 * line is used.
 */
import { describe, expect, it } from 'vitest';
import { SendWindow } from '../../../src/core/utterance/send-window.js';
import { SimulatedLine } from './simulated-line.js';
import type { LinePlan } from './simulated-line.js';

const KIB = 1024;

/** The bytes that the peer reads per second after the window has settled, and the longest wait of a byte. */
function used(plan: LinePlan, settleMs = 15_000): { readPerSecond: number; longestWaitMs: number } {
  const line = new SimulatedLine(plan);
  line.run(settleMs);
  const settledAtBytes = line.readBytes;
  line.run(10_000);
  return { readPerSecond: (line.readBytes - settledAtBytes) / 10, longestWaitMs: line.longestWaitMs };
}

describe('a send window over a line', () => {
  const rates = [64_000, 100_000, 200_000, 400_000, 1_000_000, 4_000_000];
  const roundTrips = [2, 40, 150, 300];
  const lines = rates.flatMap((rate) => roundTrips.map((roundTripMs) => [rate, roundTripMs] as const));

  it.each(lines)(
    'of %i bytes per second and a round trip of %i ms lets no byte wait for a second, and uses the line',
    (...line) => {
      const [bytesPerSecond, roundTripMs] = line;
      const { readPerSecond, longestWaitMs } = used({ bytesPerSecond, roundTripMs });
      expect(longestWaitMs).toBeLessThan(1_000);
      expect(readPerSecond).toBeGreaterThan(0.8 * bytesPerSecond);
    },
  );

  it.each([
    [64_000, 20],
    [64_000, 200],
    [400_000, 5],
    [400_000, 100],
  ])(
    'to a peer that reads %i bytes per second, every %i ms, lets no byte wait for one second more than this interval, and uses the line',
    (...peer) => {
      const [bytesPerSecond, readsEveryMs] = peer;
      const { readPerSecond, longestWaitMs } = used({ bytesPerSecond, roundTripMs: 4, readsEveryMs });
      expect(longestWaitMs).toBeLessThan(1_000 + readsEveryMs);
      expect(readPerSecond).toBeGreaterThan(0.7 * bytesPerSecond);
    },
  );

  it('to a peer that reads everything every 5 s does not shrink too far, because the pauses of the peer do not depend on it', () => {
    const plan = { bytesPerSecond: 1e9, roundTripMs: 4, readsEveryMs: 5_000, readsAll: true };
    expect(used(plan, 120_000).readPerSecond).toBeGreaterThan(200_000);
  });

  it('that is fast and has a short round trip opens within a second', () => {
    const line = new SimulatedLine({ bytesPerSecond: 1e9, roundTripMs: 2 });
    line.run(1_200);
    expect(line.window.isWide).toBe(true);
  });

  it('that becomes slow shrinks again', () => {
    const plan = { bytesPerSecond: 2_000_000, roundTripMs: 20 };
    const line = new SimulatedLine(plan);
    line.run(10_000);
    expect(line.window.bytes).toBeGreaterThan(500 * KIB);
    plan.bytesPerSecond = 100_000;
    line.run(60_000);
    expect(line.window.bytes).toBeLessThan(80 * KIB);
  });
});

describe('a send window', () => {
  it('has messages of an even size, which are small enough for a slow line', () => {
    const window = new SendWindow();
    expect(window.pieceBytes).toBe(16 * KIB);
    for (let look = 0; look < 20; look += 1) window.taken(5_000, 1_000, false);
    expect([window.bytes, window.pieceBytes]).toEqual([16 * KIB, 8 * KIB]);
    for (let look = 0; look < 20; look += 1) window.taken(999_999, 10, false);
    expect(window.pieceBytes % 2).toBe(0);
    expect(window.isWide).toBe(true);
  });

  it('follows the rate at which the socket is emptied, if no pings are answered', () => {
    const window = new SendWindow();
    for (let look = 0; look < 20; look += 1)
      window.taken(window.bytes * 0.75, (window.bytes * 0.75) / 64, false);
    expect(window.bytes / 64_000).toBeGreaterThan(0.2);
    expect(window.bytes / 64_000).toBeLessThan(1);
  });

  it('ignores other pings: an answer that it does not wait for has no effect', () => {
    const window = new SendWindow();
    expect(window.answered(5, false)).toBe(false);
    window.probed(100, 10);
    expect([window.answered(20, false), window.answered(21, false)]).toEqual([true, false]);
    expect(window.answeredBytes).toBe(100);
  });

  it('counts bytes as read when that is assumed, and after a new connection', () => {
    const window = new SendWindow();
    window.probed(60_000, 0);
    expect(window.isFull(60_000)).toBe(true);
    window.presumeRead(60_000);
    expect([window.isFull(60_000), window.answered(1, true)]).toEqual([false, false]);
    window.probed(120_000, 0);
    window.restart(120_000);
    expect([window.isFull(120_000), window.nextProbeBytes]).toEqual([false, 120_000]);
  });
});
