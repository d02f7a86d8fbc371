/** A silent peer is detected in time, and a stall of this process does not count as silence of the peer. */
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../virtual-clock.js';
import { DEFAULTS, Peer, watch } from './watched-peer.js';

describe('a silent peer', () => {
  it.each<readonly [number, number]>([
    [5_000, 5_000],
    [20, 20],
    [20, 5_000],
    [5_000, 20],
    [1_000, 333],
    [60_000, 10_000],
  ])('with %i + %i ms is pinged once, and detected within the sum of both', async (intervalMs, timeoutMs) => {
    const { clock, peer, deadAtMs, silences } = watch({ intervalMs, timeoutMs });
    await clock.advance(3 * (intervalMs + timeoutMs));
    expect(deadAtMs).toHaveLength(1);
    expect(deadAtMs[0]).toBeLessThanOrEqual(intervalMs + timeoutMs);
    expect(deadAtMs[0]).toBeGreaterThanOrEqual(timeoutMs);
    expect([peer.pings, silences]).toEqual([1, deadAtMs]);
  });

  it.each([1, 100, 249, 4_999])(
    'is detected in time when it falls silent %i ms after a tick',
    async (afterMs) => {
      const { clock, peer, heartbeat, deadAtMs, silences } = watch();
      await clock.advance(afterMs);
      peer.bytes += 1;
      heartbeat.heard();
      await clock.advance(30_000);
      const silentMs = (deadAtMs[0] ?? NaN) - afterMs;
      expect(silentMs).toBeLessThanOrEqual(10_000);
      expect(silentMs).toBeGreaterThan(9_000);
      expect(Math.abs((silences[0] ?? NaN) - silentMs)).toBeLessThanOrEqual(250);
    },
  );

  it.each([1, 100, 249, 4_400, 4_999])(
    'is detected in time when its last bytes, %i ms after a tick, were not a complete message',
    async (afterMs) => {
      const { clock, peer, deadAtMs, silences } = watch();
      await clock.advance(afterMs);
      peer.bytes += 1;
      await clock.advance(30_000);
      const silentMs = (deadAtMs[0] ?? NaN) - afterMs;
      expect(silentMs).toBeLessThanOrEqual(10_000);
      expect(silentMs).toBeGreaterThanOrEqual(4_750);
      expect(silences[0]).toBeLessThanOrEqual(silentMs + 250);
    },
  );
});

describe.each([true, false])('a peer whose answers are reported: %s', (reported) => {
  it.each([200, 4_600, 14_300, 59_999])(
    'is detected in time when it stops answering after %i ms',
    async (afterMs) => {
      const { clock, peer, heartbeat, deadAtMs, silences } = watch();
      let lastAnswerAtMs = 0;
      peer.onPing = () => {
        if (clock.nowMs() > afterMs) return;
        lastAnswerAtMs = clock.nowMs();
        peer.bytes += 2;
        if (reported) heartbeat.heard();
      };
      await clock.advance(afterMs + 30_000);
      const silentMs = (deadAtMs[0] ?? NaN) - lastAnswerAtMs;
      expect(silentMs).toBeLessThanOrEqual(10_000);
      expect(silentMs).toBeGreaterThanOrEqual(9_000);
      expect(silences[0]).toBeLessThanOrEqual(silentMs);
      if (reported || lastAnswerAtMs === 0) expect(silences[0]).toBeGreaterThanOrEqual(silentMs - 250);
    },
  );

  it('is checked only when a ping is due, not at every tick', async () => {
    const { clock, peer, heartbeat } = watch();
    peer.onPing = () => {
      peer.bytes += 2;
      if (reported) heartbeat.heard();
    };
    await clock.advance(600_000);
    // One check for each ping, and one at the beginning.
    expect(peer.looks).toBeLessThanOrEqual(peer.pings + 1);
  });
});

