// @ts-check
/**
 * Runs all benchmarks, each subject in its own process, and prints a table. Usage: npm run bench -- [--quick]
 * [--json] [--runs N] [--write] [--audio] [subject …]. `--quick` only shows that they run. `--json` prints
 * the rows as JSON. `--runs` repeats the whole measurement this many times. `--write` writes the tables and
 * the chart to RESULTS.md and results.svg. `--audio` measures audio processing; with `--write` the result is
 * AUDIO.md.
 */
import { execFile } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { chart } from './chart.mjs';
import { audioPage, resultsPage, table } from './results-page.mjs';
import { together } from './runs.mjs';

/** @typedef {import('./measure.mjs').Row} Row */

const known = readdirSync(new URL('subjects/', import.meta.url)).map((file) => file.replace('.mjs', ''));
const AUDIO_SUBJECTS = ['opus', 'resample'];
/** From this share of a core on, a contender that takes a fifth more cannot keep up. */
const FULL_CORE_PERCENT = 80;
const { values, wanted } = options();

/** @type {Row[][]} */
const runs = [];
for (let number = 1; number <= values.runs; number += 1) {
  /** @type {Row[]} */
  const run = [];
  for (const subject of wanted.length > 0 ? wanted : known) {
    if (!values.json) console.error(`measuring: ${subject}, run ${number} of ${values.runs}`);
    run.push(...(await inOwnProcess(subject, values.quick)));
  }
  runs.push(run);
}
const rows = together(runs);
if (values.json) console.log(JSON.stringify(rows));
else console.log(table(rows));
for (const { subject, who, unit, raw } of rows) {
  if (who !== 'ours' || unit !== '%' || !(raw > FULL_CORE_PERCENT)) continue;
  console.error(
    `${subject}: the bare sockets take ${Math.round(raw)} % of a core, so the process has no time left,`,
  );
  console.error('and neither CPU nor delays compare: measure again on a faster, or less busy, machine');
}
if (values.write && values.audio) {
  writeFileSync(new URL('AUDIO.md', import.meta.url), audioPage(runs, new Date()));
} else if (values.write) {
  writeFileSync(new URL('RESULTS.md', import.meta.url), resultsPage(runs, new Date()));
  writeFileSync(new URL('results.svg', import.meta.url), await chart(rows));
}

function options() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        runs: { type: 'string', default: '1' },
        write: { type: 'boolean', default: false },
        audio: { type: 'boolean', default: false },
      },
    });
    const unknown = positionals.filter((subject) => !known.includes(subject));
    if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(', ')}; subjects: ${known.join(', ')}`);
    const runs = Number(values.runs);
    if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs must be 1 or more, got ${values.runs}`);
    if (values.audio && positionals.length > 0) throw new Error('--audio takes no subjects');
    return { values: { ...values, runs }, wanted: values.audio ? AUDIO_SUBJECTS : positionals };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}

/** @param {string} subject @param {boolean} quick @returns {Promise<Row[]>} */
async function inOwnProcess(subject, quick) {
  const program = fileURLToPath(new URL('run-subject.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', program, subject, ...(quick ? ['--quick'] : [])],
    { maxBuffer: 1 << 24 },
  );
  // JSON has no NaN: a value that was not measured is null.
  /** @type {unknown} */
  const parsed = JSON.parse(stdout, (_, /** @type {unknown} */ value) => (value === null ? NaN : value));
  return /** @type {Row[]} */ (parsed);
}
