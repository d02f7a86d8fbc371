/** Repeated re-sends at an endpoint where few requests succeed are delayed, not dropped. Virtual time. */
import { describe, expect, it } from 'vitest';
import { MessageType } from '../../src/ports/message.js';
import { VirtualClock } from '../virtual-clock.js';
import { virtualSession } from './virtual-session.js';
import type { FakeDial, FakeSocket } from './fake-transport.js';

const UNAVAILABLE = 14;

/** A service that refuses every request at its end, as with a broken upstream, until `repaired` is true. */
class BrokenUpstream {
  repaired = false;
  readonly requestsAtMs: number[] = [];
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  readonly serve = (dial: FakeDial): void => {
    const socket = dial.confirm();
    const handshake = socket.onReceive;
    socket.onReceive = (message) => {
      if (message.type !== MessageType.clientAudioInput) handshake(message);
      else if (message.end) this.#answer(socket, message.reqId);
    };
  };

  #answer(socket: FakeSocket, reqId: string): void {
    this.requestsAtMs.push(this.#clock.nowMs());
    const connectionId = 'connection-1';
    if (this.repaired) {
      socket.say({
        type: MessageType.serverResponseAnimation,
        connectionId,
        reqId,
        end: true,
        keyframes: [],
        avatarId: 'avatar',
      });
    } else {
      socket.refuseRequest(reqId, UNAVAILABLE, 'driven server request failed');
    }
  }
}

/** A policy that sends an utterance again about a hundred times per second. */
const EAGER = {
  maxAttempts: Infinity,
  maxElapsedMs: Infinity,
  backoff: { baseMs: 1, capMs: 5, minIntervalMs: 0 },
} as const;

describe('the budget of an endpoint for re-sends', () => {
  it('allows a hundred re-sends, then ten per second, and the rest when the upstream is repaired', async () => {
    const clock = new VirtualClock();
    const upstream = new BrokenUpstream(clock);
    const sessions = Array.from({ length: 5 }, (_, n) =>
      virtualSession({ clock, seed: n + 1, service: upstream.serve, options: { retry: EAGER } }),
    );
    for (const { session } of sessions) void session.start();
    await clock.settle();
    const outcomes = sessions.map(({ session }) => session.speak(new Uint8Array(640)).finished);
    await clock.advance(20_000);
    const inWindow = (fromMs: number, toMs: number): number =>
      upstream.requestsAtMs.filter((atMs) => atMs >= fromMs && atMs < toMs).length;
    expect(upstream.requestsAtMs.length).toBeLessThanOrEqual(5 + 100 + 200);
    expect(inWindow(10_000, 20_000)).toBeLessThanOrEqual(101);
    expect(inWindow(10_000, 20_000)).toBeGreaterThan(90);

    const held = sessions[0]?.session
      .explain()
      .filter((entry) => entry.kind === 'retry' && entry.source === 'budget');
    expect(held?.[0]).toMatchObject({ why: expect.stringContaining('budget') as string });

    upstream.repaired = true;
    await clock.advance(5_000);
    for (const outcome of outcomes) await expect(outcome).resolves.toMatchObject({ outcome: 'replayed' });
    const closed = Promise.all(sessions.map(({ session }) => session.close()));
    await clock.advance(2_000);
    await closed;
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not allow a re-send of an utterance that became too old while it waited', async () => {
    const clock = new VirtualClock();
    const upstream = new BrokenUpstream(clock);
    const sessions = Array.from({ length: 30 }, (_, n) =>
      virtualSession({ clock, seed: n + 1, service: upstream.serve, options: { retry: EAGER } }),
    );
    for (const { session } of sessions) void session.start();
    await clock.settle();
    const outcomes = sessions.map(({ session }) => {
      const utterance = session.speak(undefined, { ttlMs: 3_000 });
      void utterance.write(new Uint8Array(640));
      void utterance.end();
      return utterance.finished;
    });
    await clock.advance(60_000);
    for (const outcome of outcomes) await expect(outcome).rejects.toMatchObject({ outcome: 'expired' });
    expect(upstream.requestsAtMs.filter((atMs) => atMs > 3_500)).toEqual([]);
    const closed = Promise.all(sessions.map(({ session }) => session.close()));
    await clock.advance(2_000);
    await closed;
  });
});
