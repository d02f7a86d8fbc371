/** The time that counts as an outage, and what its limits apply to: one session in virtual time. */
import { describe, expect, it } from 'vitest';
import { UpgradeRefused } from '../../src/index.js';
import type { AvatarSessionOptions } from '../../src/index.js';
import { MessageType } from '../../src/ports/message.js';
import { VirtualClock } from '../virtual-clock.js';
import { virtualSession } from './virtual-session.js';
import type { VirtualSession, VirtualSessionPlan } from './virtual-session.js';

type Service = VirtualSessionPlan['service'];

/** A service that confirms, and then never answers. */
const unresponsive: Service = (dial) => {
  const socket = dial.confirm();
  socket.onPing = () => undefined;
  socket.answersClose = false;
};
/** A service that confirms, and closes with 4503 `afterMs` later, this many times. */
const deploying =
  (afterMs: number, times = Infinity): Service =>
  (dial, clock) => {
    const socket = dial.confirm();
    if (dial.number <= times) clock.schedule(afterMs, () => socket.drop(4503, 'deploy'));
  };

async function lived(
  service: Service,
  options: Partial<AvatarSessionOptions>,
  forMs = 600_000,
): Promise<VirtualSession> {
  const run = virtualSession({ service, options });
  void run.session.start().catch(() => undefined);
  await run.clock.advance(forMs);
  return run;
}

describe('a service that confirms and falls silent', () => {
  it('fails after its attempts, also without speech', async () => {
    const { session, dialsAtMs, errors } = await lived(unresponsive, { retry: { maxAttempts: 3 } });
    expect(session.state).toBe('closed');
    expect(dialsAtMs).toHaveLength(3);
    expect(errors.at(-1)).toMatchObject({ step: 'heartbeat', reason: 'attempts', attempt: 3 });
  });

  it('ends the session at the time limit: silence counts from the second loss on', async () => {
    const { closes, reported } = await lived(unresponsive, {
      retry: { maxAttempts: Infinity, maxElapsedMs: 25_000 },
    });
    expect(closes).toMatchObject([{ reason: 'failed', error: { reason: 'elapsed' } }]);
    // The first loss is detected after 10 s, when the time of the outage begins. Then come the time limit, and the
    // time to detect the last loss.
    expect(reported.at(-1)?.atMs).toBeLessThanOrEqual(10_000 + 25_000 + 10_000);
  });

  it('is dialled at least once more, for any limit, because the outage begins when the first loss is detected', async () => {
    const { dialsAtMs, closes } = await lived(unresponsive, { retry: 'interactive' });
    expect(dialsAtMs.length).toBeGreaterThan(1);
    expect(closes).toMatchObject([{ reason: 'failed', error: { reason: 'elapsed' } }]);
  });

  it('does not count as silent while it answers pings, so a later loss begins a new outage', async () => {
    const run = await lived((dial) => void dial.confirm(), { retry: { maxAttempts: 1 } }, 60_000);
    run.transport.latest.onPing = () => undefined;
    await run.clock.advance(20_000);
    expect(run.reconnects).toHaveLength(1);
    expect(run.retries).toMatchObject([{ attempt: 1 }]);
  });
});

describe('the time in which a connection works', () => {
  it('does not count as outage: a rolling deployment does not use up the limit of the preset interactive', async () => {
    const { session, reconnects, closes } = await lived(deploying(4_000, 4), { retry: 'interactive' });
    expect([session.state, reconnects.length, closes]).toEqual(['websocket_runtime', 4, []]);
  });

  it('is not part of the elapsedMs that retry.decide gets', async () => {
    const elapsed: number[] = [];
    await lived(
      deploying(4_000, 4),
      { retry: { decide: ({ elapsedMs }) => void elapsed.push(elapsedMs) } },
      60_000,
    );
    expect(elapsed).toHaveLength(4);
    expect(elapsed.every((ms) => Number.isInteger(ms) && ms < 12_000)).toBe(true);
  });

  it('does not remove the limit of attempts', async () => {
    const { dialsAtMs, closes } = await lived(deploying(4_900), { retry: { maxAttempts: 10 } });
    expect(dialsAtMs).toHaveLength(10);
    expect(closes).toMatchObject([{ error: { reason: 'attempts' } }]);
  });
});

