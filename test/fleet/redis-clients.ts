/**
 * Connected clients of both libraries, configured as in docs/fleets.md: no command waits for a connection,
 * and a lost connection is restored soon.
 */
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import type { RedisClientLike } from '../../src/fleet/redis-client.js';

export interface ConnectedClient {
  readonly client: RedisClientLike;
  close(): void;
}

/**
 * Most tests are not about a Redis that answers late, but on a busy machine it does. Tests of late answers
 * set the default of 250 ms.
 */
export const PATIENT = { timeoutMs: 10_000 } as const;

export type Connect = (port: number) => Promise<ConnectedClient>;

/** Clients that have only begun to connect, as in a process that does not wait for its Redis. */
export const CONNECTING: Readonly<Record<string, (port: number) => ConnectedClient>> = {
  'node-redis': (port) => {
    const client = createClient({ socket: { host: '127.0.0.1', port }, disableOfflineQueue: true });
    client.on('error', () => undefined);
    client.connect().catch(() => undefined);
    return { client, close: () => client.destroy() };
  },
  ioredis: (port) => {
    const client = new Redis({ host: '127.0.0.1', port, enableOfflineQueue: false });
    client.on('error', () => undefined);
    return { client, close: () => client.disconnect() };
  },
};

export const CLIENTS: Readonly<Record<string, Connect>> = {
  'node-redis': async (port) => {
    const client = createClient({
      socket: { host: '127.0.0.1', port, reconnectStrategy: 50 },
      disableOfflineQueue: true,
    });
    client.on('error', () => undefined);
    await client.connect();
    return { client, close: () => client.destroy() };
  },
  ioredis: async (port) => {
    const client = new Redis({
      host: '127.0.0.1',
      port,
      enableOfflineQueue: false,
      retryStrategy: () => 50,
      maxRetriesPerRequest: 0,
    });
    client.on('error', () => undefined);
    await once(client, 'ready');
    return { client, close: () => client.disconnect() };
  },
};
