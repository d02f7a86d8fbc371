// @ts-check
/** One process of a fleet: takes so many leases as its words say and holds them until it is ended. Words: port, limit, TTL, leases. */
import { createClient } from 'redis';
import { createRedisCoordinator } from 'avatarkit-session/redis';

const [port, maxSessions, leaseTtlMs, leases] = process.argv.slice(2).map(Number);
const client = createClient({ url: `redis://127.0.0.1:${port}`, disableOfflineQueue: true });
client.on('error', () => undefined);
await client.connect();
const coordinator = createRedisCoordinator({ client, maxSessions, leaseTtlMs });
const { signal } = new AbortController();
let held = 0;
for (let at = 0; at < (leases ?? 0); at += 1) {
  const request = {
    endpoint: 'wss://ingress.test/v2',
    account: 'app',
    sessionId: `${process.pid}-${at}`,
    signal,
  };
  if ('release' in (await coordinator.acquire(request))) held += 1;
}
process.send?.({ held });
process.once('disconnect', () => process.exit(0));
