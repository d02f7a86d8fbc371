/**
 * Adds values with many names to `Object.prototype`, then opens sessions, and prints the names with which a session fails
 * or uses the added value.
 */
// The types are those of the sources, because those of the package exist only after a build.
/** @type {unknown} */
const loaded = await import(new URL('../../../dist/index.js', import.meta.url).href);
const { createWsTransport, newAvatarSession, prewarm } =
  /** @type {typeof import('../../../src/index.js')} */ (loaded);

const [, , list = '[]', polluted = '[]'] = process.argv;
/** @type {unknown} */
const given = JSON.parse(list);
const targets =
  /** @type {{ options: import('../../../src/index.js').AvatarSessionOptions, works: boolean }[]} */ (given);
/** @type {unknown} */
const names = JSON.parse(polluted);

// Creates these streams before anything is added to Object.prototype, because Node makes them from options that
// inherit.
const streams = [process.stdout, process.stderr];

// Loads the modules of the first dial early, because Node's loader also reads names of Object.prototype.
if (targets[0] !== undefined) await prewarm(targets[0].options);

let calls = 0;
/** @type {Readonly<Record<string, unknown>>} */
const VALUES = {
  text: 'polluted',
  'a number': 7,
  false: false,
  true: true,
  null: null,
  'an object': {},
  'a function that throws': () => {
    calls += 1;
    throw new Error('polluted');
  },
  'a function': () => {
    calls += 1;
    return 'polluted';
  },
};

/** @param {import('../../../src/index.js').AvatarSessionOptions} options */
async function live(options) {
  const session = newAvatarSession({ retry: { maxAttempts: 1 }, transport: createWsTransport(), ...options });
  try {
    await session.start({});
    const { outcome } = await session.speak(new Uint8Array(6_400), {}).finished;
    const utterance = session.speak();
    await utterance.end(new Uint8Array(640));
    let frames = 0;
    for await (const frame of utterance) frames += frame.keyframes.length;
    await session.sendAudio(new Uint8Array(640), true);
    await session.close({ drain: true });
    session.explain();
    return outcome === 'delivered' && frames > 0;
  } finally {
    await session.close();
  }
}

/**
 * @param {readonly string[]} under
 * @param {unknown} value
 * @param {typeof targets[number]} target
 */
async function isUnharmed(under, value, { options, works }) {
  calls = 0;
  const prototype = /** @type {Record<string, unknown>} */ (Object.prototype);
  for (const name of under) prototype[name] = value;
  const worked = await live(options).catch(() => false);
  for (const name of under) Reflect.deleteProperty(prototype, name);
  return worked === works && calls === 0;
}

/** @type {string[]} */
const harmful = [];
const all = /** @type {string[]} */ (names);
for (const [kind, value] of Object.entries(VALUES)) {
  for (const [index, target] of targets.entries()) {
    if (await isUnharmed(all, value, target)) continue;
    harmful.push(`${kind}, target ${index}`);
    for (const name of all) {
      if (!(await isUnharmed([name], value, target))) harmful.push(`${kind}, target ${index}: ${name}`);
    }
  }
}
streams[0]?.write(JSON.stringify(harmful));
