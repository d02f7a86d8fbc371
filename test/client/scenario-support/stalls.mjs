/**
 * A session whose process blocks for five seconds directly after a ping, as a long computation would. Prints the states
 * of the session, its failures, and the duration of the stall.
 */
// The types are those of the sources, because those of the package exist only after a build.
/** @type {unknown} */
const loaded = await import(new URL('../../../dist/index.js', import.meta.url).href);
const { createWsTransport, newAvatarSession } = /** @type {typeof import('../../../src/index.js')} */ (
  loaded
);

const STALL_MS = 5_000;
const [, , target = ''] = process.argv;
const ws = createWsTransport();
let stalledMs = 0;
let pings = 0;

/** @type {import('../../../src/index.js').Transport} */
const transport = {
  name: 'stalling',
  sendsHeaders: true,
  async dial(request, sink) {
    const connection = await ws.dial(request, sink);
    const ping = connection.ping?.bind(connection);
    connection.ping = () => {
      ping?.();
      pings += 1;
      if (pings === 1) setImmediate(stall);
    };
    return connection;
  },
};

/** @type {string[]} */
const states = [];
/** @type {unknown} */
const given = JSON.parse(target);
const options = /** @type {import('../../../src/index.js').AvatarSessionOptions} */ (given);
const session = newAvatarSession({
  ...options,
  transport,
  onStateChange: ({ to }) => states.push(to),
});
process.disconnect();
await session.start();

function stall() {
  const fromMs = performance.now();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STALL_MS);
  stalledMs = Math.round(performance.now() - fromMs);
  // Long enough for a heartbeat that counts the stall as silence to end the connection. Then speaks over the same
  // connection.
  setTimeout(() => void speak(), 1_000);
}

async function speak() {
  const { outcome } = await session.speak(new Uint8Array(32_000)).finished;
  const failures = session.explain().filter(({ kind }) => kind === 'failure').length;
  process.stdout.write(JSON.stringify({ stalledMs, pings, states, failures, outcome }));
  await session.close();
}
