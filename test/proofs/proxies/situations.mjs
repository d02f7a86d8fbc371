// @ts-check
/**
 * Situations of proxies in production, as programs: each begins while sessions speak through the proxy, and
 * ends when the proxy works again. The longest is first, so that all workers are busy until the end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { closingServer, hungServer } from './backends.mjs';

/**
 * @typedef {object} Place the objects that a situation can use
 * @property {import('./proxy-process.mjs').ProxyProcess} proxy
 * @property {readonly import('./backends.mjs').Backend[]} nodes of the service
 */

/**
 * @typedef {object} Situation
 * @property {string} name
 * @property {Partial<import('./proxy-process.mjs').Behaviour>} [behaviour] of the proxy when it starts
 * @property {number} [voices] sessions that speak; default 1
 * @property {number} [nodes] of the service; default 1
 * @property {import('./voice.mjs').Manner} [manner]
 * @property {number} [leastReconnects] of all sessions together: with fewer, the trouble did not affect them; default 1
 * @property {number} [mostReconnects] of one session; default no limit
 * @property {(place: Place) => Promise<void>} trouble
 */

/**
 * Changes the behaviour of the proxy for a time.
 * @param {Place} place
 * @param {Partial<import('./proxy-process.mjs').Behaviour>} change
 */
async function behaving({ proxy }, change, lastsMs = 5_000) {
  await proxy.reload(change);
  await sleep(lastsMs);
  await proxy.reload();
  await sleep(1_500);
}

/**
 * Gives the proxy another backend for a time.
 * @param {Place} place
 * @param {import('./backends.mjs').Backend} backend
 */
async function withService(place, backend, change = {}) {
  await behaving(place, { upstreams: [backend.port], ...change });
  await backend.stop();
}

/**
 * Many sessions lose their connections at once, and reconnect through a rate limit.
 * @param {429 | 503} status
 * @returns {Situation}
 */
function rateLimit(status) {
  return {
    name: `rate limit with ${status}`,
    voices: 12,
    trouble: (place) => behaving(place, { rateLimit: { perSecond: 6, status } }, 20_000),
  };
}

/**
 * A proxy that cuts silent connections earlier than the heartbeat sends a ping.
 * @param {number} idleTimeoutS
 * @returns {Situation}
 */
function idleTimeout(idleTimeoutS) {
  return {
    name: `idle time-out of ${idleTimeoutS} s`,
    behaviour: { idleTimeoutS },
    manner: { chunks: 50, pauseMs: 7_000 },
    // A ping may arrive shortly before the time-out.
    leastReconnects: 0,
    // The heartbeat learns from two cuts, and a third one may already be on its way.
    mostReconnects: 3,
    trouble: () => sleep(40_000),
  };
}

/** @type {readonly Situation[]} */
export const SITUATIONS = [
  idleTimeout(4),
  idleTimeout(5),
  rateLimit(429),
  rateLimit(503),
  {
    name: 'frozen, then continued',
    trouble: async ({ proxy }) => {
      await sleep(1_000);
      proxy.freeze();
      await sleep(14_000);
      proxy.thaw();
      await sleep(2_000);
    },
  },
  {
    name: 'frozen for a moment',
    leastReconnects: 0,
    trouble: async ({ proxy }) => {
      await sleep(1_000);
      proxy.freeze();
      await sleep(2_500);
      proxy.thaw();
      await sleep(1_000);
    },
  },
  {
    name: '504 pages',
    trouble: async (place) => withService(place, await hungServer(), { idleTimeoutS: 2 }),
  },
  { name: '502 pages', trouble: async (place) => withService(place, await closingServer()) },
  {
    name: '502 or 503 pages, the service is gone',
    trouble: async ({ nodes }) => {
      for (const node of nodes) await node.stop();
      await sleep(5_000);
      for (const node of nodes) await node.start();
      await sleep(1_500);
    },
  },
  { name: '503 pages', trouble: (place) => behaving(place, { answer: 503 }) },
  {
    name: 'rolling restart of three services',
    nodes: 3,
    trouble: async ({ nodes }) => {
      for (const node of nodes) {
        await sleep(1_500);
        await node.stop();
        await sleep(1_500);
        await node.start();
      }
      await sleep(1_500);
    },
  },
  {
    name: 'TLS ended at the proxy, which restarts',
    behaviour: { certificate: 'good' },
    trouble: async ({ proxy }) => {
      await sleep(1_500);
      await proxy.restart(500);
      await sleep(1_500);
    },
  },
  {
    name: 'TLS with an expired certificate for a moment',
    behaviour: { certificate: 'good' },
    trouble: (place) => behaving(place, { certificate: 'expired' }, 3_000),
  },
  {
    name: 'hard stop and restart',
    trouble: async ({ proxy }) => {
      await sleep(1_500);
      await proxy.kill();
      await sleep(4_000);
      await proxy.run();
      await sleep(1_500);
    },
  },
  {
    name: 'restart',
    trouble: async ({ proxy }) => {
      await sleep(1_500);
      await proxy.restart(1_000);
      await sleep(1_500);
    },
  },
  {
    name: 'reload, twice',
    trouble: async ({ proxy }) => {
      for (let time = 0; time < 2; time++) {
        await sleep(1_500);
        await proxy.reload();
        await sleep(2_500);
      }
    },
  },
];
