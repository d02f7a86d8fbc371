// @ts-check
/**
 * Runs one proof by its name: `npm run prove -- NAME [words]`. A proof needs more time than the tests may
 * take. Most print `N right, N wrong` as their last line; all have an exit code. The script has `--build`,
 * for the proofs that need the package; `npm run prove -- --built NAME` skips the build.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';

const ROOT = new URL('../..', import.meta.url).pathname;
const PACKAGE = ['node', 'test/loop/build.mjs', '--emit'];
/** @param {string} project @param {readonly string[]} options */
const compile = (project, ...options) => [
  'node',
  'node_modules/typescript-native/bin/tsc',
  '-p',
  project,
  ...options,
];
/** @param {readonly string[]} words */
const vitest = (...words) => ['node', 'node_modules/vitest/vitest.mjs', 'run', ...words];

/**
 * For each proof, the commands that run before it, and the command that gets the arguments.
 *
 * @type {Readonly<Record<string, { readonly about: string, readonly first?: readonly string[], readonly command: readonly string[], readonly env?: NodeJS.ProcessEnv }>>}
 */
const PROOFS = {
  sim: {
    about: 'simulated worlds by their seeds: --seeds N --from S, --seed S --trace, --sabotage NAME',
    first: compile('test/sim', '--noCheck'),
    command: ['node', 'reports/sim/test/sim/main.js'],
  },
  searches: {
    about:
      'the tests that search, with all seeds, depths and sessions: simulator, model checks, a crowd, hostile memory',
    first: PACKAGE,
    command: ['node', 'test/proofs/run-tests.mjs', 'searches'],
  },
  browser: {
    about: 'the inspector, the relay and a speaking face in a real Chromium',
    first: PACKAGE,
    command: ['node', 'test/proofs/run-tests.mjs', 'browser'],
  },
  site: {
    about:
      'builds the site of the documents and tests it in a real Chromium: --serve --port N, or --out FOLDER --address URL',
    command: ['node', 'test/proofs/site/site.mjs'],
  },
  fuzz: {
    about: 'sends invalid and unexpected messages to a session, guided by coverage: --minutes M --seed S',
    first: compile('test/fuzz'),
    command: ['node', '--no-warnings', 'reports/fuzz/test/fuzz/main.js'],
  },
  soak: {
    about:
      'two hundred sessions and an endless utterance, and whether anything grows: --minutes M --sessions N --seed S --json',
    first: PACKAGE,
    command: ['node', '--expose-gc', 'test/soak/soak.mjs'],
  },
  mutation: {
    about: 'the mutation score of src/core, each folder by its own tests: words are folders',
    command: ['node', 'test/mutation/run.mjs'],
  },
  conformance: {
    about: 'the conformance kit, run against the core',
    command: vitest('test/conformance'),
  },
  port: {
    about: 'a port of the core in Python against the conformance kit, and plausible bugs in it',
    command: ['node', 'test/proofs/port.mjs'],
  },
  coverage: {
    about: 'all tests, with the covered branches of src',
    first: PACKAGE,
    command: vitest('--coverage'),
  },
  matrix: {
    about:
      'the same scenarios on Node 20 to 26, in a worker thread, on Bun, Deno and workerd: words are runtimes',
    first: PACKAGE,
    command: ['node', 'test/matrix/matrix.mjs'],
  },
  proxies: {
    about: 'speaking sessions behind real nginx and haproxy, which are reloaded, killed, frozen and so on',
    first: PACKAGE,
    command: ['node', 'test/proofs/proxies/proxies.mjs'],
    // Node reads this variable only at the start of a process.
    env: { NODE_EXTRA_CA_CERTS: `${ROOT}test/support/tls/ca.pem` },
  },
  network: {
    about:
      'a speaking session whose connection becomes silent: real black holes between two network namespaces',
    first: PACKAGE,
    command: ['node', 'test/proofs/network/network.mjs'],
  },
  bundlers: {
    about:
      'an application that esbuild, rollup, rolldown, webpack and vite bundle into one program: words are their names; all: also Next.js, bun --compile, jest, vitest',
    first: PACKAGE,
    command: ['node', 'test/proofs/bundlers/bundlers.mjs'],
  },
  'type-versions': {
    about:
      'the messages of the oldest and the newest TypeScript about applications that have installed the package: words are versions; all: each since 5.6',
    first: PACKAGE,
    command: ['node', 'test/proofs/type-versions/type-versions.mjs'],
  },
  'import-time': {
    about: 'the cost of loading the package, compared with loading only ws: --runs N --json',
    first: PACKAGE,
    command: ['node', 'test/proofs/package/import-time.mjs'],
  },
  'inspector-pictures': {
    about: 'makes the pictures of docs/inspector.md, in a real Chromium',
    first: PACKAGE,
    command: ['node', 'test/inspector/browser/pictures.mjs'],
  },
  'timeline-picture': {
    about: 'makes the picture of docs/flight-recorder.md: the run of npm start on one time axis',
    first: PACKAGE,
    command: ['node', 'test/inspector/browser/timeline-picture.mjs'],
  },
  storm: {
    about: 'how ten thousand sessions reconnect after an outage',
    first: PACKAGE,
    command: ['node', 'dist/cli/main.js', 'storm', '--seed', '1'],
  },
  'storm-processes': {
    about:
      'the same with real processes, beside the simulation: --processes N --outage SECONDS --rate N --coordinator',
    first: PACKAGE,
    command: ['node', 'test/proofs/storm/processes.mjs'],
  },
  'fleet-soak': {
    about:
      'a fleet whose processes and Redis are killed at random, counted by the service: --minutes M --seed S',
    first: PACKAGE,
    command: ['node', 'test/proofs/fleet/soak.mjs'],
  },
  'fleet-renewals': {
    about: 'the cost of the leases of a thousand processes for a Redis: --workers N --sessions N --seconds N',
    first: PACKAGE,
    command: ['node', 'test/proofs/fleet/renewals.mjs'],
  },
};

