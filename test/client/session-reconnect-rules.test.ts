/** Failures that have another meaning in a session that was connected before, in virtual time. */
import { describe, expect, it } from 'vitest';
import { UpgradeRefused } from '../../src/index.js';
import type { AvatarSessionOptions, TokenReason } from '../../src/index.js';
import type { FakeDial } from './fake-transport.js';
import { virtualSession } from './virtual-session.js';
import type { VirtualSession, VirtualSessionPlan } from './virtual-session.js';

const limit = (): UpgradeRefused =>
  new UpgradeRefused(429, {}, '{"message":"concurrency limit of the plan"}');
const badCertificate = (): Error =>
  Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' });

/** A session whose connection breaks after a minute. `refuse` defines how the service answers later dials. */
async function cutAfterAMinute(
  refuse: (dial: FakeDial, sinceCutMs: number) => boolean,
  plan: Omit<VirtualSessionPlan, 'service'> = {},
): Promise<VirtualSession> {
  const run = virtualSession({
    ...plan,
    service: (dial, clock) => {
      if (dial.number > 1 && refuse(dial, clock.nowMs() - 60_000)) return;
      dial.confirm();
    },
  });
  void run.session.start().catch(() => undefined);
  await run.clock.advance(60_000);
  run.transport.latest.drop(1006);
  return run;
}
const refusing =
  (untilMs: number, error: () => Error) =>
  (dial: FakeDial, sinceCutMs: number): boolean => {
    if (sinceCutMs < untilMs) dial.refuse(error());
    return sinceCutMs < untilMs;
  };

describe('concurrencyLimit directly after a lost connection', () => {
  it('is caused by the lost connection: the session reconnects when the service has detected the loss', async () => {
    const run = await cutAfterAMinute(refusing(20_000, limit));
    await run.clock.until(() => run.reconnects.length > 0);
    expect(run.clock.nowMs()).toBeLessThan(60_000 + 61_000);
    expect(run.errors.slice(1).every(({ code, willRetry }) => code === 'concurrencyLimit' && willRetry)).toBe(
      true,
    );
  });

  it('is surfaced when the service must have detected the loss', async () => {
    const run = await cutAfterAMinute(refusing(Infinity, limit), {
      options: { retry: { maxAttempts: 100 } },
    });
    await run.clock.until(() => run.closes.length > 0);
    expect(run.clock.nowMs()).toBeGreaterThanOrEqual(60_000 + 60_000);
    expect(run.clock.nowMs()).toBeLessThan(60_000 + 61_000);
    expect(run.closes).toMatchObject([{ error: { code: 'concurrencyLimit', reason: 'rule' } }]);
    expect(run.dialsAtMs.at(-1)).toBeCloseTo(120_000, -1);
  });

  it('has the same meaning after a planned rollover', async () => {
    const run = virtualSession({
      options: { maxSessionMs: 100_000 },
      service: (dial) => {
        if (dial.number === 2) dial.refuse(limit());
        else dial.confirm();
      },
    });
    void run.session.start();
    await run.clock.until(() => run.reconnects.length > 0);
    expect(run.dialsAtMs).toHaveLength(3);
  });
});

describe('a token that expires at runtime', () => {
  it.each([
    [4010, ''],
    [1008, 'token is expired'],
  ])(
    '(close %i "%s") is replaced by a newly fetched one, not by one of a cache',
    async (closeCode, reason) => {
      const run = virtualSession({ service: (dial) => void dial.confirm() });
      void run.session.start();
      await run.clock.advance(3_600_000);
      run.transport.latest.drop(closeCode, reason);
      await run.clock.until(() => run.reconnects.length > 0);
      expect(run.errors).toMatchObject([{ code: 'sessionTokenExpired', willRetry: true }]);
      expect(run.tokenReasons).toEqual(['start', 'refused'] satisfies TokenReason[]);
      expect(run.session.explain().find(({ kind }) => kind === 'retry')).toMatchObject({
        why: expect.stringContaining('the token had been accepted, so it has expired') as string,
      });
    },
  );

  it('is surfaced when the new one expires at once, and when the policy surfaces lost connections', async () => {
    const ending: VirtualSessionPlan['service'] = (dial, clock) => {
      const socket = dial.confirm();
      clock.schedule(dial.number === 1 ? 60_000 : 100, () => socket.drop(4010, 'session token expired'));
    };
    const twice = virtualSession({ service: ending });
    const never = virtualSession({ service: ending, options: { retry: false } });
    for (const run of [twice, never]) {
      void run.session.start();
      await run.clock.advance(120_000);
      expect(run.closes).toMatchObject([{ error: { code: 'sessionTokenExpired', reason: 'rule' } }]);
    }
    expect([twice.dialsAtMs.length, never.dialsAtMs.length]).toEqual([2, 1]);
  });
});

describe('a certificate that was valid before', () => {
  it('can be invalid for a moment: the session reconnects', async () => {
    const run = await cutAfterAMinute(refusing(10_000, badCertificate));
    await run.clock.until(() => run.reconnects.length > 0);
    expect(run.errors.slice(1).every(({ permanent, willRetry }) => permanent && willRetry)).toBe(true);
  });

  it('ends the session when it stays invalid for a minute', async () => {
    const run = await cutAfterAMinute(refusing(Infinity, badCertificate), {
      options: { retry: { maxAttempts: 100 } },
    });
    await run.clock.until(() => run.closes.length > 0);
    const firstBadMs = run.dialsAtMs[1] ?? NaN;
    expect(run.clock.nowMs() - firstBadMs).toBeGreaterThanOrEqual(60_000);
    expect(run.clock.nowMs() - firstBadMs).toBeLessThan(61_000);
    expect(run.closes).toMatchObject([{ error: { code: 'connectionFailed', reason: 'rule' } }]);
  });

  it('is a permanent failure on a first connect', async () => {
    const run = virtualSession({ service: (dial) => dial.refuse(badCertificate()) });
    const started = run.session.start();
    await run.clock.advance(60_000);
    await expect(started).rejects.toMatchObject({ permanent: true, reason: 'rule' });
    expect(run.dialsAtMs).toHaveLength(1);
  });
});

describe('a function of the application that returns an invalid value during a reconnect', () => {
  const page = '<html>\r\n<body>502 Bad Gateway</body>\r\n</html>\r\n';
  it.each<[string, string, (good: () => boolean) => Partial<AvatarSessionOptions>]>([
    ['tokenProvider', 'sessionTokenInvalid', (good) => ({ tokenProvider: () => (good() ? 'token' : page) })],
    [
      'livekitEgress',
      'invalidEgressConfig',
      (good) => ({ livekitEgress: () => ({ url: good() ? 'wss://room.test' : '', apiToken: 'token' }) }),
    ],
  ])('%s: that dial fails, and the next one works', async (_name, code, options) => {
    let calls = 0;
    const run = await cutAfterAMinute(() => false, {
      options: options(() => {
        calls += 1;
        return calls !== 2;
      }),
    });
    await run.clock.until(() => run.reconnects.length > 0);
    expect(run.errors.map((error) => [error.code, error.willRetry])).toEqual([
      ['connectionClosed', true],
      [code, true],
    ]);
  });

  it('ends the session on a first connect', async () => {
    const run = virtualSession({
      service: (dial) => void dial.confirm(),
      options: { tokenProvider: () => page },
    });
    const outcome = expect(run.session.start()).rejects.toMatchObject({
      code: 'sessionTokenInvalid',
      reason: 'rule',
    });
    await run.clock.settle();
    await outcome;
  });
});
