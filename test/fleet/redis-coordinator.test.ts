/** The coordinator with a real Redis, with both client libraries. Skipped without a redis-server. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { createRedisCoordinator } from '../../src/fleet/redis.js';
import type { RedisCoordinator, RedisCoordinatorOptions } from '../../src/fleet/redis.js';
import { VirtualClock } from '../virtual-clock.js';
import { leaseOf, requestOf, waitOf } from './coordinated-fleet.js';
import { describeCoordinator } from './coordinator-contract.js';
import { CLIENTS, CONNECTING, PATIENT } from './redis-clients.js';
import { REDIS_SERVER, RedisServer } from './redis-server.mjs';
import { waitUntil } from '../support/wait-for.js';
import type { Connect, ConnectedClient } from './redis-clients.js';

/** The processes of a fleet. Each has its own client and coordinator. */
class RedisFleet {
  readonly server: RedisServer;
  readonly #connect: Connect;
  readonly #closing: (() => Promise<void>)[] = [];

  private constructor(server: RedisServer, connect: Connect) {
    this.server = server;
    this.#connect = connect;
  }

  static async start(connect: Connect): Promise<RedisFleet> {
    return new RedisFleet(await RedisServer.start(), connect);
  }

  async join(options: Partial<RedisCoordinatorOptions> = {}): Promise<RedisCoordinator> {
    return this.joinWith(await this.#connect(this.server.port), options);
  }

  joinWith(connected: ConnectedClient, options: Partial<RedisCoordinatorOptions> = {}): RedisCoordinator {
    const coordinator = createRedisCoordinator({
      client: connected.client,
      maxSessions: 2,
      dialsPerSecond: Infinity,
      ...PATIENT,
      ...options,
    });
    this.#closing.push(async () => {
      await coordinator.close();
      connected.close();
    });
    return coordinator;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#closing.map((close) => close()));
    await this.server.stop();
  }
}

/** Longer than a busy machine delays a renewal, which is due after a third of it. */
const leaseTtlMs = 3_000;

describe.skipIf(REDIS_SERVER === undefined).each(Object.entries(CLIENTS))('%s', (name, connect) => {
  describeCoordinator(`createRedisCoordinator with ${name}`, async () => {
    const fleet = await RedisFleet.start(connect);
    const clients = await Promise.all([0, 1].map(() => connect(fleet.server.port)));
    return {
      join: (limits) => {
        const client = clients.shift();
        if (client === undefined) throw new Error('at most two processes');
        return fleet.joinWith(client, { maxSessions: undefined, dialsPerSecond: undefined, ...limits });
      },
      pass: (ms) => sleep(ms),
      stop: async () => {
        for (const client of clients) client.close();
        await fleet.stop();
      },
    };
  });

  const withFleet = (run: (fleet: RedisFleet) => Promise<void>) => async (): Promise<void> => {
    const fleet = await RedisFleet.start(connect);
    try {
      await run(fleet);
    } finally {
      await fleet.stop();
    }
  };

  it.concurrent(
    'renews leases as long as the process runs',
    withFleet(async (fleet) => {
      const [one, other] = [await fleet.join({ leaseTtlMs }), await fleet.join({ leaseTtlMs })];
      const { lost } = leaseOf(await one.acquire(requestOf('a')));
      leaseOf(await one.acquire(requestOf('b')));
      await sleep(leaseTtlMs + 1_000);
      waitOf(await other.acquire(requestOf('c')));
      expect(lost.aborted).toBe(false);
    }),
  );

  it.concurrent(
    'never renews a lease that was freed: it is lost, and its place goes to another session',
    withFleet(async (fleet) => {
      const [one, other] = [
        await fleet.join({ leaseTtlMs, maxSessions: 1 }),
        await fleet.join({ leaseTtlMs, maxSessions: 1 }),
      ];
      const { lost } = leaseOf(await one.acquire(requestOf('a')));
      await other.acquire(requestOf('b'));
      expect(await other.free('a')).toBe(true);
      leaseOf(await other.acquire(requestOf('b')));
      await waitUntil(() => lost.aborted);
      const { endpoints } = await other.inspect();
      expect(endpoints.flatMap(({ leases }) => leases.map(({ sessionId }) => sessionId))).toEqual(['b']);
    }),
  );

  // This test runs after the others, because it measures time.
  it(
    'answers within its time-out while Redis is frozen, and later at once; leases stay valid',
    withFleet(async (fleet) => {
      const one = await fleet.join({ maxSessions: 4, timeoutMs: undefined });
      const { lost } = leaseOf(await one.acquire(requestOf('a')));
      expect(await one.dial(requestOf('a'))).toBeUndefined();
      // The machine may be busy for a moment, so the minimum of three times counts.
      const tookMs: number[] = [];
      for (const id of ['b', 'c', 'd']) {
        fleet.server.freeze();
        const beganAtMs = performance.now();
        leaseOf(await one.acquire(requestOf(id)));
        expect(await one.dial(requestOf(id))).toBeUndefined();
        tookMs.push(performance.now() - beganAtMs);
        expect(one.available).toBe(false);
        for (let dial = 0; dial < 20; dial += 1) expect(await one.dial(requestOf('a'))).toBeUndefined();
        expect(performance.now() - beganAtMs).toBeLessThan(5 * 250);
        fleet.server.thaw();
        await vi.waitUntil(() => one.dial(requestOf('a')).then(() => one.available), { timeout: 5_000 });
      }
      // The time of a whole dial: its lease, and its turn.
      expect(Math.min(...tookMs)).toBeGreaterThan(245);
      expect(Math.min(...tookMs)).toBeLessThan(300);
      expect(await one.dial(requestOf('a'))).toBeUndefined();
      expect(one.available).toBe(true);
      expect(lost.aborted).toBe(false);
    }),
  );

  it.concurrent(
    'gives each process its share while Redis is unavailable, and registers these leases when Redis is available again',
    withFleet(async (fleet) => {
      const [one, other] = [
        await fleet.join({ maxSessions: 4, leaseTtlMs }),
        await fleet.join({ maxSessions: 4, leaseTtlMs }),
      ];
      await other.acquire(requestOf('z'));
      const before = leaseOf(await one.acquire(requestOf('a')));
      await fleet.server.kill();
      const during = leaseOf(await one.acquire(requestOf('b')));
      const { reason } = waitOf(await one.acquire(requestOf('c')));
      expect(reason).toMatch(/this process has its share of the sessions, 2 of 4$/);
      await fleet.server.again();
      // A lease that the server has lost stays lost. A lease that was never written is written now.
      await waitUntil(() => before.lost.aborted);
      await vi.waitUntil(
        async () =>
          (await one.inspect()).endpoints.some(({ leases }) =>
            leases.some(({ sessionId }) => sessionId === 'b'),
          ),
        { timeout: 5_000 },
      );
      expect(during.lost.aborted).toBe(false);
    }),
  );

  it.concurrent(
    'asks Redis, and uses no share, if its client has only begun to connect',
    withFleet(async (fleet) => {
      const one = await fleet.join({ maxSessions: 1 });
      leaseOf(await one.acquire(requestOf('a')));
      const connecting = CONNECTING[name]?.(fleet.server.port);
      if (connecting === undefined) throw new Error(`no library ${name}`);
      const other = fleet.joinWith(connecting, { maxSessions: 1 });
      expect(waitOf(await other.acquire(requestOf('b'))).reason).toMatch(/one must end first/);
      expect(other.available).toBe(true);
    }),
  );

  it.concurrent(
    'permits no dial while Redis is unavailable, if configured so',
    withFleet(async (fleet) => {
      const one = await fleet.join({ onUnavailable: 'wait' });
      await one.acquire(requestOf('a'));
      await fleet.server.kill();
      expect(waitOf(await one.dial(requestOf('a'))).reason).toMatch(/^Redis /);
      expect(waitOf(await one.acquire(requestOf('b'))).reason).toMatch(/^Redis /);
      await fleet.server.again();
      await vi.waitUntil(async () => (await one.dial(requestOf('a'))) === undefined, { timeout: 5_000 });
    }),
  );
});

