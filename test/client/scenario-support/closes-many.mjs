/**
 * Opens sessions one after the other, lets each speak, closes it and drops the reference to it. Then collects garbage and
 * prints how many of the session objects still exist.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// The types are those of the sources, because those of the package exist only after a build.
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

/** @type {WeakRef<import('../../../src/index.js').AvatarSession>[]} */
const sessions = [];
async function openAndClose() {
  const session = newAvatarSession(options);
  sessions.push(new WeakRef(session));
  const controller = new AbortController();
  await session.start({ signal: controller.signal });
  await session.speak(new Uint8Array(640)).finished;
  await session.close({ drain: how === 'drained' });
}

for (let nth = 0; nth < 20; nth += 1) await openAndClose();
const left = () => sessions.filter((session) => session.deref() !== undefined).length;
// Objects that a promise or the runtime has just used are collected only some collections later.
for (let turns = 0; turns < 50 && left() > 0; turns += 1) {
  await wait(10);
  collect();
}
process.stdout.write(String(left()));
process.disconnect();
