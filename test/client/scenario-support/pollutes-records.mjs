/**
 * Adds values with many names to `Object.prototype`, then opens sessions and provokes errors, and prints the names with
 * which an error, an event or a result changed.
 */
// The types are those of the sources, because those of the package exist only after a build.
/** @type {unknown} */
const loaded = await import(new URL('../../../dist/index.js', import.meta.url).href);
const { AvatarSDKError, createWsTransport, newAvatarSession } =
  /** @type {typeof import('../../../src/index.js')} */ (loaded);

/** @typedef {import('../../../src/index.js').AvatarSessionOptions} Options */

const [, , given = '{}', names = '[]'] = process.argv;
/** @type {unknown} */
const parsed = [JSON.parse(given), JSON.parse(names)];
const [options, polluted] = /** @type {[Options, string[]]} */ (parsed);

// Creates these streams before anything is added to Object.prototype, because Node makes them from options that
// inherit.
const streams = [process.stdout, process.stderr];

let calls = 0;
function throwing() {
  calls += 1;
  throw new Error('polluted');
}
/** @type {Readonly<Record<string, PropertyDescriptor>>} */
const DESCRIPTORS = {
  'a number': { value: 7, writable: true },
  'a text': { value: 'polluted', writable: true },
  'a function': { value: throwing, writable: true },
};

/** The own members of an error as text. @param {unknown} error */
function described(error) {
  if (!(error instanceof Error)) return 'no error';
  const { name, message } = error;
  const isOurs = AvatarSDKError.is(error);
  const json = isOurs ? { ...error.toJSON(), request_id: undefined, raw_body: undefined } : {};
  const { cause, ...members } = Object.getOwnPropertyDescriptors(error);
  const causes = Object.keys(Object.getOwnPropertyDescriptors(Object(cause?.value)));
  return [name, message, json, Object.keys(members), causes];
}

/** @param {() => unknown} call */
async function errorOf(call) {
  try {
    await call();
    return 'no error';
  } catch (error) {
    return described(error);
  }
}

/** Errors of invalid options, of failing functions, of a refused key, of an audio source and of a call. */
async function errors() {
  const { appId, avatarId } = options;
  const room = { url: 'wss://room.example' };
  const made = [
    ...[{}, { appId, avatarId }, { ...options, retri: 1 }, { ...options, retry: { backoff: { base: 1 } } }],
    ...[
      { ...options, livekitEgress: {} },
      { ...options, livekitEgress: room },
      { ...options, agoraEgress: {} },
    ],
  ].map((wrong) => () => newAvatarSession(/** @type {never} */ (wrong)));
  const failing = () => {
    throw new Error('of the application');
  };
  const started = [
    ...[{ apiKey: 'another-key' }, { tokenProvider: failing }, { tokenProvider: () => ({}) }],
    ...[{ tokenProvider: () => ({ token: '' }) }, { livekitEgress: failing }, { livekitEgress: () => room }],
    ...[{ httpPost: failing }, { httpPost: () => ({}) }, { consoleEndpointUrl: 'http://127.0.0.1:1' }],
  ].map((more) => async () => {
    const session = newAvatarSession(/** @type {never} */ ({ ...options, retry: false, ...more }));
    try {
      await session.start({});
    } finally {
      await session.close();
    }
  });
  const session = newAvatarSession(options);
  await session.start({});
  const called = [
    () => session.speak(/** @type {never} */ ([failing]), {}).finished,
    () => session.sendAudio(/** @type {never} */ ('no audio')),
    () => session.start(/** @type {never} */ ({ timeout: 1 })),
  ];
  const thrown = [];
  for (const call of [...made, ...started, ...called]) thrown.push(await errorOf(call));
  await session.close({});
  return thrown;
}

async function live() {
  const session = newAvatarSession({ retry: { maxAttempts: 1 }, transport: createWsTransport(), ...options });
  /** @type {string[]} */
  const heard = [];
  const removed = () => heard.push('removed');
  session.once('state', () => heard.push('once'));
  session.on('state', removed);
  for (const listener of ['first', 'second', 'third']) {
    session.on('state', ({ to }) => heard.push(`${listener}: ${to}`));
  }
  session.off('state', removed);
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
    return [outcome, frames > 0, heard];
  } catch (error) {
    return described(error);
  } finally {
    await session.close();
  }
}

/**
 * One line for each value; called when nothing is added to Object.prototype any more. @param {readonly
 * unknown[]} seen
 */
function reported(seen) {
  const lines = seen.map((one) => JSON.stringify(one));
  return lines.join('\n').replaceAll(/127\.0\.0\.1:\d+|"req_id":"[^"]*"/g, 'its own');
}

const see = async () => [await live(), ...(await errors())];

/**
 * @param {readonly string[]} under
 * @param {PropertyDescriptor} descriptor
 */
async function isUnharmed(under, descriptor) {
  calls = 0;
  /** @type {PropertyDescriptor} */
  const added = { ...descriptor, configurable: true };
  for (const name of under) Object.defineProperty(Object.prototype, name, added);
  const seen = await see().catch(() => ['nothing']);
  for (const name of under) Reflect.deleteProperty(Object.prototype, name);
  return reported(seen) === expected && calls === 0;
}

/** @type {string[]} */
const harmful = [];

/**
 * Bisects the names until only those with an effect are left.
 *
 * @param {string} kind
 * @param {PropertyDescriptor} descriptor
 * @param {readonly string[]} names
 */
async function search(kind, descriptor, names) {
  if (await isUnharmed(names, descriptor)) return;
  const before = harmful.length;
  const middle = names.length >> 1;
  if (middle > 0) {
    await search(kind, descriptor, names.slice(0, middle));
    await search(kind, descriptor, names.slice(middle));
  }
  if (harmful.length === before) harmful.push(`${kind}: ${names.join(', ')}`);
}

const expected = reported(await see());
for (const [kind, descriptor] of Object.entries(DESCRIPTORS)) await search(kind, descriptor, polluted);
streams[0]?.write(JSON.stringify({ harmful, expected }));
