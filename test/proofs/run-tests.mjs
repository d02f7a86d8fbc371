// @ts-check
/**
 * Runs tests that `npm test` skips, or of which it runs a part: `run-tests.mjs browser|searches|site`.
 * Further arguments are options of vitest. Prints the failures, and `N right, N wrong` as its last line.
 * Needs the built package.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @type {Readonly<Record<string, readonly string[]>>} */
const SETS = {
  // Pages in a real Chromium, which uses both processors.
  browser: ['test/inspector/browser'],
  // These run after `test/proofs/site/site.mjs`, which builds the site that they test.
  site: ['test/proofs/site'],
  // `npm test` runs a part of their search, or none: see `test/support/search.ts` and `vitest.config.ts`.
  searches: [
    'test/bench/bench.test.ts',
    'test/client/scenario-crowd.test.ts',
    'test/client/scenario-hostile-memory.test.ts',
    'test/client/scenario-interleavings.test.ts',
    'test/client/scenario-random-faults.test.ts',
    'test/client/session-verdict-table.test.ts',
    'test/core/redaction/known-secrets.test.ts',
    'test/examples/voice-agent.test.ts',
    'test/fuzz/receive-path.test.ts',
    'test/model/connect-gate.test.ts',
    'test/sim/fault-plans/fault-plans.test.ts',
    'test/sim/proxies/two-minutes.test.ts',
    'test/sim/sabotage.test.ts',
    'test/sim/simulation.test.ts',
    'test/storm/run-storm-simulate.test.ts',
    'test/storm/thousand-sessions.test.ts',
    'test/types/consumer.test.ts',
  ],
};

const [name = '', ...words] = process.argv.slice(2);
const files = SETS[name] ?? [];
if (files.length === 0) throw new Error(`one of: ${Object.keys(SETS).join(', ')}`);
const folder = mkdtempSync(join(tmpdir(), 'proof-'));
const report = join(folder, 'report.json');
const reporters = ['--reporter=minimal', '--reporter=json', `--outputFile.json=${report}`];
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...files, ...words],
  { env: { ...process.env, SEARCH: 'full' }, stdio: 'inherit' },
);
let [right, wrong] = [0, 0];
try {
  /** @type {unknown} */
  const found = JSON.parse(readFileSync(report, 'utf8'));
  const { numPassedTests, numFailedTests } =
    /** @type {{ numPassedTests: number, numFailedTests: number }} */ (found);
  [right, wrong] = [numPassedTests, numFailedTests];
} catch {
  // No test has run.
}
rmSync(folder, { recursive: true, force: true });
const failed = status === 0 ? wrong : Math.max(wrong, 1);
process.stdout.write(`${right} right, ${failed} wrong\n`);
process.exit(failed === 0 ? 0 : 1);
