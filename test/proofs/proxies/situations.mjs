// @ts-check
/**
 * What happens to proxies in production, as programs: each begins when sessions speak through the proxy, and
 * ends when the proxy works again. Longest first, so that all workers are busy until the end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { closingServer, hungServer } from './backends.mjs';

/**
 * @typedef {object} Place what a situation has in its hands
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
 * @property {number} [leastReconnects] of all sessions together: with fewer the trouble did not reach them; default 1
 * @property {number} [mostReconnects] of one session; default no limit
 * @property {(place: Place) => Promise<void>} trouble
 */

/** While it lasts, the proxy behaves otherwise. @param {Place} place @param {Partial<import('./proxy-process.mjs').Behaviour>} change */
async function behaving({ proxy }, change, lastsMs = 5_000) {
  await proxy.reload(change);
  await sleep(lastsMs);
  await proxy.reload();
  await sleep(1_500);
}

/** The proxy has another service for a while. @param {Place} place @param {import('./backends.mjs').Backend} backend */
async function withService(place, backend, change = {}) {
  await behaving(place, { upstreams: [backend.port], ...change });
  await backend.stop();
}

/** Many sessions lose their connections at once, and come back through a limit. @param {429 | 503} status @returns {Situation} */
function rateLimit(status) {
  return {
    name: `rate limit with ${status}`,
    voices: 12,
    trouble: (place) => behaving(place, { rateLimit: { perSecond: 6, status } }, 20_000),
  };
}

/** A proxy that cuts what is silent, sooner than our heartbeat speaks. @param {number} idleTimeoutS @returns {Situation} */
function idleTimeout(idleTimeoutS) {
  return {
    name: `idle time-out of ${idleTimeoutS} s`,
    behaviour: { idleTimeoutS },
    manner: { chunks: 50, pauseMs: 7_000 },
    // A ping may come just before the time-out.
    leastReconnects: 0,
    // Two that teach the heartbeat, and one that may be on its way.
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
    name: 'frozen, then going on',
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
    name: 'hard stop, and start again',
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
