// @ts-check
/**
 * The tests that search, in full: every seed, depth and session that `npm test` leaves out. Words are further options of vitest.
 * Prints what fails, and `N right, N wrong` as its last line. Needs the built package.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** They run a part of their search with `npm test`, and all of it here: see `test/support/search.ts`. */
const SEARCHES = [
  'test/client/scenario-crowd.test.ts',
  'test/client/session-verdict-table.test.ts',
  'test/model/connect-gate.test.ts',
  'test/sim/fault-plans/fault-plans.test.ts',
  'test/sim/proxies/two-minutes.test.ts',
  'test/sim/sabotage.test.ts',
  'test/sim/simulation.test.ts',
  'test/storm/run-storm-simulate.test.ts',
  'test/storm/thousand-sessions.test.ts',
];

const folder = mkdtempSync(join(tmpdir(), 'searches-'));
const report = join(folder, 'report.json');
const reporters = ['--reporter=minimal', '--reporter=json', `--outputFile.json=${report}`];
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...SEARCHES, ...process.argv.slice(2)],
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
