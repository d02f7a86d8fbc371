/**
 * Fake timers that include `process.nextTick`, in a separate process, because the sockets of Node and those of a test
 * runner depend on it. Prints the outcome of the sessions that were open, were being opened, or were being closed while
 * the fake timers were used.
 */
import { LegacyFakeTimers, ModernFakeTimers } from '@jest/fake-timers';
import * as sinon from '@sinonjs/fake-timers';
import { ModuleMocker } from 'jest-mock';
import { AvatarEmulator } from '../../../dist/emulator/index.js';
import { newAvatarSession } from '../../../dist/index.js';

/** The configuration that the environments of jest pass to their timers. */
const JEST = { config: { rootDir: import.meta.dirname, testMatch: [] }, global: globalThis };
const modern = new ModernFakeTimers(/** @type {never} */ (/** @type {unknown} */ (JEST)));
const legacy = new LegacyFakeTimers({
  ...JEST,
  moduleMocker: new ModuleMocker(globalThis),
  timerConfig: { idToRef: Number, refToId: Number },
});
/** @type {sinon.Clock | undefined} */
let clock;
/** @type {Readonly<Record<string, { on(): void, off(): void }>>} */
const FAKES = {
  sinon: {
    on: () => {
      clock = sinon.install({ now: 1_000 });
    },
    off: () => clock?.uninstall(),
  },
  jest: {
    on: () => {
      modern.useFakeTimers();
    },
    off: () => {
      modern.useRealTimers();
    },
  },
  'jest, legacy': {
    on: () => {
      legacy.useFakeTimers();
    },
    off: () => {
      legacy.useRealTimers();
    },
  },
};

const { setTimeout: realSetTimeout } = globalThis;
/** Waits for turns of the event loop in which Node's own calls of `process.nextTick` have no effect. */
async function turns() {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => realSetTimeout(resolve, 1));
}

const service = await AvatarEmulator.start();
const { credentials, consoleEndpointUrl, ingressEndpointUrl } = service;
const open = () =>
  newAvatarSession({
    ...credentials,
    consoleEndpointUrl,
    ingressEndpointUrl,
    timeoutMs: 1_000,
    heartbeat: { intervalMs: 200, timeoutMs: 200 },
    retry: { backoff: { baseMs: 20, capMs: 50 } },
  });
const said = new Uint8Array(6_400);
/** @type {(promise: Promise<{ outcome: string }>) => Promise<string>} */
const outcome = (promise) => promise.then(({ outcome }) => outcome, String);

const fakes = FAKES[process.argv[2] ?? ''];
if (fakes === undefined) throw new Error('unknown fake timers');
const session = open();
await session.start();
const closing = open();
await closing.start();
fakes.on();
const meanwhile = outcome(session.speak(said).finished);
const starting = open();
const started = outcome(starting.start().then(() => ({ outcome: 'started' })));
const closed = outcome(closing.close().then(() => ({ outcome: 'closed' })));
await turns();
fakes.off();
const result = { meanwhile: await meanwhile, started: await started, closed: await closed };
const afterwards = await outcome(session.speak(said).finished);
const afterwardsStarted = await outcome(starting.speak(said).finished);
const later = open();
await later.start();
const lastly = await outcome(later.speak(said).finished);
await Promise.all([session, starting, later].map((each) => each.close()));
process.stdout.write(JSON.stringify({ ...result, afterwards, afterwardsStarted, later: lastly }));
// Sockets of Node that missed a call can keep the process alive.
realSetTimeout(() => process.exit(), 50);
