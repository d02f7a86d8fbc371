// @ts-check
/**
 * Makes the code of dist/ from src/. What an entry needs stands together in one file of dist/chunks/, because Node loads one file
 * faster than two hundred. Each module keeps its own file all the same, which then exports what stands in the chunk: a path
 * below dist/ and the name of an entry lead to the same objects. A part of the build; by itself it takes half a second.
 */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { rolldown } from 'rolldown';

const ROOT = new URL('../..', import.meta.url).pathname;
const SOURCES = join(ROOT, 'src');
const MADE = join(ROOT, 'dist');

/** The entries of package.json whose parts stand together, by their modules. */
const ENTRIES = {
  session: 'index',
  emulator: 'emulator/index',
  audio: 'audio/index',
  livekit: 'livekit/avatar-session',
  pool: 'pool/session-pool',
  relay: 'relay/index',
  redis: 'fleet/redis',
  opentelemetry: 'opentelemetry/instrument',
  recorder: 'recorder/index',
  inspector: 'inspector/index',
  command: 'cli/main',
};
/** Loaded with the first dial, so they stand apart from what is loaded with an entry. */
const LATER = { post: 'adapters/node/http-request', dial: 'adapters/ws/ws-dial' };
/** Entries for pages: they must load nothing of Node. */
const PAGES = ['relay/browser/index', 'inspector/face'];
/** They do without a session: what they share with one must not bring all of it. */
const LIGHT = ['emulator', 'audio', 'relay', 'redis'];

/**
 * The chunk of a module; none where a module stays in a file of its own.
 *
 * @param {string} module its path below src/, without its ending
 * @param {ReadonlySet<string>} entries those that need it
 */
function chunkOf(module, entries) {
  // They run when they are loaded: a command; and what has to be done before the package `ws` is loaded, because the packages that a
  // chunk imports are loaded before its own code runs.
  if (entries.has('page') || module === ENTRIES.command || module === 'adapters/ws/buffer-util') return null;
  if (!entries.has('session')) {
    if (entries.has('post')) return 'post';
    if (entries.has('dial')) return entries.has('emulator') ? 'sockets' : 'dial';
    const [first = null, ...others] = [...entries].filter(
      (entry) => entry !== 'command' || entries.size === 1,
    );
    return others.length === 0 ? first : null;
  }
  if (LIGHT.some((entry) => entries.has(entry))) return 'base';
  return entries.has('opentelemetry') ? 'channels' : 'session';
}

const modules = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('inspector/page/'))
  .map((file) => file.slice(0, -'.ts'.length));

/** @typedef {import('rolldown').ChunkingContext} Modules */

/** @type {Map<string, Set<string>> | undefined} */
let reached;

/**
 * Which entries need each module, by the imports that are not dynamic.
 *
 * @param {Modules} context
 */
function reach(context) {
  const found = /** @type {Map<string, Set<string>>} */ (new Map());
  const visit = (/** @type {string} */ id, /** @type {string} */ entry) => {
    const of = found.get(id) ?? new Set();
    if (of.has(entry)) return;
    found.set(id, of.add(entry));
    for (const imported of context.getModuleInfo(id)?.importedIds ?? []) visit(imported, entry);
  };
  for (const [entry, module] of Object.entries({ ...ENTRIES, ...LATER }))
    visit(join(SOURCES, `${module}.ts`), entry);
  for (const module of PAGES) visit(join(SOURCES, `${module}.ts`), 'page');
  return found;
}

/**
 * Node reads a pure ASCII file faster, and with half the memory. Characters outside strings and patterns can
 * only be in comments.
 */
const escaped = (/** @type {string} */ code) =>
  code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

const bundle = await rolldown({
  cwd: ROOT,
  input: Object.fromEntries(modules.map((module) => [module, join(SOURCES, `${module}.ts`)])),
  platform: 'node',
  preserveEntrySignatures: 'allow-extension',
  // Packages and Node's own modules stay imports.
  external: /^[^./]/,
  tsconfig: join(ROOT, 'tsconfig.build.json'),
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  plugins: [
    {
      name: 'ascii',
      generateBundle: (_options, files) => {
        for (const file of Object.values(files)) if (file.type === 'chunk') file.code = escaped(file.code);
      },
    },
  ],
});
await bundle.write({
  dir: MADE,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name].js',
  sourcemap: true,
  minifyInternalExports: false,
  comments: { annotation: true, jsdoc: false, legal: true },
  codeSplitting: {
    includeDependenciesRecursively: false,
    groups: [
      {
        debugName: 'what an entry needs',
        name: (id, context) => {
          if (!id.startsWith(SOURCES)) return null;
          reached ??= reach(context);
          return chunkOf(relative(SOURCES, id).slice(0, -'.ts'.length), reached.get(id) ?? new Set());
        },
      },
    ],
  },
});
await bundle.close();
