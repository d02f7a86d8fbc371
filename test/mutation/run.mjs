// @ts-check
/**
 * Computes the mutation score of `src/core`: runs each folder with its own tests, one after another, and adds
 * up the results. Prints the surviving mutants, and fails below the bound. Usage: npm run prove -- mutation
 * [folder …]
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { addUp, report } from './score.mjs';

/** In per cent of the mutants that a test could detect. */
const LEAST_SCORE = 85;

const known = readdirSync('src/core', { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);
const folders = process.argv.length > 2 ? process.argv.slice(2) : known;
const unknown = folders.filter((folder) => !known.includes(folder));
if (unknown.length > 0) {
  print(`unknown: ${unknown.join(', ')}; folders: ${known.join(', ')}`);
  process.exit(2);
}

const scores = folders.map((folder) => {
  print(`src/core/${folder}`);
  const { status } = spawnSync('npx', ['stryker', 'run'], {
    env: { ...process.env, FOLDER: folder },
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
  /** @type {unknown} */
  const found = JSON.parse(readFileSync(`reports/mutation/${folder}.json`, 'utf8'));
  return addUp(folder, /** @type {import('./score.mjs').MutationReport} */ (found));
});
const text = report(scores);
writeFileSync('reports/mutation/report.txt', text);
print(text);
const { killed, counted } = scores.reduce((sum, score) => ({
  ...sum,
  killed: sum.killed + score.killed,
  counted: sum.counted + score.counted,
}));
if ((killed / counted) * 100 < LEAST_SCORE) process.exit(1);

/** @param {string} line */
function print(line) {
  process.stdout.write(`${line}\n`);
}
