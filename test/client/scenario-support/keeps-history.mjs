/**
 * Runs in its own process. A session reconnects as often as the service accepts it, and the application keeps no data.
 * Prints how many bytes are in use after a number of connections, and again after further ones. Run with --expose-gc.
 */
// The types are those of the sources, because those of the package exist only after a build.
/** @type {unknown} */
const loaded = await import(new URL('../../../dist/index.js', import.meta.url).href);
const { createConnectGate, newAvatarSession } = /** @type {typeof import('../../../src/index.js')} */ (
  loaded
);

const [, , endpoints = '', few = '', many = ''] = process.argv;
/** @type {unknown} */
const given = JSON.parse(endpoints);
let connections = 0;
/** Resolves when a measurement is over; no dial begins before that. */
let measured = Promise.resolve();
let events = 0;
const session = newAvatarSession({
  .../** @type {{ appId: string, avatarId: string }} */ (given),
  tokenProvider: async () => {
    await measured;
    return `token-of-connection-${connections}`;
  },
  connectGate: createConnectGate(),
  retry: {
    maxAttempts: 1_000_000,
    maxElapsedMs: 1_000_000,
    stableAfterMs: 1,
    backoff: { baseMs: 1, capMs: 1, minIntervalMs: 0 },
  },
});
session.on('reconnect', () => void (connections += 1));
for (const name of /** @type {const} */ (['error', 'retry', 'reconnect', 'state', 'frame']))
  session.on(name, () => void (events += 1));
await session.start();
const results = [await keptAfter(Number(few)), await keptAfter(Number(many))];
await session.close();
process.send?.(results);
process.disconnect();

/** @param {number} wanted */
async function keptAfter(wanted) {
  while (connections < wanted) await new Promise((resolve) => setTimeout(resolve, 5));
  /** @type {(() => void) | undefined} */
  let done;
  measured = new Promise((resolve) => (done = resolve));
  while (session.state !== 'session_token') await new Promise((resolve) => setTimeout(resolve, 5));
  const usedBytes = await used();
  const explained = session.explain();
  const explainBytes = Buffer.byteLength(JSON.stringify(explained));
  done?.();
  return { connections, entries: explained.length, explainBytes, usedBytes, events };
}

async function used() {
  for (let round = 0; round < 6; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    globalThis.gc?.();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