describe('a client that gets no connection', () => {
  const states: [string, object][] = [
    ['node-redis', { isOpen: true, isReady: false }],
    ['ioredis', { status: 'connecting' }],
  ];
  const offline = (): Promise<never> => Promise.reject(new Error('offline'));
  const none = (): void => undefined;

  it.each(states)('of %s is waited for once, for two seconds, by all requests together', async (_, state) => {
    const clock = new VirtualClock();
    const client = { evalSha: offline, eval: offline, on: none, off: none, ...state };
    const coordinator = createRedisCoordinator({ client, clock, maxSessions: 2 });
    let given = 0;
    for (const id of ['a', 'b']) void coordinator.acquire(requestOf(id)).then(() => (given += 1));
    await clock.advance(1_999);
    expect(given).toBe(0);
    await clock.advance(1);
    expect(given).toBe(2);
    expect(waitOf(await coordinator.acquire(requestOf('c'))).reason).toMatch(/^Redis failed: offline/);
    await coordinator.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('is not waited for before `connect()` and after `close`', async () => {
    for (const state of [{ isOpen: false, isReady: false }, { status: 'wait' }, {}]) {
      const clock = new VirtualClock();
      const client = { evalSha: offline, eval: offline, on: none, off: none, ...state };
      leaseOf(await createRedisCoordinator({ client, clock }).acquire(requestOf('a')));
    }
    const clock = new VirtualClock();
    const client = { evalsha: offline, eval: offline, on: none, off: none, status: 'connecting' };
    const coordinator = createRedisCoordinator({ client, clock, onUnavailable: 'wait' });
    const asked = coordinator.acquire(requestOf('a'));
    await coordinator.close();
    expect(waitOf(await asked).reason).toMatch(/closed/);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('the options of createRedisCoordinator', () => {
  const client = { evalSha: () => Promise.resolve(), eval: () => Promise.resolve() };
  it.each([
    [{ client: {} }, TypeError, /client must be a client of redis .* npm install redis/],
    [{ client, prefix: 'a{b}' }, RangeError, 'prefix must have no braces, got "a{b}"'],
    [{ client, leaseTtlMs: 10 }, RangeError, 'leaseTtlMs must be'],
    [{ client, onUnavailable: 'ignore' }, RangeError, 'onUnavailable must be'],
    [{ client, maxSessions: 0.5 }, RangeError, 'maxSessions must be'],
    [{ client, ttl: 10 }, TypeError, 'unknown option'],
  ])('refuses %j', (options, kind, message) => {
    expect(() => createRedisCoordinator(options as never)).toThrow(kind);
    expect(() => createRedisCoordinator(options as never)).toThrow(message);
  });
});
