/**
 * A fleet for operators: all entries on one Redis with a prefix, of all processes. Opens its own connection with an installed client
 * library. Frees leases; changes nothing else.
 */
import type { Redis as IoRedis } from 'ioredis';
import type { createClient as CreateClient } from 'redis';
import { scriptRunner } from './redis-client.js';
import type { RunScript } from './redis-client.js';
import type { FleetEndpoint } from '../ports/fleet-snapshot.js';
import { keysOf } from './held-leases.js';
import { readInspection, withLeasesOf } from './redis-coordinator.js';
import { INSPECT, RELEASE } from './redis-scripts.js';

/** A separate connection to one Redis. */
export interface RedisConnection {
  readonly run: RunScript;
  /** All keys that match a pattern. */
  scan(pattern: string): Promise<string[]>;
  close(): void;
}

/** No client library is installed. */
export class NoRedisClient extends Error {
  override readonly name = 'NoRedisClient';
}

const CONNECT_MS = 3_000;

/**
 * @throws NoRedisClient with the command that installs one
 * @throws Error of the library if Redis can't be reached; it may contain the address
 */
export async function openRedis(url: string): Promise<RedisConnection> {
  const library = await import('redis').catch(() => undefined);
  if (library !== undefined) return withNodeRedis(library.createClient, url);
  const other = await import('ioredis').catch(() => undefined);
  if (other !== undefined) return withIoRedis(other.Redis, url);
  throw new NoRedisClient('a Redis client is needed: npm install redis');
}

async function withNodeRedis(createClient: typeof CreateClient, url: string): Promise<RedisConnection> {
  const client = createClient({ url, socket: { reconnectStrategy: false, connectTimeout: CONNECT_MS } });
  client.on('error', () => undefined);
  await client.connect();
  return {
    run: scriptRunner(client),
    scan: (pattern) =>
      scanned((cursor) => client.sendCommand(['SCAN', cursor, 'MATCH', pattern, 'COUNT', '1000'])),
    // Version 5 throws if the connection is lost already.
    close: () => {
      if (client.isOpen) client.destroy();
    },
  };
}

async function withIoRedis(Redis: typeof IoRedis, url: string): Promise<RedisConnection> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: CONNECT_MS });
  client.on('error', () => undefined);
  await client.connect();
  return {
    run: scriptRunner(client),
    scan: (pattern) => scanned((cursor) => client.call('SCAN', cursor, 'MATCH', pattern, 'COUNT', '1000')),
    close: () => client.disconnect(),
  };
}

async function scanned(step: (cursor: string) => Promise<unknown>): Promise<string[]> {
  const found = new Set<string>();
  let cursor = '0';
  do {
    const [next, keys] = (await step(cursor)) as [string, string[]];
    for (const key of keys) found.add(key);
    cursor = next;
  } while (cursor !== '0');
  return [...found].sort();
}

/** Every endpoint with its leases, of all accounts. */
export async function surveyFleet(redis: RedisConnection, prefix: string): Promise<FleetEndpoint[]> {
  const endpoints = new Map<string, FleetEndpoint>();
  for (const key of await redis.scan(`${escaped(prefix)}:{*}:*`)) {
    const [, endpoint = '', account] = /^[^{]*:\{(.*?)\}:(?:leases:(.*)|workers|line)$/s.exec(key) ?? [];
    if (endpoint === '') continue;
    const answer = await redis.run(INSPECT, keysOf(prefix, endpoint, account ?? ''), []);
    const found = readInspection(endpoint, account ?? '', answer);
    endpoints.set(endpoint, withLeasesOf(endpoints.get(endpoint), found));
  }
  return [...endpoints.values()];
}

/** Frees the leases of a session, or of a process. Returns the freed ones. */
export async function freeLeases(
  connection: RedisConnection,
  prefix: string,
  whose: { readonly sessionId?: string | undefined; readonly worker?: string | undefined },
): Promise<FleetEndpoint['leases']> {
  const freed = [];
  for (const { endpoint, leases } of await surveyFleet(connection, prefix)) {
    for (const lease of leases) {
      if (lease.sessionId !== whose.sessionId && lease.worker !== whose.worker) continue;
      const keys = keysOf(prefix, endpoint, lease.account);
      const existed = await connection.run(RELEASE, keys, [`${lease.worker}|${lease.sessionId}`]);
      if (Number(existed) === 1) freed.push(lease);
    }
  }
  return freed;
}

/** The prefix as a pattern that matches it literally. */
function escaped(prefix: string): string {
  return prefix.replace(/[*?[\]\\^-]/g, '\\$&');
}
