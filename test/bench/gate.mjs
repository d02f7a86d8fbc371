// @ts-check
/**
 * Measures the cost of the connect gate if no dial fails: opens five hundred sessions at once, alternately
 * with and without the gate, and prints the median of the ratios of their times. Usage: npm run --silent
 * build && node test/bench/gate.mjs
 */
import { fork } from 'node:child_process';
import { newAvatarSession } from 'avatarkit-session';

const SESSIONS = 500;
const ROUNDS = 31;

const peer = fork(new URL('peer.mjs', import.meta.url));
/** @type {number} */
const port = await new Promise((resolve) => peer.once('message', resolve));

/** @param {false | undefined} connectGate */
async function openAll(connectGate) {
  const sessions = Array.from({ length: SESSIONS }, () =>
    newAvatarSession({
      apiKey: 'bench',
      appId: 'bench',
      avatarId: 'bench',
      consoleEndpointUrl: `http://127.0.0.1:${port}`,
      ingressEndpointUrl: `ws://127.0.0.1:${port}`,
      connectGate,
    }),
  );
  const startedAtMs = performance.now();
  await Promise.all(sessions.map((session) => session.start()));
  const tookMs = performance.now() - startedAtMs;
  await Promise.all(sessions.map((session) => session.close()));
  return tookMs;
}

await openAll(undefined);
await openAll(false);
/** @type {{ gated: number, free: number }[]} */
const rounds = [];
for (let round = 0; round < ROUNDS; round += 1) {
  // The second run profits from a warm process, so the order alternates.
  const first = round % 2 === 0 ? undefined : false;
  const firstMs = await openAll(first);
  const secondMs = await openAll(first === undefined ? false : undefined);
  rounds.push(first === undefined ? { gated: firstMs, free: secondMs } : { gated: secondMs, free: firstMs });
}
const sorted = (/** @type {number[]} */ values) => values.toSorted((one, other) => one - other);
const median = (/** @type {number[]} */ values) => sorted(values)[values.length >> 1] ?? NaN;
const ratios = rounds.map(({ gated, free }) => gated / free);
const text = (/** @type {number | undefined} */ value) => value?.toFixed(3);
console.log(
  `${SESSIONS} sessions at once: with the gate ${median(rounds.map(({ gated }) => gated)).toFixed(0)} ms, ` +
    `without ${median(rounds.map(({ free }) => free)).toFixed(0)} ms, ratio ${text(median(ratios))} ` +
    `(${text(sorted(ratios)[0])} to ${text(sorted(ratios).at(-1))})`,
);
peer.disconnect();
