/** The calls of a session to its coordinator, their times, and the effect of the answers. Virtual time. */
import { describe, expect, it } from 'vitest';
import { createRedisCoordinator } from '../../src/fleet/redis.js';
import { createMemoryCoordinator, UpgradeRefused } from '../../src/index.js';
import { VirtualClock } from '../virtual-clock.js';
import { virtualSession } from './virtual-session.js';
import { closed, ScriptedCoordinator, started, why } from './scripted-coordinator.js';
import type { FakeDial } from './fake-transport.js';

describe('a session with a coordinator', () => {
  it('requests a lease before its first attempt, keeps it across reconnects, and releases it at its end', async () => {
    const coordinator = new ScriptedCoordinator();
    const virtual = started(coordinator, { ingressEndpointUrl: 'wss://ingress.test/v2/?key=secret' });
    await virtual.clock.settle();
    expect(coordinator.asked).toMatchObject([{ endpoint: 'wss://ingress.test/v2', account: 'app' }]);
    virtual.transport.latest.drop();
    await virtual.clock.until(() => virtual.dialsAtMs.length === 2);
    await virtual.clock.settle();
    expect(virtual.session.state).toBe('websocket_runtime');
    expect(coordinator.asked).toHaveLength(1);
    expect(coordinator.released).toBe(0);
    await closed(virtual);
    expect(coordinator.released).toBe(1);
    expect(coordinator.news).toEqual(['answered', 'answered']);
  });

  it('requests another lease when it is restarted', async () => {
    const coordinator = new ScriptedCoordinator();
    const virtual = started(coordinator, { retry: false });
    await virtual.clock.settle();
    virtual.transport.latest.drop(4002);
    await virtual.clock.settle();
    expect([virtual.session.state, coordinator.released]).toEqual(['closed', 1]);
    const restarted = virtual.session.restart();
    await virtual.clock.settle();
    await expect(restarted).resolves.toBe('connection-2');
    expect(coordinator.asked).toHaveLength(2);
    await closed(virtual);
    expect(coordinator.released).toBe(2);
  });

  it('waits for the time that the coordinator gives: no attempt counts, and the reason is reported', async () => {
    const coordinator = new ScriptedCoordinator();
    coordinator.answers = [() => Promise.resolve({ waitMs: 7_000, reason: 'the plan is full' })];
    const virtual = started(coordinator);
    await virtual.clock.settle();
    expect(virtual.session.state).toBe('waiting');
    expect(virtual.retries).toMatchObject([{ attempt: 1, delayMs: 7_000, source: 'gate' }]);
    expect(why(virtual)).toEqual(['the plan is full']);
    await virtual.clock.advance(6_999);
    expect(virtual.dialsAtMs).toEqual([]);
    await virtual.clock.advance(1);
    expect(virtual.dialsAtMs).toEqual([7_000]);
    await closed(virtual);
  });

  it('asks again for its turn after the wait of the fleet', async () => {
    const coordinator = new ScriptedCoordinator();
    coordinator.waits = [
      { waitMs: 200, reason: 'the pace' },
      { waitMs: 300, reason: 'the pace' },
    ];
    const virtual = started(coordinator);
    await virtual.clock.advance(500);
    expect(virtual.dialsAtMs).toEqual([500]);
    expect(virtual.retries).toHaveLength(1);
    expect(coordinator.asked).toHaveLength(1);
    await closed(virtual);
  });

  it('waits at most until the limit of the outage', async () => {
    const coordinator = new ScriptedCoordinator();
    coordinator.answers = Array.from(
      { length: 100 },
      () => () => Promise.resolve({ waitMs: 1_000, reason: 'the plan is full' }),
    );
    const virtual = started(coordinator, { retry: { maxElapsedMs: 20_000 } });
    await virtual.clock.advance(20_002);
    expect(virtual.closes).toMatchObject([
      { reason: 'failed', error: { reason: 'elapsed', message: /coordinator/ } },
    ]);
    expect(virtual.dialsAtMs).toEqual([]);
    expect(virtual.clock.pendingTimers).toBe(0);
  });

  it('reports the outcome of dials, but only of those that reached the endpoint', async () => {
    const coordinator = new ScriptedCoordinator();
    const ends: ((dial: FakeDial) => void)[] = [
      (dial) => dial.refuse(new UpgradeRefused(503, { 'retry-after': '2' }, '')),
      (dial) => dial.confirm(),
    ];
    let tokens = 0;
    const tokenProvider = (): string => {
      tokens += 1;
      if (tokens === 1) throw new Error('no token available');
      return 'token';
    };
    const virtual = started(coordinator, { tokenProvider }, (dial) => ends.shift()?.(dial));
    await virtual.clock.until(() => virtual.session.state === 'websocket_runtime');
    expect(coordinator.news).toEqual(['left', 'unreachable', 'hint', 'answered']);
    virtual.transport.latest.drop(1012);
    await virtual.clock.settle();
    expect(coordinator.news.at(-1)).toBe('drain');
    await closed(virtual);
  });

  it('continues when its lease is lost, requests another one, and reports this', async () => {
    const coordinator = new ScriptedCoordinator();
    const virtual = started(coordinator);
    await virtual.clock.settle();
    coordinator.answers = [() => Promise.resolve({ waitMs: 1_000, reason: 'full' })];
    coordinator.lose();
    await virtual.clock.settle();
    expect(virtual.session.state).toBe('websocket_runtime');
    expect(coordinator.asked).toHaveLength(2);
    await virtual.clock.advance(1_000);
    expect(coordinator.asked).toHaveLength(3);
    expect(
      virtual.session.explain().flatMap((entry) => (entry.kind === 'lease' ? [entry.reason] : [])),
    ).toEqual([
      'the session has lost its lease: it continues, and asks for another one',
      'the session has a lease again',
    ]);
    expect(virtual.lines()).not.toContain('state waiting');
    await closed(virtual);
    expect(coordinator.released).toBe(1);
  });

  it('ends after concurrencyLimit even if it has a lease, and releases its place', async () => {
    const coordinator = new ScriptedCoordinator();
    const virtual = started(coordinator);
    await virtual.clock.settle();
    virtual.transport.latest.drop(4003);
    await virtual.clock.settle();
    expect(virtual.closes).toMatchObject([{ reason: 'failed', error: { code: 'concurrencyLimit' } }]);
    expect(coordinator.released).toBe(1);
    const patient = new ScriptedCoordinator();
    const waiting = started(patient, { retry: 'patient' });
    await waiting.clock.settle();
    waiting.transport.latest.drop(4003);
    await waiting.clock.until(() => waiting.dialsAtMs.length === 2);
    await waiting.clock.settle();
    expect(waiting.session.state).toBe('websocket_runtime');
    expect([patient.asked.length, patient.released]).toEqual([1, 0]);
    await closed(waiting);
  });

  it('does not dial without a lease', async () => {
    const coordinator = new ScriptedCoordinator();
    const virtual = started(coordinator);
    await virtual.clock.settle();
    coordinator.answers = Array.from(
      { length: 5 },
      () => () => Promise.resolve({ waitMs: 10_000, reason: 'full' }),
    );
    coordinator.lose();
    virtual.transport.latest.drop();
    await virtual.clock.advance(30_000);
    expect(virtual.dialsAtMs).toHaveLength(1);
    await virtual.clock.advance(30_000);
    expect(virtual.dialsAtMs).toHaveLength(2);
    await closed(virtual);
  });

  it('releases a lease that arrives after the end of the session', async () => {
    const coordinator = new ScriptedCoordinator();
    let grant: () => void = () => undefined;
    coordinator.answers = [() => new Promise((resolve) => (grant = () => resolve(coordinator.lease())))];
    const virtual = started(coordinator);
    await virtual.clock.settle();
    await closed(virtual);
    expect(coordinator.asked[0]?.signal.aborted).toBe(true);
    grant();
    await virtual.clock.settle();
    expect(coordinator.released).toBe(1);
  });
});

