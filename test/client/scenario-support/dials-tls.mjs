/**
 * Opens sessions one after the other, with the options in its argument, in a process that trusts the certificates of
 * NODE_EXTRA_CA_CERTS. For each session it prints the failures, the end, and the outcome of the utterance if there was
 * one.
 */
// The types are those of the sources, because those of the package exist only after a build.
/** @type {unknown} */
const loaded = await import(new URL('../../../dist/index.js', import.meta.url).href);
const { newAvatarSession } = /** @type {typeof import('../../../src/index.js')} */ (loaded);

const [, , list = '[]'] = process.argv;
/** @type {unknown} */
const given = JSON.parse(list);
const targets = /** @type {import('../../../src/index.js').AvatarSessionOptions[]} */ (given);

/** @param {import('../../../src/index.js').AvatarSessionOptions} options */
async function open(options) {
  /** @type {unknown[]} */
  const errors = [];
  /** @type {string[]} */
  const closes = [];
  const session = newAvatarSession({
    ...options,
    onError: ({ code, phase, step, permanent, willRetry, reason, message, remediation }) =>
      errors.push({ code, phase, step, permanent, willRetry, reason, message, remediation }),
    onClose: ({ reason }) => closes.push(reason),
  });
  const outcome = await session.start().then(
    async () => (await session.speak(new Uint8Array(6_400)).finished).outcome,
    () => 'not started',
  );
  await session.close();
  return { errors, closes, outcome };
}

/** @type {unknown[]} */
const results = [];
for (const target of targets) results.push(await open(target));
process.stdout.write(JSON.stringify(results));
