/** The command `fleet` with a real Redis. Skipped without a redis-server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRedisCoordinator } from '../../src/fleet/redis.js';
import type { RedisCoordinator } from '../../src/fleet/redis.js';
import { leaseOf, requestOf } from '../fleet/coordinated-fleet.js';
import { CLIENTS } from '../fleet/redis-clients.js';
import { REDIS_SERVER, RedisServer } from '../fleet/redis-server.mjs';
import { runCommand } from './fake-terminal.js';

describe('fleet, with wrong arguments', () => {
  it.each([
    [['--redis', 'http://127.0.0.1'], 'fleet: --redis must be an address like redis://127.0.0.1:6379'],
    [['--redis', 'redis://user:secret@127.0.0.1:1'], 'fleet: no Redis answers at 127.0.0.1:1'],
  ])('%j prints the error, without the password', async (args, message) => {
    const { exitCode, complaints } = await runCommand(['fleet', ...args]);
    expect(exitCode).toBe(2);
    expect(complaints).toEqual([`avatarkit-session: ${message}`]);
  });
});

describe.skipIf(REDIS_SERVER === undefined)('fleet', () => {
  let server: RedisServer;
  let coordinator: RedisCoordinator;
  let disconnect: () => void;
  beforeAll(async () => {
    server = await RedisServer.start();
    const connected = await CLIENTS['node-redis']?.(server.port);
    if (connected === undefined) throw new Error('no client');
    disconnect = () => connected.close();
    coordinator = createRedisCoordinator({ client: connected.client, maxSessions: 3, worker: 'host:1:x' });
  });
  afterAll(async () => {
    await coordinator.close();
    disconnect();
    await server.stop();
  });
  const fleet = async (...args: string[]): Promise<{ code: number; text: string }> => {
    const url = `redis://127.0.0.1:${server.port}`;
    const { exitCode, out } = await runCommand(['fleet', ...args], { REDIS_URL: url });
    return { code: exitCode, text: out };
  };

  it('lists which session has which lease, and frees leases', async () => {
    expect((await fleet()).text).toBe('no fleet is known under this prefix\n');
    const lease = leaseOf(await coordinator.acquire(requestOf('session-1')));
    await coordinator.acquire(requestOf('session-2', { account: 'other:app' }));
    const { code, text } = await fleet();
    expect(code).toBe(0);
    expect(text).toMatch(/^wss:\/\/ingress\.test\/v2: up; leases 2, waiting 0, processes 1\n/);
    expect(text).toMatch(/^ {2}session-1 {2}host:1:x {2}app {2}1\d\.\d s left$/m);
    expect(text).toMatch(/^ {2}session-2 {2}host:1:x {2}other:app {2}1\d\.\d s left$/m);
    const { endpoints } = JSON.parse((await fleet('--json')).text) as { endpoints: { leases: unknown[] }[] };
    expect(endpoints[0]?.leases).toHaveLength(2);
    expect(await fleet('--free', 'session-1')).toEqual({ code: 0, text: 'freed session-1 of host:1:x\n' });
    expect((await fleet('--free', 'session-1')).code).toBe(1);
    expect(await fleet('--free-worker', 'host:1:x')).toMatchObject({ text: 'freed session-2 of host:1:x\n' });
    expect(lease.lost.aborted).toBe(false);
  });
});
