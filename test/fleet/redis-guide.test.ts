/**
 * The code and the compose file of docs/fleets.md, run with a real Redis as the page shows them; and the keys
 * of an endpoint on a cluster.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Cluster } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { describe, expect, it } from 'vitest';
import { AVATAR_SDK_ERROR_CODES } from '../../src/core/failure/avatar-sdk-error-code.js';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { createRedisCoordinator } from '../../src/fleet/redis.js';
import type { RedisClientLike } from '../../src/fleet/redis.js';
import { INSTRUMENTS } from '../../src/opentelemetry/session-metrics.js';
import { codeBlocks } from '../docs/markdown.js';
import { formatText } from '../loop/format.mjs';
import { PROJECT, readSource } from '../source-imports.js';
import { ENDPOINT, leaseOf, requestOf, waitOf } from './coordinated-fleet.js';
import { REDIS_SERVER, RedisServer } from './redis-server.mjs';

const PAGE = readSource('docs/fleets.md');
const blockOf = (language: string): string =>
  codeBlocks(PAGE).find((block) => block.language === language)?.text ?? '';
const COMPOSE = blockOf('yaml');

/** A list of strings in the compose file, in which each name occurs once. */
function listIn(yaml: string, name: string): string[] {
  const list = new RegExp(`\\b${name}: (\\[[^\\]]*\\])`).exec(yaml)?.[1] ?? '[]';
  return JSON.parse(list.replaceAll("'", '"')) as string[];
}

describe.skipIf(REDIS_SERVER === undefined)('docs/fleets.md', () => {
  it(
    'has code that opens a session of a fleet, and leaves no lease when its process gets SIGTERM',
    { timeout: 60_000 },
    async () => {
      const [server, emulator] = await Promise.all([RedisServer.start(), AvatarEmulator.start()]);
      const shown = codeBlocks(PAGE).find(({ text }) => text.includes('createClient('));
      const { appId, avatarId, apiKey, consoleEndpointUrl, ingressEndpointUrl } = emulator.sessionOptions;
      const here = { appId, avatarId, consoleEndpointUrl, ingressEndpointUrl };
      const ids = "appId: 'your app id',\n  avatarId: 'your avatar id',";
      expect(shown?.text).toContain(ids);
      const program = shown?.text.replace(ids, `...${JSON.stringify(here)},`) ?? '';
      const env = {
        ...process.env,
        REDIS_URL: `redis://127.0.0.1:${server.port}`,
        AVATARKIT_API_KEY: apiKey,
      };
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: PROJECT, env });
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += String(text)));
      const ended = once(child, 'exit');
      await expect
        .poll(() => emulator.log.some(({ event }) => event === 'confirmed'), { timeout: 30_000 })
        .toBe(true);
      child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
      expect(said).toBe('');
      const admin = await createClient({ url: env.REDIS_URL }).connect();
      expect(await admin.keys('*:leases:*')).toEqual([]);
      admin.destroy();
      await Promise.all([server.stop(), emulator.stop()]);
    },
  );

  it('has a compose file whose Redis starts as described', async () => {
    const [program, ...args] = listIn(COMPOSE, 'command');
    expect(COMPOSE).toContain('image: redis:');
    expect(program).toBe('redis-server');
    const server = await RedisServer.start(...args);
    const [kind, ...check] = listIn(COMPOSE, 'test');
    expect([kind, check]).toEqual(['CMD', ['redis-cli', 'ping']]);
    const client = await createClient({ url: `redis://127.0.0.1:${server.port}` }).connect();
    expect(await client.ping()).toBe('PONG');
    expect(await client.configGet('maxmemory-policy')).toEqual({ 'maxmemory-policy': 'noeviction' });
    expect(await client.configGet('save')).toEqual({ save: '' });
    client.destroy();
    await server.stop();
  });
});

describe('the compose file of docs/fleets.md', () => {
  it('is YAML', async () => {
    await expect(formatText('compose.yaml', COMPOSE)).resolves.toContain('services:');
    await expect(formatText('compose.yaml', `${COMPOSE} [`)).rejects.toThrow();
  });

  it('gives the process the variables that it reads, and no others', () => {
    const environment = /environment: \{([^\n]*)\}/.exec(COMPOSE)?.[1] ?? '';
    const given = [...environment.matchAll(/(\w+): '/g)].map(([, name]) => name);
    const read = [...blockOf('ts').matchAll(/process\.env\['(\w+)'\]/g)].map(([, name]) => name);
    expect(given.length).toBeGreaterThan(0);
    expect(given.sort()).toEqual(read.sort());
    expect(environment).toContain("REDIS_URL: 'redis://redis:6379'");
    expect(COMPOSE).toMatch(/^ {2}redis:$/m);
  });

  it('builds an image with a supported version of Node, and runs the file that it copies', () => {
    const dockerfile = blockOf('dockerfile');
    const [, major = '0'] = /^FROM node:(\d+)-slim$/m.exec(dockerfile) ?? [];
    const { engines } = JSON.parse(readSource('package.json')) as { engines: { node: string } };
    expect(Number(major)).toBeGreaterThanOrEqual(Number.parseInt(engines.node.replace('>=', ''), 10));
    const [, file = 'none'] = /^CMD \["node", "(.*)"\]$/m.exec(dockerfile) ?? [];
    expect(dockerfile).toContain(`COPY ${file} ./`);
    expect(PAGE).toContain(`as \`${file}\``);
  });
});

describe('the metrics of docs/fleets.md', () => {
  it('are those of the package', () => {
    const named = [...PAGE.matchAll(/`(avatarkit\.client\.[\w.]+)`/g)].map(([, name]) => name ?? '');
    const ofFleets = Object.keys(INSTRUMENTS).filter((name) => name.includes('.fleet.'));
    expect(named.sort()).toEqual(ofFleets.sort());
    expect(AVATAR_SDK_ERROR_CODES).toContain(/code `(\w+)`/.exec(PAGE)?.[1]);
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