describe('a session whose Redis never answers', () => {
  it('dials a quarter of a second later, also for a reconnect, and never ends for this reason', async () => {
    const clock = new VirtualClock();
    const silent = (): Promise<never> => new Promise(() => undefined);
    const client = { evalSha: silent, eval: silent };
    const coordinator = createRedisCoordinator({ client, clock, maxSessions: 3 });
    const service = (dial: FakeDial): void => void dial.confirm();
    const options = { coordinator, heartbeat: false } as const;
    const virtual = virtualSession({ service, clock, options });
    void virtual.session.start();
    await clock.advance(249);
    expect(virtual.dialsAtMs).toEqual([]);
    await clock.advance(1);
    expect(virtual.dialsAtMs).toEqual([250]);
    await clock.advance(60_000);
    expect(virtual.session.state).toBe('websocket_runtime');
    const alone = virtualSession({ service, options: { heartbeat: false } });
    void alone.session.start();
    await alone.clock.advance(60_250);
    const [lostAtMs, alsoAtMs] = [clock.nowMs(), alone.clock.nowMs()];
    virtual.transport.latest.drop();
    alone.transport.latest.drop();
    await clock.until(() => virtual.dialsAtMs.length === 2);
    await alone.clock.until(() => alone.dialsAtMs.length === 2);
    const delayMs = (virtual.dialsAtMs[1] ?? 0) - lostAtMs;
    const usualMs = (alone.dialsAtMs[1] ?? 0) - alsoAtMs;
    expect(delayMs - usualMs).toBeGreaterThanOrEqual(0);
    expect(delayMs - usualMs).toBeLessThanOrEqual(250);
    await closed(virtual);
    await closed(alone);
    await coordinator.close();
  });
});

