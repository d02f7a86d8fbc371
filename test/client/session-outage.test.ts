/** One session at services that misbehave, with the default policy, in virtual time. */
import { describe, expect, it } from 'vitest';
import { UpgradeRefused } from '../../src/index.js';
import { MessageType } from '../../src/ports/message.js';
import { gapsMs, virtualSession } from './virtual-session.js';
import type { VirtualSessionPlan } from './virtual-session.js';

const steady: VirtualSessionPlan['service'] = (dial) => void dial.confirm();
/** A service that confirms, and drops the connection `afterMs` later. */
const flapping =
  (afterMs: number): VirtualSessionPlan['service'] =>
  (dial, clock) => {
    const socket = dial.confirm();
    clock.schedule(afterMs, () => socket.drop(1006));
  };
const unavailable = (headers: Readonly<Record<string, string>> = {}): UpgradeRefused =>
  new UpgradeRefused(503, headers, '');

const SEEDS = Array.from({ length: 20 }, (_, seed) => seed + 1);

describe('a service that confirms and drops the connection', () => {
  it.each([0, 50, 1_000, 4_900])('after %i ms gets few dials, then none', async (afterMs) => {
    for (const seed of SEEDS) {
      const { session, clock, dialsAtMs, errors, closes, transport } = virtualSession({
        service: flapping(afterMs),
        seed,
      });
      void session.start();
      await clock.advance(600_000);
      expect(dialsAtMs.filter((atMs) => atMs <= 50_000).length).toBeLessThanOrEqual(10);
      expect(dialsAtMs.length).toBeLessThanOrEqual(40);
      expect(Math.min(...gapsMs(dialsAtMs))).toBeGreaterThanOrEqual(100);
      expect(closes.map(({ reason }) => reason)).toEqual(['failed']);
      expect(errors.at(-1)?.reason).toBe('elapsed');
      expect([transport.openSockets, transport.mostOpen, clock.pendingTimers]).toEqual([0, 1, 0]);
    }
  });

  it('ends when the attempts of the policy are used up', async () => {
    const { session, clock, errors, dialsAtMs } = virtualSession({
      service: flapping(50),
      options: { retry: { maxAttempts: 10 } },
    });
    const started = session.start();
    await clock.advance(600_000);
    await expect(started).resolves.toBe('connection-1');
    expect(dialsAtMs).toHaveLength(10);
    expect(errors.at(-1)).toMatchObject({ code: 'connectionClosed', reason: 'attempts', willRetry: false });
    expect(session.state).toBe('closed');
  });
});

