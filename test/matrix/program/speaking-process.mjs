// @ts-check
/** A process that speaks until it is asked to end; it keeps only what an application keeps, and collects its garbage all the time. */
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

/** Garbage, so that what nothing refers to is collected. */
function churn() {
  /** @type {unknown} */
  const collect = Reflect.get(globalThis, 'Bun')?.gc ?? Reflect.get(globalThis, 'gc');
  if (typeof collect === 'function') collect(true);
  else Array.from({ length: 20_000 }, () => ({ some: 'garbage' }));
}
