// @ts-check
/**
 * `npm run build`: makes dist/ again from src/: the compiler makes the declarations, `bundle.mjs` the code, `build-page.mjs` the page of the
 * inspector. With `--emit` without a type check, and not at all while dist/ is what these sources
 * make; that is what the tests begin with. Says that it builds, because it takes seconds.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = new URL('../..', import.meta.url).pathname;
const DIST = join(ROOT, 'dist');
const CACHE = join(ROOT, 'node_modules/.cache/avatarkit-session');
/** Says what was made of what; one for each clone that shares node_modules. */
const MADE = join(CACHE, `made-${sha(ROOT).slice(0, 16)}`);
const DECIDES = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'test/loop/build.mjs',
  'test/loop/bundle.mjs',
  'test/loop/build-page.mjs',
];

if (!existsSync(join(ROOT, 'node_modules/typescript-native'))) {
  process.stderr.write('run npm ci first: the packages of the build are not installed\n');
  process.exit(1);
}
const emitOnly = process.argv.includes('--emit');
if (!emitOnly || read(MADE) !== stamp()) {
  if (process.argv.includes('--say')) process.stdout.write('building dist/ …\n');
  build();
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(MADE, stamp());
}

function build() {
  rmSync(DIST, { recursive: true, force: true });
  const check = emitOnly ? ['--noCheck'] : [];
  try {
    node(['node_modules/typescript-native/bin/tsc', '-p', 'tsconfig.build.json', ...check]);
  } catch {
    process.exit(1); // It has printed what is wrong.
  }
  node(['test/loop/bundle.mjs']);
  writeFileSync(
    join(DIST, 'retry-policy.schema.json'),
    node(['dist/cli/main.js', 'policy', '--schema'], 'pipe'),
  );
  writeSchema('session-options', 'client/options/session-fields.js', 'sessionOptionsSchema');
  writeSchema('flight-record', 'recorder/flight-record.js', 'flightRecordSchema');
  node(['test/loop/build-page.mjs']);
}

/** @param {string} name @param {string} file @param {string} made the function that makes it */
function writeSchema(name, file, made) {
  const print = `import('./dist/${file}').then((file) => console.log(JSON.stringify(file.${made}(), null, 2)))`;
  writeFileSync(join(DIST, `${name}.schema.json`), node(['-e', print], 'pipe'));
}

/**
 * @param {readonly string[]} args
 * @param {'inherit' | 'pipe'} output
 */
function node(args, output = 'inherit') {
  return execFileSync(process.execPath, args, {
    cwd: ROOT,
    stdio: ['ignore', output, 'inherit'],
    encoding: 'utf8',
  });
}

/** The sources by their text, what was made of them by size and time. */
function stamp() {
  const sources = [...DECIDES, ...filesOf('src')].map(
    (file) => `${file} ${sha(readFileSync(join(ROOT, file), 'utf8'))}`,
  );
  const made = filesOf('dist').map((file) => {
    const { size, mtimeMs } = statSync(join(ROOT, file));
    return `${file} ${size} ${mtimeMs}`;
  });
  return sha([process.version, ...sources, ...made].join('\n'));
}

/** @param {string} folder */
function filesOf(folder) {
  try {
    return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length))
      .sort();
  } catch {
    return []; // There is none.
  }
}

/** @param {string} text */
function sha(text) {
  return createHash('sha256').update(text).digest('hex');
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // Nothing was made yet.
  }
}
