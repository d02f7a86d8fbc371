/**
 * First records which names Node, `ws` and this package read and write through `Object.prototype` during a session. Then
 * adds values and accessors with the names that Node uses to `Object.prototype`, and prints the outcome of a session:
 * that it works, or the one error that ends it.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = new URL('../../../', import.meta.url).pathname;
// The types are those of the sources, because those of the package exist only after a build.
/** @type {unknown} */
const loaded = await import(new URL('../../../dist/index.js', import.meta.url).href);
const { AvatarSDKError, createWsTransport, newAvatarSession, prewarm } =
  /** @type {typeof import('../../../src/index.js')} */ (loaded);

const [, , list = '[]', hostile = '[]'] = process.argv;
/** @type {unknown} */
const given = [JSON.parse(list), JSON.parse(hostile)];
const [targets, hostileNames] =
  /** @type {[import('../../../src/index.js').AvatarSessionOptions[], string[]]} */ (given);
// Creates these streams before anything is added to Object.prototype, because Node makes them from options that
// inherit.
const streams = [process.stdout, process.stderr];

// Loads the modules of the first dial early, because Node's loader also reads names of Object.prototype.
if (targets[0] !== undefined) await prewarm(targets[0]);

/** Every word in the sources of Node, of `ws` and of this package. */
function words() {
  /** @type {{ binding: (name: string) => Record<string, string> }} */
  const { binding } = /** @type {never} */ (process);
  const texts = Object.values(binding.call(process, 'natives'));
  for (const folder of [
    'dist',
    'node_modules/ws/lib',
    'node_modules/protobufjs/src',
    'node_modules/p-retry',
  ]) {
    for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })) {
      if (/(?<!\.d)\.m?js$/.test(name)) texts.push(readFileSync(join(ROOT, folder, name), 'utf8'));
    }
  }
  const found = new Set(texts.join('\n').match(/[A-Za-z_$][\w$]*|(?<=['"])[a-z][\w-]+(?=['"])/g));
  for (const name of Object.getOwnPropertyNames(Object.prototype)) found.delete(name);
  return [...found];
}

/** @param {import('../../../src/index.js').AvatarSessionOptions} options */
async function live(options) {
  const session = newAvatarSession({
    retry: { maxAttempts: 1 },
    timeoutMs: 2_000,
    transport: createWsTransport(),
    ...options,
  });
  try {
    await session.start();
    const { outcome } = await session.speak(new Uint8Array(6_400)).finished;
    await session.close({ drain: true });
    return outcome;
  } catch (error) {
    return AvatarSDKError.is(error) ? `${error.code}: ${error.message}` : String(error);
  } finally {
    await session.close();
  }
}

/** A property descriptor without a prototype. @param {PropertyDescriptor} members */
function descriptor(members) {
  /** @type {unknown} */
  const bare = Object.create(null);
  return Object.assign(/** @type {PropertyDescriptor} */ (bare), members, { configurable: true });
}

/** @type {Map<string, string>} */
const used = new Map();
let watching = false;

/** @param {string} name */
function note(name) {
  if (!watching) return;
  watching = false;
  const [, , , place = ''] = (new Error('place').stack ?? '').split('\n');
  const from = `${place.includes(join(ROOT, 'dist')) ? 'own' : 'foreign'} ${name}`;
  if (!used.has(from)) used.set(from, place.trim());
  watching = true;
}

async function watch() {
  const names = words();
  const added = names.map((name) => ({
    name,
    accessor: descriptor({
      get() {
        note(name);
        return undefined;
      },
      /** @param {unknown} value */
      set(value) {
        note(name);
        Object.defineProperty(this, name, descriptor({ value, writable: true, enumerable: true }));
      },
    }),
  }));
  // Lets the package find only the name `unused`, which Node does not use, so that the dial succeeds.
  const { ownKeys } = Reflect;
  const seen = [...ownKeys(Object.prototype), 'unused'];
  Reflect.ownKeys = (holder) => (holder === Object.prototype ? seen : ownKeys(holder));
  for (const { name, accessor } of added) Object.defineProperty(Object.prototype, name, accessor);
  watching = true;
  for (const target of targets) await live(target).catch(() => undefined);
  watching = false;
  Reflect.ownKeys = ownKeys;
  for (const name of names) Reflect.deleteProperty(Object.prototype, name);
}

/** @type {string[]} */
let uncaught = [];
process.on('uncaughtException', (error) => uncaught.push(error.message));
process.on('unhandledRejection', (error) => uncaught.push(String(error)));

function throwing() {
  throw new Error('polluted');
}
const KINDS = {
  text: descriptor({ value: 'polluted', writable: true, enumerable: true }),
  number: descriptor({ value: 7, writable: true, enumerable: true }),
  null: descriptor({ value: null, writable: true, enumerable: true }),
  object: descriptor({ value: {}, writable: true, enumerable: true }),
  function: descriptor({ value: throwing, writable: true, enumerable: true }),
  accessor: descriptor({ get: throwing, set: throwing }),
  constant: descriptor({ value: 7 }),
};

/** @type {string[]} */
const results = [];
for (const [kind, added] of Object.entries(KINDS)) {
  for (const name of hostileNames) {
    for (const [index, target] of targets.entries()) {
      uncaught = [];
      Object.defineProperty(Object.prototype, name, added);
      const living = live(target);
      const end = await living;
      Reflect.deleteProperty(Object.prototype, name);
      results.push([kind, name, index, end, ...uncaught].join(' | '));
    }
  }
}
await watch();
streams[0]?.write(JSON.stringify({ results, used: [...used] }));
