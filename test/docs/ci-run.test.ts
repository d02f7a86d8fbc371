/** `.ci/run` with another `npm` in front: what it says at its end, whatever went wrong before. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROJECT } from '../source-imports.js';

interface Stub {
  /** Exit codes of `npm ci` and `npm test`. */
  readonly ci?: number;
  readonly test?: number;
  /** What the test run's JSON report holds; none is written without it. */
  readonly report?: object;
}

const PASSED = { name: 'a.test.ts', status: 'passed', assertionResults: [{ status: 'passed' }] };
const FAILED = { name: 'b.test.ts', status: 'failed', assertionResults: [{ status: 'failed' }] };
const BROKEN = { name: 'c.test.ts', status: 'failed', assertionResults: [] };

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ci-run-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function run({
  ci = 0,
  test = 0,
  report,
}: Stub): Promise<{ exitCode: number; lastLine: string; left: string[] }> {
  const bin = await mkdtemp(join(folder, 'bin-'));
  const scratch = await mkdtemp(join(folder, 'scratch-'));
  const npm = join(bin, 'npm');
  const write = report === undefined ? ':' : `printf '%s' '${JSON.stringify(report)}' >"$file"`;
  await writeFile(
    npm,
    `#!/bin/sh
[ "$1" = ci ] && exit ${ci}
[ "$1" = test ] || exit 99
for word in "$@"; do case "$word" in --outputFile*=*) file=\${word#*=} ;; esac; done
echo 'the output of the tests'
${write}
exit ${test}
`,
  );
  await chmod(npm, 0o755);
  const env = { ...process.env, PATH: [bin, process.env['PATH']].join(delimiter), TMPDIR: scratch };
  const child = spawn(join(PROJECT, '.ci/run'), [], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [exitCode] = (await once(child, 'close')) as [number];
  return { exitCode, lastLine: output.trimEnd().split('\n').at(-1) ?? '', left: await readdir(scratch) };
}

describe('.ci/run', () => {
  it.each<[string, Stub, number, string]>([
    [
      'all tests passed',
      { report: { numPassedTests: 7, numFailedTests: 0, testResults: [PASSED] } },
      0,
      '7 passed, 0 failed',
    ],
    [
      'a test failed',
      { test: 1, report: { numPassedTests: 6, numFailedTests: 1, testResults: [PASSED, FAILED] } },
      1,
      '6 passed, 1 failed',
    ],
    [
      'a test file could not be loaded',
      { test: 1, report: { numPassedTests: 6, numFailedTests: 0, testResults: [PASSED, BROKEN] } },
      1,
      '6 passed, 1 failed',
    ],
    [
      'all tests passed, and something else went wrong',
      { test: 1, report: { numPassedTests: 7, numFailedTests: 0, testResults: [PASSED] } },
      1,
      '7 passed, 1 failed',
    ],
    [
      'a failure was reported, and the command said that all was well',
      { report: { numPassedTests: 6, numFailedTests: 1, testResults: [PASSED, FAILED] } },
      1,
      '6 passed, 1 failed',
    ],
    ['the types were wrong, so no test ran', { test: 2 }, 2, '0 passed, 1 failed'],
    ['the command said that all was well, and no test ran', {}, 1, '0 passed, 1 failed'],
    [
      'the installation failed',
      { ci: 3, report: { numPassedTests: 7, numFailedTests: 0, testResults: [] } },
      3,
      '0 passed, 1 failed',
    ],
  ])('%s', async (_, stub, exitCode, lastLine) => {
    expect(await run(stub)).toEqual({ exitCode, lastLine, left: [] });
  });
});