describe('a living peer', () => {
  it('that answers pings is pinged about once per interval, without end', async () => {
    const { clock, peer, deadAtMs } = watch();
    peer.onPing = () => (peer.bytes += 2);
    await clock.advance(600_000);
    expect(deadAtMs).toEqual([]);
    expect(peer.pings).toBeGreaterThanOrEqual(100);
    expect(peer.pings).toBeLessThanOrEqual(140);
  });

  it('that sends messages is never pinged', async () => {
    const { clock, peer, heartbeat, deadAtMs } = watch();
    for (let second = 0; second < 60; second += 1) {
      peer.bytes += 1;
      heartbeat.heard();
      await clock.advance(1_000);
    }
    expect([deadAtMs, peer.pings]).toEqual([[], 0]);
  });

  it('that sends only parts of a message is not lost', async () => {
    const { clock, peer, deadAtMs } = watch();
    for (let second = 0; second < 60; second += 1) {
      peer.bytes += 1;
      await clock.advance(1_000);
    }
    expect(deadAtMs).toEqual([]);
  });
});

describe('a stall of the event loop', () => {
  it.each([0, 4_000, 4_600, 9_000])(
    'of 5 s that begins after %i ms of silence ends no connection',
    async (silentMs) => {
      const { clock, peer, deadAtMs } = watch();
      await clock.advance(silentMs);
      // The answer arrives during the stall, and is read after it.
      await clock.stall(5_000, () => void (peer.bytes += 2));
      await clock.advance(4_000);
      expect(deadAtMs).toEqual([]);
    },
  );

  it('counts as one tick of silence, for any duration', async () => {
    const { clock, peer, deadAtMs } = watch();
    await clock.advance(1_000);
    await clock.stall(60_000);
    expect([deadAtMs, peer.pings]).toEqual([[], 0]);
    await clock.advance(9_000);
    expect(deadAtMs).toHaveLength(1);
  });

  it('is followed by the reading of waiting input before the connection counts as lost', async () => {
    const { clock, peer, deadAtMs, heartbeat } = watch();
    await clock.advance(9_250);
    await clock.stall(250, () => void (peer.bytes += 1));
    await clock.advance(5_000);
    expect(deadAtMs).toEqual([]);
    heartbeat.stop();
  });
});

