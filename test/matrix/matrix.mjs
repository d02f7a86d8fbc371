// @ts-check
/**
 * `npm run matrix`: packs the package, installs the tarball once with its optional peers, and runs the same
 * scenarios with it on each runtime, two runtimes at a time. Prints a table, and `N right, N wrong` as its
 * last line. Arguments choose runtimes by a part of their names, `--only=TEXT` chooses scenarios. `--write`
 * writes the results to `results.json`, which is the source of the table in docs/runtimes.md.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { installNested, QUIETLY } from '../proofs/install-nested.mjs';
import { matrixTable } from './matrix-table.mjs';
import { SCENARIOS } from './program/scenarios.mjs';
import { INSTALLED, RUNTIMES, programOf } from './runtimes.mjs';
import { startWorkerd } from './workerd.mjs';

const HERE = new URL('./', import.meta.url).pathname;
const ROOT = new URL('../../', import.meta.url).pathname;
const CERTIFICATES = join(ROOT, 'test/support/tls');
const AT_ONCE = 2;
/** The row for process warnings. It is added only if a runtime has printed one. */
const WARNINGS = 'no process warning';
/** The time limit for all scenarios of a runtime. Each scenario also has its own limit. */
const RUNTIME_WITHIN_MS = 120_000;
const PEERS = ['@echogarden/speex-resampler-wasm', '@evan/opus', 'redis'];

const words = process.argv.slice(2);
const writes = words.includes('--write');
const wanted = words.filter((word) => !word.startsWith('--'));
/** A part of the names of the scenarios to run: `--only=reset`. */
const [only = ''] = words.flatMap((word) =>
  word.startsWith('--only=') ? [word.slice('--only='.length)] : [],
);
const scenarios = SCENARIOS.filter(({ name }) => name.includes(only));
const chosen = RUNTIMES.filter(
  ({ name }) => wanted.length === 0 || wanted.some((word) => name.toLowerCase().includes(word.toLowerCase())),
);

/**
 * Functions that are called when this process ends.
 * @type {(() => unknown)[]}
 */
const endings = [];
const folder = await mkdtemp(join(tmpdir(), 'avatarkit-session-matrix-'));
endings.push(() => rm(folder, { recursive: true, force: true }));
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.once(signal, () => void end().then(() => process.exit(1)));
}
try {
  await main();
} finally {
  await end();
}

async function main() {
  const sinceMs = Date.now();
  const [runtimesMs, packageMs] = await Promise.all([
    timed(() => installNested(join(HERE, 'runtimes'))),
    timed(installPackage),
  ]);
  process.stdout.write(`runtimes ${seconds(runtimesMs)}, package ${seconds(packageMs)}\n`);
  const control = await startServices();
  const redisUrl = await startRedis();
  const lacks = redisUrl === undefined ? { redis: 'There is no redis-server on the PATH.' } : {};
  const env = redisUrl === undefined ? {} : { MATRIX_REDIS_URL: redisUrl };

  /** @type {(import('./matrix-table.mjs').Column & { readonly ms: number })[]} */
  const columns = [];
  const waiting = chosen.map((runtime, at) => async () => {
    columns[at] = await runOn(runtime, { lacks, env, control });
  });
  const queue = waiting.values();
  await Promise.all(
    Array.from({ length: Math.min(AT_ONCE, availableParallelism()) }, async () => {
      for (const run of queue) await run();
    }),
  );

  const { table, right, wrong, problems } = matrixTable(columns);
  process.stdout.write(`\n${table}\n`);
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  if (writes && wrong === 0) {
    const results = columns.map(({ runtime, version, cells }) => ({ runtime, version, cells }));
    await writeFile(join(HERE, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
  }
  for (const { runtime, ms } of columns) process.stdout.write(`${runtime}: ${seconds(ms)}\n`);
  process.stdout.write(`in all ${seconds(Date.now() - sinceMs)}\n${right} right, ${wrong} wrong\n`);
  if (wrong > 0) process.exitCode = 1;
}

/** Installs the packed tarball as an application does, and copies the programs beside it. */
async function installPackage() {
  const run = promisify(execFile);
  await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT });
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('npm pack has made no tarball');
  const lock = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8'));
  const peers = PEERS.map((name) => [name, lock.packages[`node_modules/${name}`].version]);
  const dependencies = { 'avatarkit-session': `file:${tarball}`, ...Object.fromEntries(peers) };
  const manifest = { name: 'matrix', private: true, type: 'module', dependencies };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await run('npm', ['install', '--no-package-lock', ...QUIETLY], { cwd: folder });
  await cp(join(HERE, 'program'), folder, { recursive: true });
}

