// @ts-check
/**
 * One process of a fleet: acquires a number of leases and keeps them until the process is ended. Arguments:
 * port, limit, TTL, leases.
 */
import { joinFleet } from './join-fleet.mjs';

const [port = 0, maxSessions, leaseTtlMs, leases = 0] = process.argv.slice(2).map(Number);
const coordinator = await joinFleet(port, { maxSessions, leaseTtlMs });
const { signal } = new AbortController();
let held = 0;
for (let at = 0; at < leases; at += 1) {
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
