/**
 * Brings a session to the state in which it is to end, waits for a message of the parent process, and ends it. It never
 * calls `process.exit`. Prints how long the process ran after the call that ended the session.
 */
// The types are those of the sources, because those of the package exist only after a build.
/** @type {unknown} */
const loaded = await import(new URL('../../../dist/index.js', import.meta.url).href);
const { newAvatarSession } = /** @type {typeof import('../../../src/index.js')} */ (loaded);

const [, , target = '', how = ''] = process.argv;
/** @type {unknown} */
const given = JSON.parse(target);
const options = /** @type {import('../../../src/index.js').AvatarSessionOptions} */ (given);
const session = newAvatarSession(options);
const controller = new AbortController();
const started = how === 'idle' ? undefined : session.start({ signal: controller.signal });
started?.then(
  () => {
    if (how === 'speaking') void session.sendAudio(new Uint8Array(64_000));
  },
  () => undefined, // Some cases end the session early, so that start() rejects.
);

// One turn later, because Node 20 fails when a channel is closed while it still delivers messages.
process.once('message', () => setImmediate(end));

function end() {
  process.disconnect();
  const askedAtMs = performance.now();
  process.on('exit', () => process.stdout.write(String(Math.round(performance.now() - askedAtMs))));
  if (how === 'aborted') controller.abort();
  else if (how !== 'fatal') void session.close();
}
