// @ts-check
/**
 * `npm test` and, with `--quick`, `npm run test:quick`, on the package that has just been built: the analysis of the sources beside
 * the tests. Further words go to vitest. Prints what fails when it fails, and nothing of what passes but the sums.
 *
 * `npm test` runs vitest twice at once: most of the tests, and beside them those that only compute, with what is left of the
 * processors. A third call reports both as one run.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = new URL('../..', import.meta.url).pathname;
/** The projects of `vitest.config.ts` that run at the same time, and the niceness of their processes. */
const PARTS = [
  { name: 'waiting', projects: ['alone', 'waiting', 'undisturbed', 'searching'], niceness: 0 },
  // At 19 these would get nothing for a minute.
  { name: 'computing', projects: ['computing'], niceness: 10 },
];
const given = process.argv.slice(2);
const quick = given.includes('--quick');
const words = given.filter((word) => word !== '--quick');
const reporters = words.some((word) => word.startsWith('--reporter')) ? [] : ['--reporter=minimal'];
/** All tests: the words, if there are any, only say how they are reported. */
const whole = !quick && words.every((word) => /^--(reporter|outputFile)/.test(word));
const beganAtMs = performance.now();

/** Seconds since the start. */
const elapsedS = () => ((performance.now() - beganAtMs) / 1_000).toFixed(0);

/**
 * @param {readonly string[]} command
 * @param {{ take?: (text: string) => void, niceness?: number, env?: Record<string, string> }} [how] `take` gets the output, which is
 *   printed as it comes otherwise
 * @returns {Promise<number>} its exit code
 */
async function run(command, { take, niceness = 0, env = {} } = {}) {
  const pipe = take === undefined ? 'inherit' : 'pipe';
  const child = spawn(process.execPath, command, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', pipe, pipe],
  });
  if (niceness > 0 && child.pid !== undefined) setPriority(child.pid, niceness);
  if (take !== undefined)
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', take);
  const ended = /** @type {(number | null)[]} */ (await once(child, 'close'));
  return ended[0] ?? 1;
}

async function analyse() {
  let found = '';
  const take = (/** @type {string} */ text) => void (found += text);
  const code = await run(['test/loop/analyse.mjs', ...(quick ? ['--types'] : [])], { take });
  const what = quick ? 'types' : 'types, lint and format';
  process.stdout.write(code === 0 ? `${what}: right, in ${elapsedS()} s\n` : `${what}: wrong\n${found}`);
  return code;
}

/** @param {...string} options */
const vitest = (...options) => ['node_modules/vitest/vitest.mjs', 'run', ...options];

/** @returns {Promise<number>} the exit code */
async function testWhole() {
  const folder = mkdtempSync(join(tmpdir(), 'avatarkit-tests-'));
  const take = (/** @type {string} */ text) =>
    void process.stdout.write(text.replace(/^blob report written to .*\n/m, ''));
  try {
    const parts = await Promise.all(
      PARTS.map(({ name, projects, niceness }) => {
        const blob = ['--reporter=blob', `--outputFile=${join(folder, `${name}.json`)}`];
        const chosen = projects.map((project) => `--project=${project}`);
        return run(vitest(...blob, ...chosen), { take, niceness, env: { TEST_PART: name } });
      }),
    );
    const report = await run(vitest(`--merge-reports=${folder}`, ...reporters, ...words));
    process.stdout.write(`tests: ${elapsedS()} s\n`);
    return [report, ...parts].find((code) => code !== 0) ?? 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// Quick: without tests that wait, start processes, or search for seconds.
const test = whole
  ? testWhole
  : () => run(vitest(...reporters, ...(quick ? ['--project=computing'] : []), ...words));
const codes = await Promise.all([analyse(), test()]);
if (whole)
  process.stdout.write(
    'left out: npm run prove -- port, browser, site, searches, bundlers, type-versions, proxies, network, matrix, fleet-soak\n',
  );
if (codes[0] !== 0) process.stdout.write('The analysis has found something: see above.\n');
process.exit(codes.find((code) => code !== 0) ?? 0);
