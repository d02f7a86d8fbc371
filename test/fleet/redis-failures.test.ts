/**
 * How a coordinator handles a Redis with wrong answers: errors, keys of other clients, unknown scripts, a
 * clock that was set back.
 */
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRedisCoordinator } from '../../src/fleet/redis.js';
import { openRedis, surveyFleet } from '../../src/fleet/redis-survey.js';
import type { RedisClientLike, RedisCoordinator, RedisCoordinatorOptions } from '../../src/fleet/redis.js';
import { DIAL, PUBLISH, SERVER_TIME } from '../../src/fleet/redis-scripts.js';
import { VirtualClock } from '../virtual-clock.js';
import { ENDPOINT, leaseOf, requestOf, waitOf } from './coordinated-fleet.js';
import { CLIENTS, PATIENT } from './redis-clients.js';
import { REDIS_SERVER, RedisServer } from './redis-server.mjs';

const LEASES = `avatarkit:{${ENDPOINT}}:leases:app`;
const LINE = `avatarkit:{${ENDPOINT}}:line`;

describe.skipIf(REDIS_SERVER === undefined).each(Object.entries(CLIENTS))(
  'a Redis that answers with errors, with %s',
  (_, connect) => {
    let server: RedisServer;
    let admin: ReturnType<typeof createClient>;
    const ending: (() => Promise<void>)[] = [];
    beforeAll(async () => {
      server = await RedisServer.start();
      admin = createClient({ url: `redis://127.0.0.1:${server.port}` });
      await admin.connect();
    });
    afterAll(async () => {
      admin.destroy();
      await server.stop();
    });
    beforeEach(() => admin.flushAll());
    afterEach(async () => {
      await Promise.all(ending.splice(0).map((end) => end()));
    });
    const join = async (options: Partial<RedisCoordinatorOptions> = {}): Promise<RedisCoordinator> => {
      const connected = await connect(server.port);
      const { client } = connected;
      const coordinator = createRedisCoordinator({ client, maxSessions: 2, ...PATIENT, ...options });
      ending.push(async () => {
        await coordinator.close();
        connected.close();
      });
      return coordinator;
    };

    it('sends its scripts again if Redis has lost them', async () => {
      const one = await join({ leaseTtlMs: 900 });
      const { lost } = leaseOf(await one.acquire(requestOf('a')));
      await admin.scriptFlush();
      expect(await one.dial(requestOf('a'))).toBeUndefined();
      await admin.scriptFlush();
      one.publish(requestOf('a'), { kind: 'answered' });
      await admin.scriptFlush();
      waitOf(await (await join({ maxSessions: 1 })).acquire(requestOf('b')));
      await admin.scriptFlush();
      // The renewals continue, too.
      await expect.poll(() => admin.pTTL(LEASES), { timeout: 5_000 }).toBeGreaterThan(1_500);
      expect(lost.aborted).toBe(false);
      expect(one.available).toBe(true);
    });

    it('gives its share if a key belongs to another client, and everything to other accounts', async () => {
      await admin.set(LEASES, 'of another client');
      const one = await join();
      leaseOf(await one.acquire(requestOf('a')));
      leaseOf(await one.acquire(requestOf('b')));
      const { reason } = waitOf(await one.acquire(requestOf('c')));
      expect(reason).toMatch(
        /^Redis failed: .*WRONGTYPE.* this process has its share of the sessions, 2 of 2$/,
      );
      expect(one.available).toBe(false);
      leaseOf(await one.acquire(requestOf('d', { account: 'another' })));
      expect(one.available).toBe(true);
      expect(await admin.get(LEASES)).toBe('of another client');
      // When the coordinator can use its key again, all leases that it gave are in it.
      await admin.del(LEASES);
      await expect.poll(() => admin.zCard(LEASES), { timeout: 10_000 }).toBe(2);
    });

    it('lets sessions dial at its share of the pace if the queue can not be read', async () => {
      await admin.set(LINE, 'of another client');
      const one = await join({ dialsPerSecond: 10 });
      leaseOf(await one.acquire(requestOf('a')));
      expect(await one.dial(requestOf('a'))).toBeUndefined();
      expect(waitOf(await one.dial(requestOf('b'))).waitMs).toBeGreaterThan(0);
    });

    it('reads a queue with a value that is not a number', async () => {
      await admin.hSet(LINE, { next: 'soon', failures: 'many', down: 'maybe', notBefore: '' });
      const one = await join();
      expect(await one.dial(requestOf('a'))).toBeUndefined();
      expect(one.available).toBe(true);
    });

    it('counts the leases that were given while it did not answer, even above the limit', async () => {
      const [one, other] = [await join({ leaseTtlMs: 3_000 }), await join({ leaseTtlMs: 3_000 })];
      leaseOf(await other.acquire(requestOf('x')));
      const second = leaseOf(await other.acquire(requestOf('y')));
      expect((await one.inspect()).available).toBe(true);
      // A primary that was demoted refuses all writes.
      await admin.sendCommand(['REPLICAOF', '127.0.0.1', '1']);
      const local = leaseOf(await one.acquire(requestOf('a')));
      await admin.sendCommand(['REPLICAOF', 'NO', 'ONE']);
      await expect.poll(() => admin.zCard(LEASES), { timeout: 10_000 }).toBe(3);
      // Three sessions are open. When one of them ends, there is still no free place.
      await second.release();
      waitOf(await other.acquire(requestOf('w')));
      await local.release();
      leaseOf(await other.acquire(requestOf('w')));
    });
  },
);

