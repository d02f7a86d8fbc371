/** The code of docs/fleets.md, run as it is shown on a real Redis; and the keys of an endpoint on a cluster. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Cluster } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { createRedisCoordinator } from '../../src/fleet/redis.js';
import type { RedisClientLike } from '../../src/fleet/redis.js';
import { codeBlocks } from '../docs/markdown.js';
import { PROJECT, readSource } from '../source-imports.js';
import { ENDPOINT, leaseOf, requestOf, waitOf } from './coordinator-contract.js';
import { REDIS_SERVER, RedisServer } from './redis-server.mjs';

describe.skipIf(REDIS_SERVER === undefined)('docs/fleets.md', () => {
  it('has code that opens a session of a fleet, and leaves nothing', { timeout: 60_000 }, async () => {
    const [server, emulator] = await Promise.all([RedisServer.start(), AvatarEmulator.start()]);
    const shown = codeBlocks(readSource('docs/fleets.md')).find(({ text }) => text.includes('createClient('));
    const credentials = "{ apiKey: 'key', appId: 'app', avatarId: 'avatar', coordinator }";
    expect(shown?.text).toContain(credentials);
    const options = JSON.stringify(emulator.sessionOptions);
    const program = shown?.text.replace(credentials, `{ ...${options}, coordinator }`) ?? '';
    const env = { ...process.env, REDIS_URL: `redis://127.0.0.1:${server.port}` };
    const run = promisify(execFile);
    const ended = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: PROJECT, env });
    expect(ended).toEqual({ stdout: '', stderr: '' });
    expect(emulator.log.some(({ event }) => event === 'confirmed')).toBe(true);
    const admin = await createClient({ url: env.REDIS_URL }).connect();
    expect(await admin.keys('*:leases:*')).toEqual([]);
    admin.destroy();
    await Promise.all([server.stop(), emulator.stop()]);
  });
});

describe.skipIf(REDIS_SERVER === undefined)('a cluster', () => {
  const connecting: Record<
    string,
    (port: number) => Promise<{ client: RedisClientLike; close: () => void }>
  > = {
    'node-redis': async (port) => {
      const client = createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${port}` }] });
      client.on('error', () => undefined);
      await client.connect();
      return { client, close: () => client.destroy() };
    },
    ioredis: (port) => {
      const client = new Cluster([{ host: '127.0.0.1', port }]);
      client.on('error', () => undefined);
      return Promise.resolve({
        client: client,
        close: () => client.disconnect(),
      });
    },
  };

  it.each(Object.entries(connecting))(
    'has all keys of an endpoint in one slot, with %s',
    async (_, connect) => {
      const server = await RedisServer.start(
        '--cluster-enabled',
        'yes',
        '--cluster-announce-ip',
        '127.0.0.1',
      );
      const admin = await createClient({ url: `redis://127.0.0.1:${server.port}` }).connect();
      await admin.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', '0', '16383']);
      await expect
        .poll(() => admin.sendCommand(['CLUSTER', 'INFO']), { timeout: 10_000 })
        .toContain('cluster_state:ok');
      const connected = await connect(server.port);
      const { client } = connected;
      const coordinator = createRedisCoordinator({
        client,
        maxSessions: 1,
        onUnavailable: 'wait',
        timeoutMs: 5_000,
      });
      const lease = leaseOf(await coordinator.acquire(requestOf('a', { account: 'an {app}' })));
      waitOf(await coordinator.acquire(requestOf('b', { account: 'an {app}' })));
      expect(await coordinator.dial(requestOf('a', { account: 'an {app}' }))).toBeUndefined();
      coordinator.publish(requestOf('a', { account: 'an {app}' }), { kind: 'drain' });
      const { available, endpoints } = await coordinator.inspect();
      expect(available).toBe(true);
      expect(endpoints).toMatchObject([
        { endpoint: ENDPOINT, waiting: 1, leases: [{ account: 'an {app}' }] },
      ]);
      expect(await coordinator.free('a')).toBe(true);
      expect(lease.lost.aborted).toBe(true);
      await coordinator.close();
      connected.close();
      admin.destroy();
      await server.stop();
    },
  );
});
