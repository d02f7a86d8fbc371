/** Runs `.ci/run` with a stand-in for `npm`, and checks its last line after every kind of failure. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROJECT } from '../source-imports.js';

const PROOFS = [
  'port',
  'matrix',
  'browser',
  'site',
  'searches',
  'bundlers',
  'type-versions',
  'proxies',
  'network',
  'fleet-soak',
] as const;
/** Each proof that passes reports one situation. */
const PROVED = PROOFS.length;
type Proof = (typeof PROOFS)[number];

interface Stub {
  /** The exit codes of `npm ci` and `npm test`. */
  readonly ci?: number;
  readonly test?: number;
  /** The JSON report that the stand-in for `npm test` writes. If undefined, it writes none. */
  readonly report?: object;
  /**
   * The last line of a proof, if it is not `1 right, 0 wrong`. A proof that reports a wrong situation fails.
   */
  readonly proofs?: Partial<Record<Proof, string>>;
  /** Whether nginx and haproxy are installed. Default true. */
  readonly proxies?: boolean;
}

const PASSED = { name: 'a.test.ts', status: 'passed', assertionResults: [{ status: 'passed' }] };
const FAILED = { name: 'b.test.ts', status: 'failed', assertionResults: [{ status: 'failed' }] };
const BROKEN = { name: 'c.test.ts', status: 'failed', assertionResults: [] };

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ci-run-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  readonly exitCode: number;
  readonly lastLine: string;
  readonly left: string[];
  /** The commands that were run as root, one per line. */
  readonly asRoot: string;
}

async function run({ ci = 0, test = 0, report, proofs = {}, proxies = true }: Stub): Promise<Ended> {
  const bin = await mkdtemp(join(folder, 'bin-'));
  const scratch = await mkdtemp(join(folder, 'scratch-'));
  const write = report === undefined ? ':' : `printf '%s' '${JSON.stringify(report)}' >"$file"`;
  const log = join(bin, 'as-root.log');
  const program = async (name: string, script: string): Promise<void> => {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(bin, name), 0o755);
  };
  await program('id', 'echo 1000');
  await program('sudo', `echo "$@" >>${log}; [ "$2" = tee ] && cat >/dev/null; exit 0`);
  for (const name of ['redis-server', 'faketime', 'chromium', 'python3']) await program(name, 'exit 1');
  if (proxies) for (const name of ['nginx', 'haproxy']) await program(name, 'exit 1');
  const steps = PROOFS.map((name) => {
    const says = proofs[name] ?? '1 right, 0 wrong';
    return `[ "$6" = ${name} ] && { echo "${says}"; exit ${/^\d+ right, 0 wrong$/.test(says) ? 0 : 1}; }`;
  });
  await program(
    'npm',
    `[ "$1" = ci ] && exit ${ci}
${steps.join('\n')}
[ "$1" = test ] || exit 99
for word in "$@"; do case "$word" in --outputFile*=*) file=\${word#*=} ;; esac; done
echo 'the output of the tests'
${write}
exit ${test}`,
  );
  // Without the administrator's folders, which contain the real proxies.
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((name) => !name.endsWith('sbin'));
  const env = { ...process.env, PATH: [bin, ...path].join(delimiter), TMPDIR: scratch };
  const child = spawn(join(PROJECT, '.ci/run'), [], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [exitCode] = (await once(child, 'close')) as [number];
  const lastLine = output.trimEnd().split('\n').at(-1) ?? '';
  return {
    exitCode,
    lastLine,
    left: await readdir(scratch),
    asRoot: await readFile(log, 'utf8').catch(() => ''),
  };
}

describe('.ci/run', () => {
  it('runs the proofs that npm test reports as left out', async () => {
    const ci = await readFile(join(PROJECT, '.ci/run'), 'utf8');
    const loop = await readFile(join(PROJECT, 'test/loop/run.mjs'), 'utf8');
    const lists = [...ci.matchAll(/^(?:waiting|computing)=\((.*)\)$/gm)]
      .map(([, names = '']) => names)
      .join(' ');
    const run = lists.match(/"[^"]+"|\S+/g)?.map((name) => name.replace(/^"(\S+).*"$/, '$1'));
    const leftOut = /left out: npm run prove -- (.+)\\n/.exec(loop)?.[1]?.split(', ');
    expect(run?.sort()).toEqual([...PROOFS].sort());
    expect(leftOut?.sort()).toEqual([...PROOFS].sort());
  });

  it.each<[string, Stub, number, string]>([
    [
      'all tests passed',
      { report: { numPassedTests: 7, numFailedTests: 0, testResults: [PASSED] } },
      0,
      `${7 + PROVED} passed, 0 failed`,
    ],
    ...PROOFS.map((proof): [string, Stub, number, string] => [
      `a situation of the proof ${proof} is wrong`,
      {
        proofs: { [proof]: '3 right, 2 wrong' },
        report: { numPassedTests: 7, numFailedTests: 0, testResults: [PASSED] },
      },
      1,
      `${7 + PROVED - 1 + 3} passed, 2 failed`,
    ]),
    [
      'a proof ends early',
      { proofs: { proxies: '' }, report: { numPassedTests: 7, numFailedTests: 0, testResults: [PASSED] } },
      1,
      `${7 + PROVED - 1} passed, 1 failed`,
    ],
    [
      'a proof could run no situation here',
      {
        proofs: { network: '0 right, 0 wrong' },
        report: { numPassedTests: 7, numFailedTests: 0, testResults: [PASSED] },
      },
      0,
      `${7 + PROVED - 1} passed, 0 failed`,
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
      'all tests passed, but the command failed',
      { test: 1, report: { numPassedTests: 7, numFailedTests: 0, testResults: [PASSED] } },
      1,
      '7 passed, 1 failed',
    ],
    [
      'a failure was reported, but the command exited with 0',
      { report: { numPassedTests: 6, numFailedTests: 1, testResults: [PASSED, FAILED] } },
      1,
      `${6 + PROVED} passed, 1 failed`,
    ],
    ['the types had errors, so no test ran', { test: 2 }, 2, '0 passed, 1 failed'],
    ['the command exited with 0, but no test ran', {}, 1, `${PROVED} passed, 1 failed`],
    [
      'the installation failed',
      { ci: 3, report: { numPassedTests: 7, numFailedTests: 0, testResults: [] } },
      3,
      '0 passed, 1 failed',
    ],
  ])('%s', async (_, stub, exitCode, lastLine) => {
    expect(await run(stub)).toEqual({ exitCode, lastLine, left: [], asRoot: '' });
  });

  it('installs the proxies if they are missing', async () => {
    const { asRoot } = await run({ proxies: false });
    expect(asRoot).toContain('apt-get install -qy --no-install-recommends nginx haproxy');
  });
});
