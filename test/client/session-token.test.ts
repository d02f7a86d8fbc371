/** The source of the token of a dial, and the meaning of its refusal, in virtual time. */
import { describe, expect, it } from 'vitest';
import { UpgradeRefused } from '../../src/index.js';
import { closeSession, tokensOf } from '../support/confirmed-session.js';
import { virtualSession } from './virtual-session.js';
import type { VirtualSessionPlan } from './virtual-session.js';

const invalid = (): UpgradeRefused => new UpgradeRefused(400, {}, '{"message":"Invalid session token"}');
const refusing =
  (...numbers: readonly number[]): VirtualSessionPlan['service'] =>
  (dial) =>
    numbers.includes(dial.number) ? dial.refuse(invalid()) : void dial.confirm();

describe('a token fetched ahead', () => {
  it('is used by the first dial, which requests none', async () => {
    const run = virtualSession({ service: refusing() });
    await run.session.init();
    const started = run.session.start();
    await run.clock.advance(1_000);
    await expect(started).resolves.toBe('connection-1');
    expect([run.tokenReasons, tokensOf(run)]).toEqual([['start'], ['token-1']]);
    await closeSession(run);
  });

  it('is replaced once, at once, when it is refused; the source gets the reason', async () => {
    const run = virtualSession({ service: refusing(1) });
    await run.session.init();
    const started = run.session.start();
    await run.clock.settle();
    await run.clock.advance(0);
    await expect(started).resolves.toBe('connection-2');
    expect(run.tokenReasons).toEqual(['start', 'refused']);
    expect(tokensOf(run)).toEqual(['token-1', 'token-2']);
    expect(run.retries).toMatchObject([{ source: 'staleToken', delayMs: 0, attempt: 2 }]);
    await closeSession(run);
  });

  it('is not replaced twice: the refusal of the new one ends the session', async () => {
    const run = virtualSession({ service: refusing(1, 2) });
    await run.session.init();
    const started = run.session.start();
    await run.clock.advance(60_000);
    await expect(started).rejects.toMatchObject({ code: 'sessionTokenInvalid', reason: 'rule' });
    expect(run.transport.dials).toHaveLength(2);
  });

  it('is not used when it expires in less than half a minute', async () => {
    const run = virtualSession({
      service: refusing(),
      options: {
        tokenProvider: ({ reason }) => ({
          token: `for ${reason}`,
          expiresAt: Date.UTC(2025, 0, 2, 3, 5) / 1_000,
        }),
      },
    });
    await run.session.init();
    await run.clock.advance(30_000);
    void run.session.start();
    await run.clock.settle();
    expect(tokensOf(run)).toEqual(['for start']);
    await closeSession(run);
  });

  it('for which start() waits, and whose fetch fails, is one failure of one attempt: emitted once, and retried', async () => {
    let fail: ((error: Error) => void) | undefined;
    let calls = 0;
    const run = virtualSession({
      service: refusing(),
      options: {
        tokenProvider: () => {
          calls += 1;
          return calls === 1 ? new Promise((_resolve, reject) => (fail = reject)) : 'second';
        },
      },
    });
    const ahead = run.session.init();
    const started = run.session.start();
    fail?.(new Error('backend down'));
    await expect(ahead).rejects.toMatchObject({ code: 'connectionFailed', willRetry: true });
    await run.clock.settle();
    expect(run.errors).toMatchObject([{ code: 'connectionFailed', willRetry: true, attempt: 1 }]);
    expect([calls, run.retries]).toMatchObject([1, [{ attempt: 2 }]]);
    await run.clock.advance(1_000);
    await expect(started).resolves.toBe('connection-1');
    await closeSession(run);
  });

  it('for which start() waits, and whose failure ends the session, has the same verdict on both promises', async () => {
    let fail: ((error: Error) => void) | undefined;
    const run = virtualSession({
      service: refusing(),
      options: { retry: false, tokenProvider: () => new Promise((_resolve, reject) => (fail = reject)) },
    });
    const ahead = run.session.init();
    const started = run.session.start();
    fail?.(new Error('backend down'));
    await run.clock.settle();
    const verdict = { code: 'connectionFailed', willRetry: false, reason: 'rule' };
    await expect(ahead).rejects.toMatchObject(verdict);
    await expect(started).rejects.toMatchObject(verdict);
    expect(run.errors).toMatchObject([verdict]);
  });

  it('whose fetch failed makes init() reject, and start() fetches another one', async () => {
    let calls = 0;
    const run = virtualSession({
      service: refusing(),
      options: {
        tokenProvider: () => {
          calls += 1;
          if (calls === 1) throw new Error('backend down');
          return 'second';
        },
      },
    });
    await expect(run.session.init()).rejects.toMatchObject({
      code: 'connectionFailed',
      phase: 'session_token',
    });
    const started = run.session.start();
    await run.clock.settle();
    await expect(started).resolves.toBe('connection-1');
    await closeSession(run);
  });
});

describe('a token that was fetched for its dial', () => {
  it('is never replaced when it is refused', async () => {
    const run = virtualSession({ service: refusing(1) });
    const started = run.session.start();
    await run.clock.advance(60_000);
    await expect(started).rejects.toMatchObject({
      code: 'sessionTokenInvalid',
      httpStatus: 400,
      reason: 'rule',
    });
    expect(run.transport.dials).toHaveLength(1);
  });

  it('is a new one for every reconnect', async () => {
    const run = virtualSession({ service: refusing() });
    void run.session.start();
    await run.clock.advance(6_000);
    run.transport.latest.drop(1006);
    await run.clock.until(() => run.reconnects.length === 1);
    expect([run.tokenReasons, tokensOf(run)]).toEqual([
      ['start', 'reconnect'],
      ['token-1', 'token-2'],
    ]);
    await closeSession(run);
  });

  it('counts as stale when the provider returns the latest one again', async () => {
    const run = virtualSession({
      service: refusing(2),
      options: {
        tokenProvider: ({ reason }) => (reason === 'refused' ? 'fresh' : 'cached'),
      },
    });
    void run.session.start();
    await run.clock.advance(6_000);
    run.transport.latest.drop(1006);
    await run.clock.until(() => run.reconnects.length === 1);
    expect(tokensOf(run)).toEqual(['cached', 'cached', 'fresh']);
    await closeSession(run);
  });
});

describe('retry: false', () => {
  it('does not replace a stale token', async () => {
    const run = virtualSession({ service: refusing(1), options: { retry: false } });
    await run.session.init();
    const started = run.session.start();
    await run.clock.advance(60_000);
    await expect(started).rejects.toMatchObject({ code: 'sessionTokenInvalid', reason: 'attempts' });
    expect(run.transport.dials).toHaveLength(1);
  });
});

describe('a provider that never settles', () => {
  it('times out in each attempt, and leaves no socket and no timer', async () => {
    const run = virtualSession({
      service: refusing(),
      options: { tokenProvider: () => new Promise<string>(() => undefined), retry: { maxAttempts: 2 } },
    });
    const started = run.session.start();
    await run.clock.advance(60_000);
    await expect(started).rejects.toMatchObject({
      code: 'connectionFailed',
      phase: 'session_token',
      reason: 'attempts',
    });
    expect([run.transport.dials.length, run.clock.pendingTimers]).toEqual([0, 0]);
  });
});
