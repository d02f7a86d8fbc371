// @ts-check
/**
 * Types, lint, format and API reports of the project. `--types` checks only the types. Prints only what is wrong.
 *
 * What is cached (node_modules/.cache) has a key of everything that it depends on, so it is never stale: the compiler checks again
 * what has changed, and the linter, the formatter and the API reports are left out while all their files are what was right before.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { apiDigest, reportApi } from './api-report.mjs';

const ROOT = new URL('../..', import.meta.url).pathname;
const CACHE = join(ROOT, 'node_modules/.cache/avatarkit-session');
/** `src/core` has no types of Node. What runs in a browser, or drives one, has the types of the DOM. */
const TYPED = [
  'src/core/tsconfig.json',
  'src/inspector/page/tsconfig.json',
  'test/inspector/browser/tsconfig.json',
  'test/proofs/site/tsconfig.json',
  'docs/site/playground/tsconfig.json',
  'tsconfig.json',
];
/** What decides about all files. An entry of another version of them is not found, and removed. */
const DECIDES = ['package-lock.json', '.oxlintrc.json', '.oxfmtrc.json', ...TYPED];

// Tests with real time run beside this. At 19 it would get nothing for two minutes.
setPriority(10);

/** The compiler and the linter are programs in Go. With more memory they take a quarter less of the processors. */
const ENVIRONMENT = { ...process.env, GOGC: '400' };

const key = digestOf([process.version, ...DECIDES.map(readText)]).slice(0, 16);
mkdirSync(join(CACHE, key), { recursive: true });
for (const name of readdirSync(CACHE)) {
  if (/^[0-9a-f]{16}$/.test(name) && name !== key)
    rmSync(join(CACHE, name), { recursive: true, force: true });
}

/** @param {readonly string[]} texts */
function digestOf(texts) {
  return createHash('sha256').update(texts.join('\0')).digest('hex');
}

/** @param {string} file */
function readText(file) {
  return readFileSync(join(ROOT, file), 'utf8');
}

/**
 * @param {string} program a file of node_modules
 * @param {readonly string[]} words
 * @returns {Promise<boolean>} whether it found nothing; prints what it found
 */
async function passes(program, ...words) {
  const child = spawn(process.execPath, [join(ROOT, 'node_modules', program), ...words], {
    cwd: ROOT,
    env: ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let found = '';
  child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ text) => (found += text));
  const ended = /** @type {(number | null)[]} */ (await once(child, 'close'));
  if (ended[0] !== 0) process.stdout.write(found);
  return ended[0] === 0;
}

/**
 * @param {string} name
 * @param {string} digest of all that it depends on, beside what decides about all files
 * @param {() => Promise<boolean>} check
 */
async function cached(name, digest, check) {
  const right = join(CACHE, key, name);
  if (existsSync(right) && readFileSync(right, 'utf8') === digest) return true;
  const passed = await check();
  if (passed) writeFileSync(right, digest);
  return passed;
}

async function checkTypes() {
  /** @type {boolean[]} */
  const right = [];
  for (const project of TYPED) {
    const info = join(CACHE, key, `${project.replaceAll('/', '-')}.tsbuildinfo`);
    const options = ['--noEmit', '--singleThreaded', '--incremental', '--tsBuildInfoFile', info];
    right.push(await passes('typescript-native/bin/tsc', '-p', project, ...options));
  }
  return right.every(Boolean);
}

/** All files of the project, as the linter and the formatter see them. */
function sources() {
  const folders = ['.', '.ci', '.github', 'api', 'docs', 'examples', 'proto', 'src', 'test'];
  const files = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: folder !== '.', withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
      .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length)),
  );
  return digestOf(files.sort().flatMap((file) => [file, readText(file)]));
}

async function checkSources() {
  const format = await passes('oxfmt/bin/oxfmt', '--list-different', '.');
  if (!format) process.stdout.write('are not formatted: run npm run format\n');
  return (await passes('oxlint/bin/oxlint', '--format=unix', '.')) && format;
}

async function checkApi() {
  const wrong = await reportApi({ write: false });
  for (const line of wrong) process.stdout.write(`${line}\n`);
  return wrong.length === 0;
}

const right = [await checkTypes()];
if (!process.argv.includes('--types')) {
  right.push(await cached('sources', sources(), checkSources));
  right.push(await cached('api', apiDigest(), checkApi));
}
process.exit(right.every(Boolean) ? 0 : 1);
