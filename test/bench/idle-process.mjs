// @ts-check
/** Opens a number of idle connections of one kind, reports their cost to its parent, and ends. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openRaw, openSession, startPeer } from './ends.mjs';

const [kind, countText, watchedText] = process.argv.slice(2);
const count = Number(countText);
const watchedMs = Number(watchedText);
const WARM_UP = Math.min(200, count);
const AT_ONCE = 20;
const PING_EVERY_MS = 5_000;

// If the peer slept between two heartbeats, the measurement would include the cost of waking it. A peer on
// another machine does not have this cost.
const peer = await startPeer({ awake: count >= 1_000 });
const options = { ...peer.options, onFrame: () => undefined };
/** @type {unknown[]} */
const held = [];
/** @type {import('ws').WebSocket[]} */
const sockets = [];

async function open() {
  if (kind === 'session') held.push(await openSession(options));
  else {
    const socket = await openRaw(peer.rawUrl);
    socket.on('message', () => undefined);
    sockets.push(socket);
  }
}

/** @param {number} howMany */
async function openAll(howMany) {
  for (let i = 0; i < howMany; i += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, open));
}

async function settled() {
  // The pause is long enough to collect the garbage of the upgrades.
  await sleep(Math.min(1_500, watchedMs));
  for (let i = 0; i < 5; i += 1) {
    globalThis.gc?.();
    await sleep(20);
  }
  return process.memoryUsage();
}

await openAll(WARM_UP);
const before = await settled();
await openAll(count);
const after = await settled();
if (kind === 'raw') {
  // The simplest manual keep-alive: one timer that pings every socket and ignores the answers.
  setInterval(() => sockets.forEach((socket) => socket.ping()), PING_EVERY_MS).unref();
}
const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
const cpu = process.cpuUsage();
const sinceMs = performance.now();
await sleep(watchedMs);
const { user, system } = process.cpuUsage(cpu);
process.send?.({
  heapKib: (after.heapUsed - before.heapUsed) / count / 1_024,
  rssKib: (after.rss - before.rss) / count / 1_024,
  totalMib: after.rss / 1_024 / 1_024,
  timers,
  corePercent: (user + system) / 10 / (performance.now() - sinceMs),
});
process.exit(0);
