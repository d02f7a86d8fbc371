/**
 * Opens sessions, with or without closeOnExit as `detail` says, and then waits until SIGTERM or `closeAll` ends them.
 * Prints each close, and whether the listener of the application was called.
 */
// The types are those of the sources, because those of the package exist only after a build.
/** @type {unknown} */
const loaded = await import(new URL('../../../dist/index.js', import.meta.url).href);
const { AvatarSession, newAvatarSession } = /** @type {typeof import('../../../src/index.js')} */ (loaded);

const [, , target = '', how = ''] = process.argv;
/** @type {unknown} */
const given = JSON.parse(target);
const options = /** @type {import('../../../src/index.js').AvatarSessionOptions} */ (given);
/** @param {string} text */
const say = (text) => void process.stdout.write(`${text}\n`);

/**
 * References to the sessions, because a session that is collected while open causes a process warning. @type
 * {unknown[]}
 */
const sessions = [];

/** @param {boolean} closeOnExit */
function open(closeOnExit) {
  const session = newAvatarSession({ ...options, closeOnExit });
  sessions.push(session);
  session.on('close', ({ reason }) => {
    say(reason);
    // An application that opens a new session after each close does not prevent the end of the process.
    if (how === 'respawns') void open(true);
  });
  return session.start();
}

if (how === 'own listener') {
  process.once('SIGTERM', () => {
    say('own listener');
    // The last work of the application takes longer than the end of the sessions.
    setTimeout(() => {
      say('own end');
      process.exit(7);
    }, 300);
  });
}
await Promise.all([open(how !== 'not asked for'), open(how !== 'not asked for')]);
if (how === 'closeAll') {
  process.disconnect();
  await AvatarSession.closeAll();
  say('closed all');
} else process.send?.('ready');