describe('while the session speaks', () => {
  it.each([0, 1, 300, 949, 3_000, 4_999])(
    'a peer that fell silent is lost within 3 s: speech that begins %i ms after its last bytes',
    async (afterMs) => {
      const { clock, peer, heartbeat, deadAtMs } = watch();
      await clock.advance(700);
      peer.bytes += 1;
      heartbeat.heard();
      await clock.advance(afterMs);
      const beganAtMs = clock.nowMs();
      peer.isSpeaking = true;
      heartbeat.quicken();
      await clock.advance(10_000);
      expect(deadAtMs).toHaveLength(1);
      expect((deadAtMs[0] ?? NaN) - 700).toBeGreaterThanOrEqual(2_000);
      expect((deadAtMs[0] ?? NaN) - beganAtMs).toBeLessThanOrEqual(3_000);
    },
  );

  it('a peer whose answer is overdue when speech begins is lost at once', async () => {
    const { clock, peer, heartbeat, deadAtMs, silences } = watch();
    await clock.advance(8_000);
    expect(peer.pings).toBe(1);
    peer.isSpeaking = true;
    heartbeat.quicken();
    await clock.advance(100);
    expect(deadAtMs).toHaveLength(1);
    expect(Math.abs((silences[0] ?? NaN) - 8_000)).toBeLessThanOrEqual(250);
  });

  it('a peer that answers is pinged about every second, and every five seconds when speech is over', async () => {
    const { clock, peer, heartbeat, deadAtMs } = watch();
    peer.onPing = () => {
      peer.bytes += 2;
      heartbeat.answered();
    };
    peer.isSpeaking = true;
    heartbeat.quicken();
    await clock.advance(60_000);
    expect(peer.pings).toBeGreaterThanOrEqual(58);
    expect(peer.pings).toBeLessThanOrEqual(70);
    peer.isSpeaking = false;
    const spokenPings = peer.pings;
    await clock.advance(60_000);
    expect(peer.pings - spokenPings).toBeGreaterThanOrEqual(10);
    expect(peer.pings - spokenPings).toBeLessThanOrEqual(15);
    expect(deadAtMs).toEqual([]);
  });

  it.each([0, 900, 1_500, 2_500])(
    'a stall of 2 s after %i ms of silence ends no connection',
    async (silentMs) => {
      const { clock, peer, heartbeat, deadAtMs } = watch();
      peer.isSpeaking = true;
      heartbeat.quicken();
      await clock.advance(silentMs);
      await clock.stall(2_000, () => void (peer.bytes += 2));
      await clock.advance(900);
      expect(deadAtMs).toEqual([]);
    },
  );

  it.each([true, false])(
    'the shorter times apply from the beginning of a connection: %s',
    async (isSpeaking) => {
      const peer = new Peer();
      peer.isSpeaking = isSpeaking;
      const { clock, deadAtMs } = watch(DEFAULTS, new VirtualClock(), peer);
      await clock.advance(3_000);
      expect(deadAtMs).toHaveLength(isSpeaking ? 1 : 0);
    },
  );

  it('a peer that falls silent at the end of speech is lost within the times without speech', async () => {
    for (let spokeMs = 0; spokeMs <= 3_000; spokeMs += 100) {
      const { clock, peer, heartbeat, deadAtMs } = watch();
      peer.isSpeaking = true;
      heartbeat.quicken();
      await clock.advance(spokeMs);
      peer.isSpeaking = false;
      await clock.advance(10_000);
      expect(deadAtMs).toHaveLength(1);
      expect(deadAtMs[0]).toBeLessThanOrEqual(10_000);
    }
  });

  it('the usual times apply if no shorter ones are set', async () => {
    const { clock, peer, heartbeat, deadAtMs } = watch({ intervalMs: 5_000, timeoutMs: 5_000 });
    peer.isSpeaking = true;
    heartbeat.quicken();
    await clock.advance(9_000);
    expect([deadAtMs, peer.pings]).toEqual([[], 1]);
  });

  it('a thousand connections share two timers at most, and leave none', async () => {
    const clock = new VirtualClock();
    const watched = Array.from({ length: 1_000 }, () => watch(DEFAULTS, clock));
    for (const [index, { peer, heartbeat }] of watched.entries()) {
      peer.onPing = () => (peer.bytes += 2);
      peer.isSpeaking = index % 2 === 0;
      if (peer.isSpeaking) heartbeat.quicken();
    }
    await clock.advance(10_000);
    expect(clock.pendingTimers).toBe(2);
    for (const { peer } of watched) peer.isSpeaking = false;
    await clock.advance(10_000);
    expect(clock.pendingTimers).toBe(1);
    for (const { heartbeat } of watched) heartbeat.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('the timers of a process', () => {
  it('are one for a thousand connections, and none without a watched connection', async () => {
    const clock = new VirtualClock();
    const watched = Array.from({ length: 1_000 }, () => watch(DEFAULTS, clock));
    for (const { peer } of watched) peer.onPing = () => (peer.bytes += 2);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(30_000);
    expect(clock.pendingTimers).toBe(1);
    for (const { heartbeat } of watched) heartbeat.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('stop after the last peer is lost, and start again with the next', async () => {
    const { clock, deadAtMs } = watch();
    await clock.advance(20_000);
    expect([deadAtMs.length, clock.pendingTimers]).toEqual([1, 0]);
    const again = watch(DEFAULTS, clock);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(20_000);
    expect([again.deadAtMs.length, clock.pendingTimers]).toEqual([1, 0]);
  });

  it('report no loss after stop(), also when a loss was just being checked', async () => {
    const { clock, heartbeat, deadAtMs } = watch();
    await clock.advance(9_250);
    await clock.stall(250, () => heartbeat.stop());
    await clock.advance(20_000);
    expect(deadAtMs).toEqual([]);
  });
});
