/** The events of an outage, their order, and the entries of `explain()`. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { UpgradeRefused } from '../../src/index.js';
import type { AvatarSessionOptions, GiveUpReason } from '../../src/index.js';
import { closeSession } from '../support/confirmed-session.js';
import { virtualSession } from './virtual-session.js';
import type { VirtualSession, VirtualSessionPlan } from './virtual-session.js';

const refusedOnce: VirtualSessionPlan['service'] = (dial) =>
  dial.number === 2 ? dial.refuse(new UpgradeRefused(503, { 'retry-after': '3' }, '')) : void dial.confirm();
const refusing =
  (status: number, headers: Readonly<Record<string, string>> = {}): VirtualSessionPlan['service'] =>
  (dial) =>
    dial.refuse(new UpgradeRefused(status, headers, ''));

async function outage(options: Partial<AvatarSessionOptions> = {}): Promise<VirtualSession> {
  const run = virtualSession({ service: refusedOnce, options });
  void run.session.start();
  await run.clock.advance(6_000);
  run.reported.length = 0;
  run.transport.latest.drop(1006);
  await run.clock.until(() => run.reconnects.length === 1);
  return run;
}

describe('the events of a start', () => {
  it('are one state per phase', async () => {
    const run = virtualSession({ service: refusedOnce });
    void run.session.start();
    await run.clock.settle();
    expect(run.lines()).toEqual([
      'state session_token',
      'state websocket_connect',
      'state websocket_runtime',
    ]);
    await closeSession(run);
  });
});

describe('the events of an outage', () => {
  it('are the error, the wait, each dial with its phases, and the reconnect', async () => {
    const run = await outage();
    expect(run.lines()).toEqual([
      'error connectionClosed',
      'state waiting',
      'retry 1',
      'state session_token',
      'state websocket_connect',
      'error upstreamError',
      'state waiting',
      'retry 2',
      'state session_token',
      'state websocket_connect',
      'state websocket_runtime',
      'reconnect',
    ]);
    await closeSession(run);
  });

  it('have on each error the number of the dial, and willRetry', async () => {
    const run = await outage();
    expect(run.errors).toMatchObject([
      {
        code: 'connectionClosed',
        attempt: 0,
        willRetry: true,
        connectionId: 'connection-1',
        closeCode: 1006,
      },
      { code: 'upstreamError', attempt: 1, willRetry: true, httpStatus: 503, retryAfterMs: 3_000 },
    ]);
    expect(run.errors.map(({ reason }) => reason)).toEqual([undefined, undefined]);
    await closeSession(run);
  });

  it('end with a reconnect event that has both connections, the number of dials, the duration, and the first failure', async () => {
    const run = await outage();
    const [info] = run.reconnects;
    const [lost] = run.reported;
    expect(info).toMatchObject({
      connectionId: 'connection-3',
      previousConnectionId: 'connection-1',
      attempts: 2,
    });
    expect(info?.outageMs).toBe(run.clock.nowMs() - (lost?.atMs ?? NaN));
    expect(info?.error).toBe(run.errors[0]);
    await closeSession(run);
  });

  it('are delivered to the callback option before the listeners of the same event', async () => {
    const order: string[] = [];
    const run = virtualSession({
      service: refusedOnce,
      options: { onStateChange: () => order.push('callback') },
    });
    run.session.on('state', () => order.push('listener'));
    void run.session.start();
    await run.clock.settle();
    expect(order.slice(0, 2)).toEqual(['callback', 'listener']);
    await closeSession(run);
  });

  it('are the same for callbacks, and in a session whose handlers all throw or reject', async () => {
    const called: string[] = [];
    const failing = (name: string) => () => {
      called.push(name);
      throw new Error(`${name} is broken`);
    };
    const run = await outage({
      onError: failing('error'),
      onRetry: () => Promise.reject(new Error('retry is broken')),
      onReconnect: failing('reconnect'),
      onStateChange: failing('state'),
      onClose: failing('close'),
    });
    await closeSession(run);
    expect(run.lines().slice(-3)).toEqual(['state closing', 'state closed', 'close closed']);
    expect(new Set(called)).toEqual(new Set(['error', 'reconnect', 'state', 'close']));
  });
});

describe('a handler that ends the session', () => {
  it.each(['state', 'error', 'retry', 'reconnect'] as const)(
    'of %s ends it, and only the events of the end follow',
    async (name) => {
      const run = virtualSession({ service: refusedOnce });
      void run.session.start();
      await run.clock.advance(6_000);
      run.session.once(name, () => void run.session.close());
      run.transport.latest.drop(1006);
      await run.clock.advance(60_000);
      expect(run.closes).toEqual([{ reason: 'closed' }]);
      expect(run.lines().slice(-3)).toEqual(['state closing', 'state closed', 'close closed']);
      expect([run.transport.openSockets, run.clock.pendingTimers]).toEqual([0, 0]);
    },
  );

  it('runs when the state of the session is consistent', async () => {
    const seen: string[] = [];
    const run = virtualSession({ service: refusedOnce });
    run.session.on('state', ({ to }) => seen.push(`${to}:${run.session.state}`));
    run.session.on('error', () =>
      seen.push(`error:${run.session.state}:${String(run.session.connectionId)}`),
    );
    void run.session.start();
    await run.clock.advance(6_000);
    run.transport.latest.drop(1006);
    await run.clock.settle();
    expect(seen.slice(0, 4)).toEqual([
      'session_token:session_token',
      'websocket_connect:websocket_connect',
      'websocket_runtime:websocket_runtime',
      'error:waiting:undefined',
    ]);
    await closeSession(run);
  });
});

describe('explain()', () => {
  it('lists transitions, failures and decisions, oldest first', async () => {
    const run = await outage();
    const kinds = run.session.explain().map((entry) => {
      if (entry.kind === 'state') return `state ${entry.to}`;
      if (entry.kind === 'failure') return `failure ${entry.code}`;
      return entry.kind === 'retry' ? `retry ${entry.attempt} ${entry.source}` : `giveUp ${entry.reason}`;
    });
    expect(kinds.slice(3)).toEqual([
      'failure connectionClosed',
      'retry 1 backoff',
      'state waiting',
      'state session_token',
      'state websocket_connect',
      'failure upstreamError',
      'retry 2 hint',
      'state waiting',
      'state session_token',
      'state websocket_connect',
      'state websocket_runtime',
    ]);
    const times = run.session.explain().map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((one, other) => one - other));
    expect(run.session.explain().map(({ seq }) => seq)).toEqual(times.map((_, index) => index + 1));
    await closeSession(run);
  });

  it('has the clause of each decision, and no secret', async () => {
    const run = await outage();
    const [decision] = run.session.explain().filter((entry) => entry.kind === 'retry');
    expect(decision?.why).toMatch(/^connectionClosed is retried: attempt 1, /);
    expect(inspect([run.session.explain(), run.errors, run.session], { depth: 9 })).not.toMatch(/token-\d/);
    await closeSession(run);
  });

  it('returns a copy of its list: changing it has no effect on the session', async () => {
    const run = await outage();
    const length = run.session.explain().length;
    (run.session.explain() as unknown[]).length = 0;
    expect(run.session.explain()).toHaveLength(length);
    await closeSession(run);
  });
});

describe('the end of a session after a failure has the reason', () => {
  const LIMITS: readonly (readonly [GiveUpReason, VirtualSessionPlan])[] = [
    ['rule', { service: refusing(404) }],
    ['attempts', { service: refusing(503), options: { retry: { maxAttempts: 3 } } }],
    [
      'elapsed',
      { service: refusing(503), options: { retry: { maxAttempts: Infinity, maxElapsedMs: 5_000 } } },
    ],
    ['hintTooLong', { service: refusing(503, { 'retry-after': '3600' }) }],
  ];

  it.each(LIMITS)('%s', async (reason, plan) => {
    const run = virtualSession(plan);
    const started = run.session.start();
    await run.clock.advance(600_000);
    await expect(started).rejects.toMatchObject({ reason, willRetry: false });
    expect(run.errors.at(-1)?.reason).toBe(reason);
    expect(run.closes).toMatchObject([{ reason: 'failed', error: { reason } }]);
    expect(run.session.explain().filter(({ kind }) => kind === 'giveUp')).toMatchObject([{ reason }]);
  });

  it.each(['closed', 'aborted'] as const)('%s', async (reason) => {
    const run = virtualSession({ service: () => undefined });
    const controller = new AbortController();
    const started = run.session.start({ signal: controller.signal });
    await run.clock.settle();
    if (reason === 'aborted') controller.abort();
    else void run.session.close();
    await run.clock.settle();
    await expect(started).rejects.toMatchObject({ reason, willRetry: false });
    expect(run.errors).toEqual([]);
  });
});
