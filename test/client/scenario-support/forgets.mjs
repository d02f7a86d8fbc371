/**
 * Opens a session and then drops it, keeps it, closes it, or begins to close it, as `detail` says. Then collects
 * garbage and prints the warnings of the process, one name and message per line. It runs until its parent process ends
 * it.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// The types are those of the sources, because the types of the package exist only after a build.
/** @type {unknown} */
const loaded = await import(new URL('../../../dist/index.js', import.meta.url).href);
const { newAvatarSession } = /** @type {typeof import('../../../src/index.js')} */ (loaded);

setFlagsFromString('--expose-gc');
/** @type {unknown} */
const gc = runInNewContext('gc');
const collect = /** @type {() => void} */ (gc);
const [, , target = '', how = ''] = process.argv;
/** @type {unknown} */
const given = JSON.parse(target);
const options = /** @type {import('../../../src/index.js').AvatarSessionOptions} */ (given);

/** @type {string[]} */
const warnings = [];
process.on('warning', ({ name, message }) => warnings.push(`${name}: ${message}`));

/** @type {import('../../../src/index.js').AvatarSession[]} */
const held = [];
async function open() {
  if (how === 'failing') {
    void newAvatarSession({ ...options, avatarId: 'unknown', retry: false }).start();
    return '';
  }
  const session = newAvatarSession(options);
  const connectionId = await session.start();
  await session.speak(new Uint8Array(640)).finished;
  if (how === 'held') held.push(session);
  if (how === 'closed') await session.close();
  if (how === 'draining') {
    session.speak();
    void session.close({ drain: true });
  }
  return connectionId;
}

const connectionId = await open();
for (let turns = 0; turns < 20 && warnings.length === 0; turns += 1) {
  collect();
  await wait(10);
}
process.stdout.write(JSON.stringify({ connectionId, warnings, held: held.length }), () => process.exit(0));
