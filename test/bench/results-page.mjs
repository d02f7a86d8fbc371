// @ts-check
/** The figures for people: one table, and the page that is kept of a run. */
import { arch, cpus, loadavg, platform, totalmem } from 'node:os';

/** @typedef {import('./measure.mjs').Row} Row */

const HEAD = ['what', 'who', 'figure', 'raw', 'ratio', 'from … to'];

/** @param {readonly Row[]} rows */
export function table(rows) {
  const cells = [HEAD, ...rows.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0), 3));
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

/** @param {readonly Row[]} rows @param {Date} date */
export function resultsPage(rows, date) {
  const [processor] = cpus();
  const memoryGib = Math.round(totalmem() / 2 ** 30);
  return `# What it costs

Made by \`npm run bench -- --write\` on ${date.toISOString().slice(0, 10)}: Node ${process.version}, ${platform()} ${arch()}, ${cpus().length} × ${processor?.model ?? 'unknown processor'}, ${memoryGib} GiB${busyness()}. \`raw\` is a bare \`ws\` socket with \`bufferutil\` in the same run, taking turns; of the rounds the median, and the lowest and the highest ratio. CPU is that of the whole client process, garbage collection included. [NOTES.md](NOTES.md) says what was tried, [SCALING.md](SCALING.md) how it grows.

![Ratios to the bare socket](results.svg)

${table(rows)}
`;
}

/** A busy machine makes every ratio worse: code that is larger misses the caches more often. */
function busyness() {
  const load = loadavg()[0] ?? 0;
  return load > cpus().length ? `, busy with other work (load average ${load.toFixed(0)})` : '';
}