/** Starts the process with the services. Returns its address. */
async function startServices() {
  const child = spawn(process.execPath, ['service-process.mjs', CERTIFICATES], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  endings.push(() => child.kill('SIGKILL'));
  const [line] = await once(createInterface(child.stdout), 'line');
  return `http://127.0.0.1:${line}`;
}

/** Starts a Redis for this run. Returns its address; undefined if there is no redis-server. */
async function startRedis() {
  const port = await freePort();
  const options = [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
  ];
  const child = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] });
  const failed = once(child, 'error').then(
    () => false,
    () => false,
  );
  const ready = (async () => {
    for await (const line of createInterface(child.stdout)) if (line.includes('Ready to accept')) return true;
    return false;
  })();
  if (!(await Promise.race([failed, ready]))) return undefined;
  child.stdout.resume();
  endings.push(() => child.kill('SIGKILL'));
  return `redis://127.0.0.1:${port}`;
}

/**
 * @param {import('./runtimes.mjs').Runtime} runtime
 * @param {{ readonly lacks: Readonly<Record<string, string>>, readonly env: Readonly<Record<string, string>>, readonly control: string }} surroundings
 * @returns {Promise<import('./matrix-table.mjs').Column & { readonly ms: number }>}
 */
async function runOn(runtime, { lacks, env, control }) {
  const sinceMs = Date.now();
  const missing = { ...lacks, ...runtime.lacks };
  /** @type {Record<string, import('./matrix-table.mjs').Cell>} */
  const cells = {};
  /** @type {string[]} */
  const names = [];
  const program = programOf(runtime);
  for (const { name, needs = [] } of scenarios) {
    const need = needs.find((one) => missing[one] !== undefined);
    if (program === undefined) cells[name] = { leftOut: 'There is no binary for this platform.' };
    else if (need !== undefined) cells[name] = { leftOut: missing[need] ?? '' };
    else names.push(name);
  }
  const version = program === undefined ? '' : await versionOf(runtime);
  if (program === undefined) return { runtime: runtime.name, version, ms: 0, cells };

  /** @type {Set<string>} */
  const reported = new Set();
  const note = (/** @type {{ name?: string, ok?: boolean, error?: string, warning?: string }} */ line) => {
    if (line.name !== undefined) {
      reported.add(line.name);
      const because = runtime.fails?.[line.name];
      if (because === undefined)
        cells[line.name] = line.ok === true ? { ok: true } : { error: line.error ?? 'failed' };
      else if (line.ok === true)
        cells[line.name] = { error: 'it works now: remove it from the list of failures' };
      else cells[line.name] = { leftOut: because };
    }
    if (line.warning !== undefined) cells[WARNINGS] = { error: line.warning };
  };
  const run = { program, names, control, env, folder, certificates: CERTIFICATES };
  const ended =
    runtime.as === 'workerd' ? await startWorkerd(run, note) : await runProgram(runtime, run, note);
  for (const name of names)
    if (!reported.has(name)) cells[name] = { error: `no result: ${ended ?? 'it ended before'}` };
  const inOrder = [...scenarios.map(({ name }) => name), WARNINGS].filter((name) => name in cells);
  const ordered = Object.fromEntries(inOrder.map((name) => [name, cells[name] ?? { error: 'no result' }]));
  return { runtime: runtime.name, version, ms: Date.now() - sinceMs, cells: ordered };
}

/**
 * @param {import('./runtimes.mjs').Runtime} runtime
 * @param {{ readonly program: string, readonly names: readonly string[], readonly control: string, readonly env: Readonly<Record<string, string>> }} run
 * @param {(line: object) => void} note
 * @returns {Promise<string | undefined>} the error if it did not end as expected
 */
async function runProgram(runtime, { program, names, control, env }, note) {
  const entry = join(folder, runtime.as === 'thread' ? 'thread.mjs' : 'main.mjs');
  const start = [program, ...runtime.words('').slice(0, -1)];
  const child = spawn(program, runtime.words(entry), {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NO_COLOR: '1',
      NODE_EXTRA_CA_CERTS: join(CERTIFICATES, 'ca.pem'),
      DENO_CERT: join(CERTIFICATES, 'ca.pem'),
      MATRIX: JSON.stringify({ controlUrl: control, names, program: start, env }),
    },
  });
  const kill = () => child.kill('SIGKILL');
  endings.push(kill);
  const timer = setTimeout(kill, RUNTIME_WITHIN_MS);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  createInterface(child.stdout).on('line', (line) => {
    if (line.startsWith('{')) note(JSON.parse(line));
    else errors += `${line}\n`;
  });
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  if (code !== 0) return `it ended with ${code ?? signal}: ${errors.slice(-2_000)}`;
  if (errors !== '') process.stdout.write(`${runtime.name} printed: ${errors.slice(-2_000)}\n`);
  return undefined;
}

/** @param {import('./runtimes.mjs').Runtime} runtime */
async function versionOf({ versionOf: name }) {
  return String(JSON.parse(await readFile(join(INSTALLED, name, 'package.json'), 'utf8')).version);
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** @param {() => Promise<unknown>} run */
async function timed(run) {
  const sinceMs = Date.now();
  await run();
  return Date.now() - sinceMs;
}

/** @param {number} ms */
function seconds(ms) {
  return `${(ms / 1_000).toFixed(1)} s`;
}

async function end() {
  for (const one of endings.splice(0).reverse()) await one();
}