describe.skipIf(REDIS_SERVER === undefined)('the connection of an operator', () => {
  it('is closed without an error if Redis has ended before', async () => {
    const server = await RedisServer.start();
    const connection = await openRedis(`redis://127.0.0.1:${server.port}`);
    expect(await surveyFleet(connection, 'avatarkit')).toEqual([]);
    await server.stop();
    await expect
      .poll(() =>
        surveyFleet(connection, 'avatarkit').then(
          () => 'listed',
          () => 'lost',
        ),
      )
      .toBe('lost');
    connection.close();
    connection.close();
  });
});

/** A client whose answers are given by the test. */
function scriptedClient(answer: (asked: number) => unknown): RedisClientLike {
  let asked = 0;
  const run = (): Promise<unknown> => {
    asked += 1;
    return Promise.resolve(answer(asked));
  };
  return { evalSha: run, eval: run };
}

describe('a client with answers of other types', () => {
  const clock = new VirtualClock();
  const buffers = [Buffer.from(''), Buffer.from('0'), Buffer.from('0'), Buffer.from(''), 1];
  it.each<[string, unknown, unknown]>([
    ['numbers as texts', ['1', '1', '0'], ['', '0', '0', '', '1']],
    ['texts as buffers', [1, 1, 0], buffers],
    ['null for an empty text', [1, 1, 0], ['', '0', '0', null, 1]],
  ])('%s: works', async (_, acquired, dialled) => {
    const client = scriptedClient((asked) => (asked === 1 ? acquired : dialled));
    const coordinator = createRedisCoordinator({ client, clock, onUnavailable: 'wait' });
    leaseOf(await coordinator.acquire(requestOf('a')));
    expect(await coordinator.dial(requestOf('a'))).toBeUndefined();
  });

  it.each([undefined, null, 'OK', 7, {}])('%s in place of a list counts as no answer', async (answer) => {
    const client = scriptedClient(() => answer);
    const local = createRedisCoordinator({ client, clock, maxSessions: 1 });
    leaseOf(await local.acquire(requestOf('a')));
    waitOf(await local.acquire(requestOf('b')));
    expect(await local.dial(requestOf('a'))).toBeUndefined();
    const waits = createRedisCoordinator({ client, clock, onUnavailable: 'wait' });
    expect(waitOf(await waits.acquire(requestOf('a'))).reason).toMatch(/^Redis failed: /);
  });
});

