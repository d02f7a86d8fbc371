/**
 * Sends two thousand utterances over one session that sometimes loses its connection. Prints the memory in use, after a
 * full collection, after the thousandth and after the last one.
 */
import { setFlagsFromString } from 'node:v8';
import { setTimeout as sleep } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
/** @type {unknown} */
const exposed = runInNewContext('gc');
const collect = /** @type {() => void} */ (exposed);
// The types are those of the sources, because those of the package exist only after a build.
/** @type {unknown} */
const loaded = await import(new URL('../../../dist/index.js', import.meta.url).href);
const { newAvatarSession } = /** @type {typeof import('../../../src/index.js')} */ (loaded);

const [, , target = ''] = process.argv;
/** @type {unknown} */
const given = JSON.parse(target);
const options = /** @type {import('../../../src/index.js').AvatarSessionOptions} */ (given);
let reconnects = 0;
let frames = 0;
const session = newAvatarSession({
  ...options,
  retry: { maxAttempts: Infinity, backoff: { baseMs: 1, capMs: 5, minIntervalMs: 0 } },
  onReconnect: () => (reconnects += 1),
  onFrame: () => (frames += 1),
});
await session.start();
const pcm = new Uint8Array(6_400).fill(7);

async function usedBytes() {
  for (let i = 0; i < 5; i += 1) {
    await sleep(10);
    collect();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** @param {number} nth */
async function say(nth) {
  const utterance = session.speak(pcm);
  if (nth % 7 === 0) await utterance.interrupt();
  else if (nth % 2 === 0) for await (const frame of utterance) frames += frame.end ? 1 : 0;
  await utterance.finished;
}

/** @type {number[]} */
const used = [];
for (let nth = 1; nth <= 2_000; nth += 1) {
  await say(nth);
  if (nth === 1_000 || nth === 2_000) used.push(await usedBytes());
}
await session.close();
process.stdout.write(JSON.stringify({ used, reconnects, frames }));
process.disconnect();
