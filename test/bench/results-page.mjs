// @ts-check
/** Formats the figures as one table, and as the page that `--write` writes. */
import { arch, cpus, loadavg, platform, totalmem } from 'node:os';
import { eachRow, together } from './runs.mjs';

/** @typedef {import('./measure.mjs').Row} Row */

const HEAD = ['what', 'who', 'figure', 'raw', 'ratio', 'from … to'];

/** @param {readonly Row[]} rows */
export function table(rows) {
  return aligned([HEAD, ...rows.map(cellsOf)]);
}

/** @param {readonly (readonly string[])[]} cells the first row is the head */
function aligned(cells) {
  const [head = []] = cells;
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0), 3));
  const line = (/** @type {readonly string[]} */ row) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(cells[0] ?? []), rule, ...cells.slice(1).map(line)].join('\n');
}

/** @param {Row} row */
function cellsOf({ subject, who, unit, value, raw, ratio, low, high }) {
  const figure = (/** @type {number | null} */ number) =>
    isNumber(number) ? `${text(number)} ${unit}`.trim() : '';
  const spread = isNumber(low) && isNumber(high) ? `${low.toFixed(2)} … ${high.toFixed(2)}` : '';
  return [subject, who, figure(value), figure(raw), isNumber(ratio) ? `× ${ratio.toFixed(2)}` : '', spread];
}

/** @param {unknown} value @returns {value is number} */
const isNumber = (value) => typeof value === 'number' && Number.isFinite(value);
const text = (/** @type {number} */ value) => (value >= 100 ? value.toFixed(0) : value.toFixed(2));

/**
 * The results of each run.
 * @param {readonly Row[][]} runs
 */
function runsTable(runs) {
  const head = ['what', 'who', ...runs.map((_, run) => `run ${run + 1}`)];
  return aligned([
    head,
    ...eachRow(runs).map((same) => {
      const [{ subject, who }] = same;
      return [subject, who, ...same.map(oneFigure)];
    }),
  ]);
}

/** @param {Row} row */
function oneFigure({ unit, value, ratio, low, high }) {
  const figure = isNumber(ratio) ? `× ${ratio.toFixed(2)}` : `${text(value)} ${unit}`.trim();
  return isNumber(low) && isNumber(high) ? `${figure} (${low.toFixed(2)} … ${high.toFixed(2)})` : figure;
}

/** @param {Date} date */
function whenAndWhere(date) {
  const [processor] = cpus();
  const memoryGib = Math.round(totalmem() / 2 ** 30);
  const machine = `${cpus().length} × ${processor?.model ?? 'unknown processor'}, ${memoryGib} GiB${busyness()}`;
  return `${date.toISOString().slice(0, 10)}: Node ${process.version}, ${platform()} ${arch()}, ${machine}`;
}

/** @param {readonly Row[][]} runs @param {Date} date */
export function audioPage(runs, date) {
  return `# What audio costs

Made by \`npm run bench -- --audio --runs ${runs.length} --write\` on ${whenAndWhere(date)}. CPU of the whole process for a second of speech, garbage collection included: the median of nine rounds, and of the runs. The encoded speech is \`examples/audio/speech.wav\`, 16 kHz. The resampled audio is noise, in chunks of 20 ms.

${table(together(runs))}

## Each run

${runsTable(runs)}
`;
}

/** @param {readonly Row[][]} runs @param {Date} date */
export function resultsPage(runs, date) {
  return `# What it costs

Made by \`npm run bench -- --runs ${runs.length} --write\` on ${whenAndWhere(date)}. \`raw\` is a bare \`ws\` socket with \`bufferutil\` in the same run; the contenders alternate in a random order. The figures are medians of the rounds, and of the runs; \`from … to\` is the lowest and the highest ratio of all rounds. \`a second raw\` is another bare socket: the difference of its ratio from 1 is the error of the measurement. CPU is that of the whole client process, garbage collection included. [NOTES.md](NOTES.md) describes what was tried, [SCALING.md](SCALING.md) how the cost grows.

![Ratios to the bare socket](results.svg)

${table(together(runs))}

## Each run

${runsTable(runs)}
`;
}

/** A busy machine makes every ratio worse, because larger code misses the caches more often. */
function busyness() {
  const load = loadavg()[0] ?? 0;
  return load > cpus().length ? `, busy with other work (load average ${load.toFixed(0)})` : '';
}