describe('maxElapsedMs limits the steps of a dial', () => {
  const never = (): Promise<never> => new Promise(() => undefined);
  const answers: Service = (dial) => void dial.confirm();
  it.each<[string, Service, Partial<AvatarSessionOptions>, string]>([
    ['the token', answers, { tokenProvider: never }, 'session_token'],
    ['the room', answers, { livekitEgress: never }, 'websocket_connect'],
    ['the upgrade', () => undefined, {}, 'websocket_connect'],
    ['the handshake', (dial) => void dial.accept(), {}, 'websocket_connect'],
  ])('%s, if it hangs', async (_what, service, options, phase) => {
    const run = virtualSession({
      service,
      options: { ...options, timeoutMs: 3_000, retry: { maxElapsedMs: 1_000 } },
    });
    const started = run.session.start();
    await run.clock.until(() => run.closes.length > 0);
    expect(run.clock.nowMs()).toBeLessThanOrEqual(1_001);
    await expect(started).rejects.toMatchObject({ code: 'connectionFailed', phase, reason: 'elapsed' });
    expect(run.errors.at(-1)?.message).toMatch(/1000 ms, the rest of maxElapsedMs$/);
    expect(run.session.explain().find(({ kind }) => kind === 'giveUp')).toMatchObject({
      why: expect.stringMatching(/^given up: 1\.0 s without a connection|^given up: the next/) as string,
    });
    expect([run.transport.openSockets, run.clock.pendingTimers]).toEqual([0, 0]);
  });

  it('each step to the time that the steps before have left', async () => {
    const clock = new VirtualClock();
    const token = (): Promise<string> =>
      new Promise((resolve) => void clock.schedule(900, () => resolve('token')));
    const run = virtualSession({
      clock,
      service: () => undefined,
      options: { timeoutMs: 3_000, retry: { maxElapsedMs: 1_000 }, tokenProvider: token },
    });
    void run.session.start().catch(() => undefined);
    await clock.until(() => run.closes.length > 0);
    expect(clock.nowMs()).toBeLessThanOrEqual(1_001);
    expect(run.errors.at(-1)).toMatchObject({ step: 'upgrade' });
    expect(run.errors.at(-1)?.message).toContain('timed out after 100 ms');
  });

  it('but not for a row with higher limits, and not for decisions of the application', async () => {
    const hanging: Service = (dial) =>
      dial.number === 1 ? dial.refuse(new UpgradeRefused(503, {}, '')) : undefined;
    const patient = await lived(hanging, {
      retry: { maxElapsedMs: 5_000, rules: { upstreamError: { maxElapsedMs: 30_000 } } },
    });
    expect(patient.errors[1]?.message).toMatch(/timed out after 10000 ms$/);
    const decided = await lived(hanging, {
      retry: {
        maxElapsedMs: 5_000,
        decide: ({ attempt }) => (attempt === 1 ? { action: 'retry', delayMs: 7_000 } : undefined),
      },
    });
    expect(decided.errors[1]?.message).toMatch(/timed out after 10000 ms$/);
  });

  it('but not with 0, which means one attempt with its usual time', async () => {
    const { dialsAtMs, errors } = await lived(() => undefined, { retry: { maxElapsedMs: 0 } });
    expect(dialsAtMs).toHaveLength(1);
    expect(errors).toMatchObject([
      { reason: 'elapsed', message: expect.stringContaining('10000 ms') as string },
    ]);
  });
});

describe('outageMs', () => {
  it('is the time from the last sign of life, in whole milliseconds', async () => {
    const run = await lived((dial) => void dial.confirm(), {}, 60_000.4);
    run.transport.latest.onPing = () => undefined;
    // The last message of the service, which has no effect.
    const { serverConfirmSession } = MessageType;
    run.transport.latest.say({ type: serverConfirmSession, connectionId: 'connection-1', capabilities: [] });
    const silentFromMs = run.clock.nowMs();
    await run.clock.until(() => run.reconnects.length > 0);
    const outageMs = run.reconnects[0]?.outageMs ?? NaN;
    expect(Number.isInteger(outageMs)).toBe(true);
    // The heartbeat measures time in ticks of a quarter of a second.
    expect(Math.abs(outageMs - (run.clock.nowMs() - silentFromMs))).toBeLessThanOrEqual(250);
  });

  it('of a close begins with the close', async () => {
    const run = await lived(deploying(20_000.3, 1), {}, 60_000);
    const { delayMs } = run.retries[0] ?? { delayMs: NaN };
    expect(run.reconnects).toMatchObject([{ outageMs: delayMs }]);
  });
});
