/**
 * A server drains: it closes all sessions of a process at once, and their reconnects are spread over time. Virtual
 * time.
 */
import { describe, expect, it } from 'vitest';
import type { AvatarSessionOptions } from '../../src/index.js';
import { VirtualClock } from '../virtual-clock.js';
import { startedVirtualSession, virtualSession } from './virtual-session.js';
import type { VirtualSession } from './virtual-session.js';

const SESSIONS = 400;

async function crowdAfterClose(closeCode: number): Promise<readonly VirtualSession[]> {
  const clock = new VirtualClock();
  const sessions = Array.from({ length: SESSIONS }, (_, n) =>
    virtualSession({
      clock,
      seed: n + 1,
      service: (dial) => void dial.confirm(),
      options: { heartbeat: false },
    }),
  );
  for (const { session } of sessions) void session.start();
  await clock.advance(10_000);
  for (const { transport } of sessions) transport.latest.drop(closeCode);
  await clock.advance(20_000);
  for (const { session } of sessions) expect(session.state).toBe('websocket_runtime');
  const closed = Promise.all(sessions.map(({ session }) => session.close()));
  await clock.advance(2_000);
  await closed;
  return sessions;
}

const firstDelays = (sessions: readonly VirtualSession[]): number[] =>
  sessions.map(({ retries }) => retries.find(({ source }) => source === 'backoff')?.delayMs ?? NaN);

describe('400 sessions whose server shuts down', () => {
  it.each([1001, 1012, 1013, 4503])(
    'after close code %i reconnect within four seconds',
    async (closeCode) => {
      const sessions = await crowdAfterClose(closeCode);
      const delays = firstDelays(sessions);
      // 10 ms for each session. The last session that gets the notice counts as many sessions as the first one.
      expect(Math.max(...delays)).toBeLessThanOrEqual(4_000);
      expect(Math.max(...delays)).toBeGreaterThan(3_900);
      const later = delays.filter((delayMs) => delayMs > 2_000).length;
      expect(later / SESSIONS).toBeGreaterThan(0.4);
      expect(later / SESSIONS).toBeLessThan(0.6);
    },
  );

  it('after a lost connection reconnect with their own backoff, through the gate', async () => {
    const sessions = await crowdAfterClose(1006);
    expect(Math.max(...firstDelays(sessions))).toBeLessThanOrEqual(1_000);
    const dials = sessions.map(({ dialsAtMs }) => dialsAtMs.at(-1) ?? NaN).sort((one, other) => one - other);
    const mostIn100Ms = Math.max(
      ...dials.map((fromMs) => dials.filter((atMs) => atMs >= fromMs && atMs < fromMs + 100).length),
    );
    expect(mostIn100Ms).toBeLessThanOrEqual(20);
  });
});

describe('a session that loses its connection while others keep theirs', () => {
  async function delaysOfLosses(
    gapMs: number,
    options: Partial<AvatarSessionOptions> = {},
  ): Promise<number[]> {
    const clock = new VirtualClock();
    const sessions = Array.from({ length: 60 }, (_, n) =>
      virtualSession({ clock, seed: n + 1, service: (dial) => void dial.confirm(), options }),
    );
    for (const { session } of sessions) void session.start();
    await clock.advance(10_000);
    for (const { transport } of sessions) {
      transport.latest.drop(1006);
      await clock.advance(gapMs);
    }
    const closed = Promise.all(sessions.map(({ session }) => session.close()));
    await clock.advance(2_000);
    await closed;
    return firstDelays(sessions);
  }

  it('waits at most a quarter of a second, and explain() has the reason', async () => {
    const delays = await delaysOfLosses(1_001);
    expect(Math.max(...delays)).toBeLessThanOrEqual(250);
    expect(Math.max(...delays)).toBeGreaterThan(200);
    const { session, clock, transport } = await startedVirtualSession({
      service: (dial) => void dial.confirm(),
    });
    await clock.advance(10_000);
    transport.latest.drop(1006);
    await clock.settle();
    expect(session.explain().find(({ kind }) => kind === 'retry')).toMatchObject({
      why: expect.stringMatching(/of at most 250 ms, as no other session lost this endpoint/) as string,
    });
  });

  it('has the usual wait if another session lost its connection within the last second, or if no gate is shared', async () => {
    const [first, ...others] = await delaysOfLosses(1_000);
    expect(first).toBeLessThanOrEqual(250);
    expect(Math.max(...others)).toBeGreaterThan(800);
    expect(Math.max(...(await delaysOfLosses(1_001, { connectGate: false })))).toBeGreaterThan(800);
  });
});
