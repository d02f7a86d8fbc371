// @ts-check
/**
 * A process that speaks until it is asked to end. It keeps only the references that an application keeps, and
 * collects garbage all the time.
 */
import { newAvatarSession } from 'avatarkit-session';
import { speech } from './checks.mjs';

const options = JSON.parse(process.argv.at(-1) ?? '{}');
const session = newAvatarSession({
  ...options,
  retry: 'test',
  closeOnExit: { drain: true, timeoutMs: 5_000 },
});
await session.start();
const utterance = session.speak(speech(2));
for await (const frame of utterance) {
  if (frame.index === 10) console.log('speaking');
  churn();
}
const { outcome, keyframes } = await utterance.finished;
console.log(`${outcome} ${keyframes}`);

/** Makes and collects garbage, so that unreferenced objects are collected. */
function churn() {
  /** @type {unknown} */
  const collect = Reflect.get(globalThis, 'Bun')?.gc ?? Reflect.get(globalThis, 'gc');
  if (typeof collect === 'function') collect(true);
  else Array.from({ length: 20_000 }, () => ({ some: 'garbage' }));
}
