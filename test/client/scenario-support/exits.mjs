/**
 * Opens a session that the end of the process closes, as `Detail` (JSON) says, speaks, and sends itself the signal, or
 * exits by itself. Prints the outcome of the session and of the utterance.
 */
import { createServer } from 'node:http';
import { Worker, isMainThread, workerData } from 'node:worker_threads';

// The types are those of the sources, because those of the package exist only after a build.
/** @type {unknown} */
const loaded = await import(new URL('../../../dist/index.js', import.meta.url).href);
const { AvatarSDKError, newAvatarSession } = /** @type {typeof import('../../../src/index.js')} */ (loaded);

/**
 * @typedef {object} Detail
 * @property {boolean | { drain?: boolean, timeoutMs?: number }} closeOnExit
 * @property {number} [speaksMs] the duration of the utterance; default 1000
 * @property {number} [ownDrainAfterMs] the application has a listener, and drains this long after the signal
 * @property {boolean} [ownListener] the application has a listener that closes nothing
 * @property {boolean} [server] the application has a server: its listener stops the server, which takes
 *   `ownDrainAfterMs`, then drains and exits
 * @property {number} [saysAgainAfterMs] this long after the signal it speaks another utterance, of 300 ms
 * @property {boolean} [ownDrainBefore] the application has no listener, and has begun to drain when the signal
 * comes
 * @property {boolean} [reopens] the application has a listener, and opens a session again after the first signal
 * @property {NodeJS.Signals} [signal] default: SIGTERM
 * @property {'main' | 'worker'} [exits] no signal: `process.exit(3)` in this thread
 */
/** @type {unknown} */
const argvOfMain = workerData;
const argv = /** @type {string[]} */ (isMainThread ? process.argv : argvOfMain);
const [, , target = '', text = ''] = argv;
/** @type {unknown} */
const given = JSON.parse(target);
const options = /** @type {import('../../../src/index.js').AvatarSessionOptions} */ (given);
/** @type {unknown} */
const parsed = JSON.parse(text);
const detail = /** @type {Detail} */ (parsed);
const { closeOnExit, speaksMs = 1_000, ownDrainAfterMs, exits, signal = 'SIGTERM' } = detail;
/** @param {string} line */
const say = (line) => void process.stdout.write(`${line}\n`);

async function open() {
  const session = newAvatarSession({ ...options, closeOnExit });
  session.on('close', ({ reason }) => say(reason));
  await session.start();
  return session;
}

async function run() {
  const session = await open();
  if (exits !== undefined) {
    // Too little audio for a keyframe: a service that writes to a process that has ended can lose data that it has
    // not read yet.
    void session.speak().write(new Uint8Array(640));
    process.exit(3);
  }
  session.speak(new Uint8Array(32 * speaksMs)).finished.then(
    ({ outcome }) => say(outcome),
    (/** @type {unknown} */ error) =>
      say(error instanceof AvatarSDKError ? `cut: ${error.outcome ?? ''}` : String(error)),
  );
  const drain = () => void session.close({ drain: true, timeoutMs: 8_000 });
  if (detail.ownListener === true) process.on(signal, () => say('own listener'));
  if (detail.saysAgainAfterMs !== undefined) {
    setTimeout(() => {
      session.speak(new Uint8Array(32 * 300)).finished.then(
        () => say('said again'),
        () => say('refused'),
      );
    }, detail.saysAgainAfterMs);
  }
  if (detail.server === true) {
    const server = createServer().listen(0, '127.0.0.1');
    process.on(signal, () => {
      setTimeout(() => {
        server.close(() => {
          session.close({ drain: true, timeoutMs: 8_000 }).then(() => process.exit(7), say);
        });
      }, ownDrainAfterMs);
    });
  } else if (ownDrainAfterMs !== undefined) process.on(signal, () => setTimeout(drain, ownDrainAfterMs));
  if (detail.ownDrainBefore === true) drain();
  if (detail.reopens === true) {
    process.on(signal, () => say('own listener'));
    session.on('close', () => {
      // After the work of the first signal has ended.
      setTimeout(() => void open().then(() => process.kill(process.pid, signal)), 300);
    });
  }
  process.kill(process.pid, signal);
}

if (exits === 'worker' && isMainThread) {
  new Worker(new URL(import.meta.url), { workerData: process.argv });
} else await run();
