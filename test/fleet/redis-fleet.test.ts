/**
 * The rules of a fleet with a real Redis that hold during any failure of its processes, of its Redis and of
 * the connection between them.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { TestContext } from 'vitest';
import { createSystemClock } from '../../src/adapters/node/system-clock.js';
import { createRedisCoordinator } from '../../src/fleet/redis.js';
import type { RedisCoordinator, RedisCoordinatorOptions } from '../../src/fleet/redis.js';
import type { Clock } from '../../src/index.js';
import { PROJECT } from '../source-imports.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { leaseOf, requestOf, waitOf } from './coordinated-fleet.js';
import { CLIENTS, PATIENT } from './redis-clients.js';
import { REDIS_SERVER, RedisServer } from './redis-server.mjs';

/** Redis servers, members and processes. They are stopped after the test. */
class Fleet {
  readonly ending: (() => unknown)[] = [];

  constructor({ onTestFinished }: TestContext) {
    onTestFinished(async () => {
      for (const end of this.ending.reverse()) await end();
    });
  }

  async redis(...more: string[]): Promise<RedisServer> {
    const server = await RedisServer.start(...more);
    this.ending.push(() => server.stop());
    return server;
  }

  async member(
    port: number,
    options: Partial<RedisCoordinatorOptions> = {},
    library = 'node-redis',
  ): Promise<RedisCoordinator> {
    const connected = await CLIENTS[library]?.(port);
    if (connected === undefined) throw new Error(`no library ${library}`);
    const { client } = connected;
    const coordinator = createRedisCoordinator({
      client,
      maxSessions: 2,
      dialsPerSecond: Infinity,
      ...PATIENT,
      ...options,
    });
    this.ending.push(async () => {
      await coordinator.close();
      connected.close();
    });
    return coordinator;
  }

  async worker(...words: number[]): Promise<ChildProcess> {
    const child = fork(join(PROJECT, 'test/fleet/fleet-worker.mjs'), words.map(String), { execArgv: [] });
    const [news] = (await once(child, 'message')) as [{ held: number }];
    expect(news.held).toBe(words.at(-1));
    this.ending.push(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    });
    return child;
  }

  async slowWay(port: number, delayMs: number): Promise<FaultProxy> {
    const place = { direction: 'toClient', atByte: 0 } as const;
    const faults = [{ connection: 'always', place, fault: { kind: 'delay', delayMs } } as const];
    const proxy = await FaultProxy.start({ targetPort: port, faults });
    this.ending.push(() => proxy.stop());
    return proxy;
  }
}

