// @ts-check
/**
 * All benchmarks, each subject in a process of its own, and a table at the end. Usage: npm run bench -- [--quick] [--json]
 * [--write] [subject …]. `--quick` only shows that they run; `--json` prints the rows for machines; `--write` keeps the table
 * and the chart in RESULTS.md and results.svg.
 */
import { execFile } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chart } from './chart.mjs';
import { resultsPage, table } from './results-page.mjs';

/** @typedef {import('./measure.mjs').Row} Row */

const known = readdirSync(new URL('subjects/', import.meta.url)).map((file) => file.replace('.mjs', ''));
const args = process.argv.slice(2);
const flags = args.filter((arg) => arg.startsWith('--'));
const wanted = args.filter((arg) => !arg.startsWith('--'));
const unknown = [
  ...flags.filter((flag) => !['--quick', '--json', '--write'].includes(flag)),
  ...wanted.filter((subject) => !known.includes(subject)),
];
if (unknown.length > 0) {
  console.error(
    `unknown: ${unknown.join(', ')}; subjects: ${known.join(', ')}; flags: --quick --json --write`,
  );
  process.exit(2);
}

/** @type {Row[]} */
const rows = [];
for (const subject of wanted.length > 0 ? wanted : known) {
  if (!flags.includes('--json')) console.error(`measuring: ${subject}`);
  rows.push(...(await inOwnProcess(subject, flags.includes('--quick'))));
}
if (flags.includes('--json')) console.log(JSON.stringify(rows));
else console.log(table(rows));
if (flags.includes('--write')) {
  writeFileSync(new URL('RESULTS.md', import.meta.url), resultsPage(rows, new Date()));
  writeFileSync(new URL('results.svg', import.meta.url), await chart(rows));
}

/** @param {string} subject @param {boolean} quick @returns {Promise<Row[]>} */
async function inOwnProcess(subject, quick) {
  const program = fileURLToPath(new URL('run-subject.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', program, subject, ...(quick ? ['--quick'] : [])],
    { maxBuffer: 1 << 24 },
  );
  // NaN has no JSON: what was not measured comes as null.
  /** @type {unknown} */
  const parsed = JSON.parse(stdout);
  return /** @type {Row[]} */ (parsed);
}