describe('a connection that was up for stableAfterMs', () => {
  it('resets the counts: a session that loses one every six seconds continues for ten minutes', async () => {
    const { session, clock, retries, dialsAtMs, closes } = virtualSession({ service: flapping(6_000) });
    void session.start();
    await clock.advance(600_000);
    expect(closes).toEqual([]);
    expect(dialsAtMs.length).toBeGreaterThan(50);
    expect(new Set(retries.map(({ attempt }) => attempt))).toEqual(new Set([1]));
    await closing(session.close(), clock.advance(2_000));
  });

  it('keeps the counts when the connection lasted one millisecond less', async () => {
    const { session, clock, retries } = virtualSession({
      service: flapping(4_999),
      options: { retry: { maxAttempts: 10, maxElapsedMs: Infinity } },
    });
    void session.start();
    await clock.advance(600_000);
    expect(retries.map(({ attempt }) => attempt)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});

describe('a refusal with a Retry-After', () => {
  const tooMany = (retryAfter: string): VirtualSessionPlan['service'] => {
    return (dial) => {
      if (dial.number === 1) dial.refuse(new UpgradeRefused(429, { 'retry-after': retryAfter }, ''));
      else dial.confirm();
    };
  };

  it('is observed: one attempt, none within 30 s, and the next one within a tenth of that after it', async () => {
    for (const seed of SEEDS) {
      const { session, clock, dialsAtMs, retries } = virtualSession({ service: tooMany('30'), seed });
      void session.start();
      await clock.advance(29_999);
      expect(dialsAtMs).toEqual([0]);
      await clock.advance(3_002);
      expect(dialsAtMs).toHaveLength(2);
      expect(retries).toMatchObject([{ attempt: 2, source: 'hint', error: { code: 'concurrencyLimit' } }]);
      expect(session.state).toBe('websocket_runtime');
      await closing(session.close(), clock.advance(2_000));
    }
  });

  it('is surfaced when it asks for more than maxHintMs', async () => {
    const { session, clock, dialsAtMs } = virtualSession({ service: tooMany('121') });
    const started = session.start();
    await clock.advance(600_000);
    await expect(started).rejects.toMatchObject({ code: 'concurrencyLimit', reason: 'hintTooLong' });
    expect(dialsAtMs).toHaveLength(1);
  });

  it('is the only reason for another attempt after concurrencyLimit', async () => {
    const { session, clock, dialsAtMs } = virtualSession({
      service: (dial) => dial.refuse(new UpgradeRefused(429, {}, '')),
    });
    const started = session.start();
    await clock.advance(600_000);
    await expect(started).rejects.toMatchObject({ code: 'concurrencyLimit', reason: 'rule' });
    expect(dialsAtMs).toHaveLength(1);
  });
});

describe('the first connect', () => {
  it('uses the same policy as a reconnect', async () => {
    const { session, clock, dialsAtMs, tokenReasons, reconnects } = virtualSession({
      service: (dial) => (dial.number < 4 ? dial.refuse(unavailable()) : void dial.confirm()),
    });
    const started = session.start();
    await clock.advance(60_000);
    await expect(started).resolves.toBe('connection-4');
    expect([dialsAtMs.length, reconnects.length]).toEqual([4, 0]);
    expect(tokenReasons).toEqual(['start', 'start', 'start', 'start']);
    await closing(session.close(), clock.advance(2_000));
  });

  it('never waits past maxElapsedMs', async () => {
    for (const seed of SEEDS) {
      const { session, clock, errors, dialsAtMs } = virtualSession({
        service: (dial) => dial.refuse(unavailable()),
        options: { retry: { maxAttempts: Infinity, maxElapsedMs: 20_000 } },
        seed,
      });
      const started = session.start();
      await clock.until(() => session.state === 'closed');
      expect(clock.nowMs()).toBeLessThanOrEqual(20_000);
      await expect(started).rejects.toMatchObject({ code: 'upstreamError', reason: 'elapsed' });
      expect(errors.at(-1)?.reason).toBe('elapsed');
      expect(dialsAtMs.length).toBeGreaterThan(1);
    }
  });

  it('times out step by step when there is no answer, and fails after maxElapsedMs', async () => {
    const { session, clock, dialsAtMs, transport, errors } = virtualSession({ service: () => undefined });
    const started = session.start();
    await clock.advance(600_000);
    await expect(started).rejects.toMatchObject({ code: 'connectionFailed', step: 'upgrade' });
    expect(['attempts', 'elapsed']).toContain(errors.at(-1)?.reason);
    expect(Math.min(...gapsMs(dialsAtMs))).toBeGreaterThanOrEqual(10_000);
    expect([transport.openSockets, clock.pendingTimers]).toEqual([0, 0]);
  });
});

describe('retry: false', () => {
  it('makes one attempt', async () => {
    const { session, clock, dialsAtMs, retries } = virtualSession({
      service: (dial) => dial.refuse(unavailable({ 'retry-after': '1' })),
      options: { retry: false },
    });
    const started = session.start();
    await clock.advance(60_000);
    await expect(started).rejects.toMatchObject({ code: 'upstreamError', reason: 'rule', willRetry: false });
    expect([dialsAtMs.length, retries.length]).toEqual([1, 0]);
  });

  it('does not reconnect', async () => {
    const { session, clock, transport, closes } = virtualSession({
      service: steady,
      options: { retry: false },
    });
    void session.start();
    await clock.advance(60_000);
    transport.latest.drop(1006);
    await clock.advance(60_000);
    expect(closes).toMatchObject([{ reason: 'failed', error: { code: 'connectionClosed', reason: 'rule' } }]);
    expect(transport.dials).toHaveLength(1);
  });
});

describe('a silent peer', () => {
  it('is detected within intervalMs + timeoutMs, and its connection is replaced', async () => {
    const { session, clock, transport, errors, reconnects } = virtualSession({ service: steady });
    void session.start();
    await clock.settle();
    transport.latest.onPing = () => undefined;
    transport.latest.answersClose = false;
    await clock.until(() => errors.length > 0);
    expect(clock.nowMs()).toBeLessThanOrEqual(10_000);
    expect(errors[0]).toMatchObject({ code: 'connectionClosed', step: 'heartbeat' });
    await clock.until(() => reconnects.length > 0);
    expect(transport.mostOpen).toBe(1);
    await closing(session.close(), clock.advance(2_000));
  });

  it('is not a peer that answers pings', async () => {
    const { session, clock, transport, errors } = virtualSession({ service: steady });
    void session.start();
    await clock.advance(120_000);
    expect(errors).toEqual([]);
    expect(transport.latest.pings).toBeGreaterThan(10);
    await closing(session.close(), clock.advance(2_000));
  });

  it('is not assumed after a stall of the event loop of this process', async () => {
    const { session, clock, transport, errors } = virtualSession({ service: steady });
    void session.start();
    await clock.advance(4_000);
    for (let stall = 0; stall < 4; stall += 1) {
      await clock.stall(5_000);
      await clock.advance(100);
    }
    expect(errors).toEqual([]);
    expect(transport.dials).toHaveLength(1);
    await closing(session.close(), clock.advance(2_000));
  });
});

describe('an error that a service sends before it closes the connection', () => {
  it('counts as one failure', async () => {
    const { session, clock, transport, errors, reconnects } = virtualSession({ service: steady });
    void session.start();
    await clock.advance(10_000);
    const { latest } = transport;
    latest.say({ type: MessageType.serverError, connectionId: '', reqId: '', code: 4503, message: 'deploy' });
    latest.drop(4503, 'deploy');
    await clock.until(() => reconnects.length > 0);
    expect(errors.map(({ code }) => code)).toEqual(['upstreamError']);
    await closing(session.close(), clock.advance(2_000));
  });
});

async function closing(closed: Promise<void>, time: Promise<void>): Promise<void> {
  await time;
  await closed;
}