// These tests run at the same time, because they wait for leases to expire. Each has its own Redis.
describe.skipIf(REDIS_SERVER === undefined).concurrent('a fleet on Redis', () => {
  it(
    'frees the places of a killed process after the TTL, and not before',
    { timeout: 60_000 },
    async (context) => {
      const fleet = new Fleet(context);
      const { port } = await fleet.redis();
      const leaseTtlMs = 3_000;
      const one = await fleet.member(port, { maxSessions: 3, leaseTtlMs });
      const child = await fleet.worker(port, 3, leaseTtlMs, 3);
      waitOf(await one.acquire(requestOf('a')));
      // Longer than the TTL, so the process must have renewed its leases.
      await sleep(leaseTtlMs + 1_000);
      waitOf(await one.acquire(requestOf('a')));
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      const killedAtMs = performance.now();
      await vi.waitUntil(async () => 'release' in (await one.acquire(requestOf('a'))), {
        timeout: 20_000,
        interval: 50,
      });
      const tookMs = performance.now() - killedAtMs;
      // The last renewal was at most a third of the TTL ago.
      expect(tookMs).toBeGreaterThan(leaseTtlMs / 3);
      expect(tookMs).toBeLessThan(leaseTtlMs + 2_000);
      leaseOf(await one.acquire(requestOf('b')));
      leaseOf(await one.acquire(requestOf('c')));
    },
  );

  it('admits as many sessions as there are places if the clocks of its hosts differ by 30 s', async (context) => {
    const fleet = new Fleet(context);
    const { port } = await fleet.redis();
    const system = createSystemClock();
    const skewed = (byMs: number): Clock => ({
      ...system,
      nowMs: () => system.nowMs() + byMs,
      epochMs: () => system.epochMs() + byMs,
    });
    const members = await Promise.all(
      [-30_000, 0, 30_000].map((byMs) =>
        fleet.member(port, { maxSessions: 4, clock: skewed(byMs), leaseTtlMs: 3_000 }),
      ),
    );
    const answers = [];
    for (let round = 0; round < 4; round += 1) {
      for (const [at, one] of members.entries())
        answers.push(await one.acquire(requestOf(`${round} of ${at}`)));
    }
    expect(answers.filter((answer) => 'release' in answer)).toHaveLength(4);
    await sleep(4_000);
    for (const [at, one] of members.entries()) waitOf(await one.acquire(requestOf(`late ${at}`)));
  });

  it.for([200, 400])(
    'counts the sessions of a process if Redis answers it after %i ms, with the default limit of 250 ms',
    async (delayMs, context) => {
      const fleet = new Fleet(context);
      const { port } = await fleet.redis();
      const proxy = await fleet.slowWay(port, delayMs);
      const [slow, fast] = [
        await fleet.member(proxy.port, { timeoutMs: undefined }),
        await fleet.member(port),
      ];
      for (const id of ['a', 'b']) {
        const beganAtMs = performance.now();
        // With 400 ms, the process gives its own share of the limits, and the later answer counts.
        leaseOf(await slow.acquire(requestOf(id)));
        expect(performance.now() - beganAtMs).toBeLessThan(1_000);
        expect(await slow.dial(requestOf(id))).toBeUndefined();
        await sleep(600);
      }
      waitOf(await fast.acquire(requestOf('c')));
      const { endpoints } = await fast.inspect();
      expect(endpoints[0]?.leases.map(({ sessionId }) => sessionId).sort()).toEqual(['a', 'b']);
    },
  );

  it('answers a process by Redis if Redis takes 200 ms, which is within the default limit', async (context) => {
    const fleet = new Fleet(context);
    const { port } = await fleet.redis();
    const slow = await fleet.member((await fleet.slowWay(port, 200)).port, { timeoutMs: undefined });
    // One success is enough, because the machine may be busy.
    await vi.waitUntil(
      async () => {
        const id = crypto.randomUUID();
        const answer = await slow.acquire(requestOf(id));
        if ('release' in answer) await answer.release();
        return slow.available;
      },
      { timeout: 10_000, interval: 600 },
    );
  });

  it(
    'gives the places of a process that lost its connection to Redis to other sessions; its own session continues',
    { timeout: 60_000 },
    async (context) => {
      const fleet = new Fleet(context);
      const { port } = await fleet.redis();
      const proxy = await FaultProxy.start({ targetPort: port });
      fleet.ending.push(() => proxy.stop());
      const leaseTtlMs = 1_500;
      const apart = await fleet.member(proxy.port, { maxSessions: 1, leaseTtlMs, timeoutMs: undefined });
      const other = await fleet.member(port, { maxSessions: 1, leaseTtlMs });
      const { lost } = leaseOf(await apart.acquire(requestOf('a')));
      expect(await apart.dial(requestOf('a'))).toBeUndefined();
      proxy.strike({ kind: 'halfOpen' }, { direction: 'toService', atByte: 0 });
      const beganAtMs = performance.now();
      // A reconnect of its session: Redis does not answer within 250 ms, then the process permits the dial
      // within its own share.
      expect(await apart.dial(requestOf('a'))).toBeUndefined();
      expect(performance.now() - beganAtMs).toBeLessThan(1_500);
      await vi.waitUntil(async () => 'release' in (await other.acquire(requestOf('b'))), { timeout: 10_000 });
      expect(lost.aborted).toBe(false);
    },
  );

  it('keeps the leases of a replica that takes over', async (context) => {
    const fleet = new Fleet(context);
    const primary = await fleet.redis();
    const replica = await fleet.redis('--replicaof', `127.0.0.1 ${primary.port}`);
    const before = await fleet.member(primary.port);
    leaseOf(await before.acquire(requestOf('a')));
    leaseOf(await before.acquire(requestOf('b')));
    const { createClient } = await import('redis');
    const admin = await createClient({ url: `redis://127.0.0.1:${replica.port}` }).connect();
    await vi.waitUntil(async () => (await admin.keys('*')).length === 2, { timeout: 10_000 });
    await primary.kill();
    await admin.sendCommand(['REPLICAOF', 'NO', 'ONE']);
    admin.destroy();
    const after = await fleet.member(replica.port);
    waitOf(await after.acquire(requestOf('c')));
  });
});
