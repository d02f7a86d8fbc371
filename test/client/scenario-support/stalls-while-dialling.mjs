/**
 * A session whose process blocks, after a message of its parent process, for longer than the time-out of a step of the
 * dial, as a long computation would. Prints the state at that time, and how the session ended.
 */
// The types are those of the sources, because those of the package exist only after a build.
/** @type {unknown} */
const loaded = await import(new URL('../../../dist/index.js', import.meta.url).href);
const { newAvatarSession } = /** @type {typeof import('../../../src/index.js')} */ (loaded);

const TIMEOUT_MS = 1_000;
const STALL_MS = 2_500;
const [, , target = ''] = process.argv;
/** @type {string[]} */
const states = [];
/** @type {unknown} */
const given = JSON.parse(target);
const options = /** @type {import('../../../src/index.js').AvatarSessionOptions} */ (given);
const session = newAvatarSession({
  ...options,
  timeoutMs: TIMEOUT_MS,
  onStateChange: ({ to }) => states.push(to),
});
let stalledIn = '';
process.once('message', () => {
  stalledIn = session.state;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STALL_MS);
});
await session.start();
process.disconnect();
const { outcome } = await session.speak(new Uint8Array(6_400)).finished;
const failures = session.explain().filter(({ kind }) => kind === 'failure').length;
process.stdout.write(JSON.stringify({ stalledIn, states, failures, outcome }));
await session.close();
