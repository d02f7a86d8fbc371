// @ts-check
/**
 * One process of the scaling table: opens its part of the sessions, which stay idle or send audio, and
 * reports the cost.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { newAvatarSession } from 'avatarkit-session';

/** @typedef {{ count: number, chunkBytes: number, everyMs: number, forMs: number, consoleEndpointUrl: string, ingressEndpointUrl: string }} Order */

const AT_ONCE = 50;

process.once('message', (order) => void work(/** @type {Order} */ (order)));

/** @param {Order} order */
async function work({ count, chunkBytes, everyMs, forMs, consoleEndpointUrl, ingressEndpointUrl }) {
  let sent = 0;
  const options = {
    apiKey: 'bench',
    appId: 'bench',
    avatarId: 'bench',
    consoleEndpointUrl,
    ingressEndpointUrl,
    onFrame: () => undefined,
  };
  const startedAtMs = performance.now();
  /** @type {import('avatarkit-session').AvatarSession[]} */
  const sessions = [];
  for (let i = 0; i < count; i += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - i) }, () => newAvatarSession(options));
    await Promise.all(some.map((session) => session.start()));
    sessions.push(...some);
  }
  const openedMs = performance.now() - startedAtMs;
  globalThis.gc?.();
  const cpu = process.cpuUsage();
  const sinceMs = performance.now();
  if (chunkBytes === 0) await sleep(forMs);
  else {
    const chunk = new Uint8Array(chunkBytes);
    const timer = setInterval(() => {
      sent += sessions.length;
      for (const session of sessions) void session.sendAudio(chunk);
    }, everyMs);
    await sleep(forMs);
    clearInterval(timer);
  }
  const { user, system } = process.cpuUsage(cpu);
  const corePercent = (user + system) / 10 / (performance.now() - sinceMs);
  const { rss } = process.memoryUsage();
  const sentPercent = chunkBytes === 0 ? 100 : (100 * sent) / (count * (forMs / everyMs));
  process.send?.({ openedMs, corePercent, rssMib: rss / 1_024 / 1_024, sentPercent }, () => process.exit(0));
}