const given = process.argv.slice(2);
const flags = given.filter((word) => /^--buil[dt]$/.test(word));
const builds = flags.includes('--build') && !flags.includes('--built');
const [name = '', ...words] = given.slice(flags.length);
const proof = Object.hasOwn(PROOFS, name) ? PROOFS[name] : undefined;
if (proof === undefined) {
  const known = Object.entries(PROOFS).map(([known, { about }]) => `  ${known}: ${about}`);
  process.stderr.write(`usage: npm run prove -- NAME [words]\n${known.join('\n')}\n`);
  process.exit(2);
}
const { first, command, env } = proof;
if (first !== undefined && (builds || first !== PACKAGE)) await run(first, {});
if (first === PACKAGE && !existsSync(`${ROOT}dist/index.js`)) {
  process.stderr.write('dist/ is missing: run npm run build first\n');
  process.exit(1);
}
await run([...command, ...words], env ?? {});

/**
 * Runs a command, and ends this process with its exit code if it fails.
 *
 * @param {readonly string[]} command
 * @param {NodeJS.ProcessEnv} more
 */
async function run([program = '', ...options], more) {
  const child = spawn(program === 'node' ? process.execPath : program, options, {
    cwd: ROOT,
    env: { ...process.env, ...more },
    stdio: 'inherit',
  });
  // The proof stops its own processes, also when it gets a signal.
  const kill = (/** @type {NodeJS.Signals} */ signal) => void child.kill(signal);
  process.once('SIGINT', kill).once('SIGTERM', kill);
  const ended = /** @type {(number | null)[]} */ (await once(child, 'exit'));
  process.off('SIGINT', kill).off('SIGTERM', kill);
  if (ended[0] !== 0) process.exit(ended[0] ?? 1);
}