describe('a session with a working Redis', () => {
  it('sends no token, no key, and no secret part of its address to Redis', async () => {
    const clock = new VirtualClock();
    const sent: string[] = [];
    const run = (_: string, options: { keys: string[]; arguments: string[] }): Promise<unknown> => {
      sent.push(...options.keys, ...options.arguments);
      // The answer is a lease or a turn.
      return Promise.resolve(options.arguments.length === 4 ? [1, 1, 0] : ['', '0', '0', '', 1]);
    };
    const coordinator = createRedisCoordinator({
      client: { eval: run, evalSha: run },
      clock,
      maxSessions: 3,
    });
    const ingressEndpointUrl = 'wss://user:password@ingress.test/v2?key=secret';
    const service = (dial: FakeDial): void => void dial.confirm();
    const options = { coordinator, heartbeat: false, ingressEndpointUrl } as const;
    const virtual = virtualSession({ service, clock, options });
    void virtual.session.start();
    await clock.settle();
    virtual.transport.latest.drop();
    await clock.until(() => virtual.dialsAtMs.length === 2);
    await closed(virtual);
    expect(virtual.tokenReasons).toHaveLength(2);
    expect(sent).toContain('avatarkit:{wss://ingress.test/v2}:leases:app');
    expect(sent.filter((text) => /token-|password|user|secret/.test(text))).toEqual([]);
    await coordinator.close();
  });
});

describe('a session that waits for a lease', () => {
  it('notifies the coordinator, which can keep its place in a line, when it stops waiting', async () => {
    const coordinator = new ScriptedCoordinator();
    coordinator.acquire = () => Promise.resolve({ waitMs: 1_000, reason: 'full' });
    const virtual = started(coordinator);
    await virtual.clock.advance(3_000);
    expect(coordinator.news).toEqual([]);
    await closed(virtual);
    expect(coordinator.news).toEqual(['left']);
  });
});

describe('sessions of one memory coordinator', () => {
  it('are never more than its maxSessions: the next session connects when one ends', async () => {
    const clock = new VirtualClock();
    const coordinator = createMemoryCoordinator({ maxSessions: 2, clock });
    const service = (dial: FakeDial): void => void dial.confirm();
    const options = { coordinator, heartbeat: false } as const;
    const three = [1, 2, 3].map(() => virtualSession({ service, clock, options }));
    for (const { session } of three) void session.start();
    await clock.advance(5_000);
    expect(three.map(({ session }) => session.state)).toEqual([
      'websocket_runtime',
      'websocket_runtime',
      'waiting',
    ]);
    const first = three[0]?.session.close();
    await clock.advance(2_000);
    await first;
    expect(three[2]?.session.state).toBe('websocket_runtime');
    const rest = Promise.all(three.map(({ session }) => session.close()));
    await clock.advance(2_000);
    await rest;
    expect(clock.pendingTimers).toBe(0);
    expect((await coordinator.inspect()).endpoints[0]?.leases).toEqual([]);
  });
});
