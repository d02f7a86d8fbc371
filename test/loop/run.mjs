// @ts-check
/**
 * `npm test` and, with `--quick`, `npm run test:quick`, on the package that has just been built: the analysis of the sources beside
 * the tests. Further words go to vitest. Prints what fails when it fails, and nothing of what passes but the sums.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const ROOT = new URL('../..', import.meta.url).pathname;
const given = process.argv.slice(2);
const quick = given.includes('--quick');
const words = given.filter((word) => word !== '--quick');
const reporters = words.some((word) => word.startsWith('--reporter')) ? [] : ['--reporter=minimal'];
// Without tests that wait, start processes, or search for seconds.
const chosen = quick ? ['--project=computing'] : [];

/**
 * @param {readonly string[]} command
 * @param {(text: string) => void} [take] default: the output is printed as it comes
 * @returns {Promise<number>} its exit code
 */
async function run(command, take) {
  const pipe = take === undefined ? 'inherit' : 'pipe';
  const child = spawn(process.execPath, command, { cwd: ROOT, stdio: ['ignore', pipe, pipe] });
  if (take !== undefined)
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', take);
  const ended = /** @type {(number | null)[]} */ (await once(child, 'close'));
  return ended[0] ?? 1;
}

async function analyse() {
  const beganAtMs = performance.now();
  let found = '';
  const code = await run(['test/loop/analyse.mjs', ...(quick ? ['--types'] : [])], (text) => (found += text));
  const tookS = ((performance.now() - beganAtMs) / 1_000).toFixed(0);
  const what = quick ? 'types' : 'types, lint and format';
  process.stdout.write(code === 0 ? `${what}: right, in ${tookS} s\n` : `${what}: wrong\n${found}`);
  return code;
}

const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...chosen, ...words];
const codes = await Promise.all([analyse(), run(vitest)]);
if (!quick && words.every((word) => word.startsWith('-')))
  process.stdout.write(
    'left out: npm run prove -- port, browser, site, searches, bundlers, type-versions, proxies, network, matrix, fleet-soak\n',
  );
if (codes[0] !== 0) process.stdout.write('The analysis has found something: see above.\n');
process.exit(codes.find((code) => code !== 0) ?? 0);
