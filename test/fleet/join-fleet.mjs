// @ts-check
/**
 * A coordinator that uses the Redis at a port, with a client as in docs/fleets.md. For processes of a fleet.
 */
import { createClient } from 'redis';
import { createRedisCoordinator } from 'avatarkit-session/redis';

/**
 * @param {number} port
 * @param {Partial<import('avatarkit-session/redis').RedisCoordinatorOptions>} options
 */
export async function joinFleet(port, options) {
  const client = createClient({
    socket: { host: '127.0.0.1', port, reconnectStrategy: 100, socketTimeout: 5_000 },
    disableOfflineQueue: true,
    pingInterval: 2_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  return createRedisCoordinator({ client, ...options });
}