describe('an answer that arrives too late', () => {
  it('gives a probe that no session makes to another session', async () => {
    const clock = new VirtualClock();
    const asked: { args: readonly string[]; answer: (value: unknown) => void }[] = [];
    const run = (_: string, options: { arguments: string[] }): Promise<unknown> =>
      new Promise((answer) => asked.push({ args: options.arguments, answer }));
    const client = { evalSha: run, eval: run };
    const coordinator = createRedisCoordinator({ client, clock, onUnavailable: 'wait' });
    const dial = coordinator.dial(requestOf('a'));
    await clock.advance(300);
    waitOf(await dial);
    asked[0]?.answer(['probe', '0', '0', '', 2]);
    await clock.settle();
    expect(asked.map(({ args }) => args[4])).toEqual(['10', 'left']);
  });

  it('releases a place that no session waits for, unless the session has asked again', async () => {
    const clock = new VirtualClock();
    const asked: { script: string; answer: (value: unknown) => void }[] = [];
    const run = (script: string): Promise<unknown> => new Promise((answer) => asked.push({ script, answer }));
    const client = { evalSha: run, eval: run };
    const coordinator = createRedisCoordinator({ client, clock, onUnavailable: 'wait', maxSessions: 1 });
    const first = coordinator.acquire(requestOf('a'));
    await clock.advance(300);
    waitOf(await first);
    await clock.advance(600);
    const second = coordinator.acquire(requestOf('a'));
    await clock.settle();
    expect(asked).toHaveLength(2);
    // Redis is available again, and answers both requests in order.
    asked[0]?.answer([1, 1, 0]);
    await clock.settle();
    asked[1]?.answer([1, 1, 0]);
    leaseOf(await second);
    expect(asked).toHaveLength(2);
    // A place of another session, which does not ask again.
    const third = coordinator.acquire(requestOf('b'));
    await clock.advance(300);
    waitOf(await third);
    asked[2]?.answer([1, 1, 0]);
    await clock.settle();
    expect(asked).toHaveLength(4);
    expect(asked[3]?.script).not.toBe(asked[2]?.script);
  });
});

describe.skipIf(REDIS_SERVER === undefined)(
  'a Redis whose clock is set back, or a replica with another clock that takes over',
  () => {
    it('lets sessions dial as if nothing had happened', async () => {
      const server = await RedisServer.start();
      const client = createClient({ url: `redis://127.0.0.1:${server.port}` });
      await client.connect();
      const keys = ['{e}:leases:a', '{e}:workers', '{e}:line', '{e}:queue:a', '{e}:asked:a'];
      const run = async (text: string, nowMs: number, ...more: string[]): Promise<string[]> => {
        const given = text.replace(SERVER_TIME, 'local now = tonumber(ARGV[#ARGV])');
        const base = ['w|s', 'w', '15000', 'a'];
        return (await client.eval(given, { keys, arguments: [...base, ...more, `${nowMs}`] })) as string[];
      };
      const beforeMs = 1_700_000_000_000;
      const afterMs = beforeMs - 3_600_000;
      expect((await run(DIAL.text, beforeMs, '100', ''))[0]).toBe('');
      const [, , , slot = ''] = await run(DIAL.text, beforeMs, '100', '');
      expect(slot).not.toBe('');
      await run(PUBLISH.text, beforeMs, 'accountHint', '500');
      const [cause, waitMs] = await run(DIAL.text, afterMs, '100', slot);
      expect([cause, Number(waitMs)]).toEqual(['hint', 500]);
      const [nextCause, nextMs] = await run(DIAL.text, afterMs + 600, '100', slot);
      expect([nextCause, Number(nextMs)]).toEqual(['', 0]);
      client.destroy();
      await server.stop();
    });
  },
);
