/**
 * One session fails and is restarted many times, with an utterance each time. Prints the cost of one restart: bytes of
 * the heap, timers, and listeners on the signal that every restart gets.
 */
import { getEventListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { getHeapSnapshot } from 'node:v8';

// The types are those of the sources, because those of the package exist only after a build.
/** @type {unknown} */
const loaded = await import(new URL('../../../dist/index.js', import.meta.url).href);
const { newAvatarSession } = /** @type {typeof import('../../../src/index.js')} */ (loaded);

/** @type {unknown} */
const given = JSON.parse(process.argv[2] ?? '');
const options = /** @type {import('../../../src/index.js').AvatarSessionOptions} */ (given);

/**
 * Restarts before the measurement, which allocate what the process keeps once: buffers for frames and audio,
 * cached texts.
 */
const WARM_UP = 300;
const MEASURED = 500;
const { signal } = new AbortController();
const session = newAvatarSession({ ...options, retry: false });
session.on('error', () => undefined);

/** One life of the session: the service ends its connection at the first keyframe. */
async function live() {
  const closed = new Promise((resolve) => session.once('close', resolve));
  await session.speak(new Uint8Array(3_200)).finished.catch(() => undefined);
  await closed;
}

async function restarts(/** @type {number} */ count) {
  for (let life = 0; life < count; life += 1) {
    await session.restart({ signal });
    await live();
  }
  await setImmediate();
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  return { bytes: await bytesOfObjects(), timers };
}

/**
 * The bytes of the heap without code, which the engine compiles and discards at any time. The snapshot collects garbage
 * first.
 */
async function bytesOfObjects() {
  const chunks = [];
  for await (const chunk of getHeapSnapshot()) chunks.push(/** @type {Buffer} */ (chunk));
  /** @type {unknown} */
  const parsed = JSON.parse(Buffer.concat(chunks).toString());
  const { snapshot, nodes } =
    /** @type {{ nodes: number[]; snapshot: { meta: { node_fields: string[]; node_types: string[][] } } }} */ (
      parsed
    );
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const size = fields.indexOf('self_size');
  const notCounted = ['code', 'hidden', 'object shape'].map((type) => types[0]?.indexOf(type));
  let bytes = 0;
  for (let node = 0; node < nodes.length; node += fields.length) {
    if (!notCounted.includes(nodes[node])) bytes += nodes[node + size] ?? 0;
  }
  return bytes;
}

await session.start();
await live();
const before = await restarts(WARM_UP);
const after = await restarts(MEASURED);
const report = {
  lives: session.explain().at(-1)?.life,
  bytesOfALife: (after.bytes - before.bytes) / MEASURED,
  timers: after.timers - before.timers,
  listeners: getEventListeners(signal, 'abort').length,
};
await session.close();
process.stdout.write(JSON.stringify(report), () => process.exit(0));
