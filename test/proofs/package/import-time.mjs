// @ts-check
/**
 * Measures the cost of loading the package, compared with loading only `ws`: `npm run prove -- import-time`,
 * `--runs N`, `--json`. Each run is a new process, and the subjects alternate, so that a busy moment affects
 * all of them. The median of the processor time is printed beside the times, because it depends less on other
 * processes. Fails if loading costs more than `LIMIT` times `ws`, by the median of the rounds.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/**
 * The limit of the ratio of processor times. Measured: 0.8 to 1.1. When the entry also loaded `ws`, it was
 * 1.7 to 2.1.
 */
const LIMIT = 1.33;
/** The imports of each subject, in order. The first dial loads `ws`. */
const SUBJECTS = [
  'ws',
  'avatarkit-session',
  'avatarkit-session ws',
  'avatarkit-session/emulator',
  'avatarkit-session/relay',
];
const PROGRAM = `
  const cpu = process.cpuUsage();
  const beganAtMs = performance.now();
  for (const name of process.argv[1].split(' ')) await import(name);
  const wallMs = performance.now() - beganAtMs;
  const { user, system } = process.cpuUsage(cpu);
  console.log(JSON.stringify({ wallMs, cpuMs: (user + system) / 1_000 }));`;

const { values } = parseArgs({ options: { runs: { type: 'string' }, json: { type: 'boolean' } } });
const runs = Number(values.runs ?? 15);
if (!Number.isSafeInteger(runs) || runs < 1) throw new TypeError('--runs: an integer from 1 on');

/** @type {Map<string, { wallMs: number, cpuMs: number }[]>} */
const measured = new Map(SUBJECTS.map((subject) => [subject, []]));
for (let run = 0; run < runs; run += 1)
  for (const [subject, times] of measured) {
    const args = ['--input-type=module', '-e', PROGRAM, subject];
    const out = execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
    /** @type {unknown} */
    const time = JSON.parse(out);
    times.push(/** @type {{ wallMs: number, cpuMs: number }} */ (time));
  }

/** @param {readonly number[]} values */
const sorted = (values) => [...values].sort((a, b) => a - b);
const middleOf = (/** @type {readonly number[]} */ ordered) =>
  ordered[Math.floor((ordered.length - 1) / 2)] ?? NaN;
/** The ratio to `ws` of the same round, as the median of the rounds, so that a busy moment affects both. */
const ratioOf = (/** @type {readonly { cpuMs: number }[]} */ times) =>
  middleOf(sorted(times.map(({ cpuMs }, round) => cpuMs / (measured.get('ws')?.[round]?.cpuMs ?? NaN))));
const rows = [...measured].map(([subject, times]) => {
  const wall = sorted(times.map(({ wallMs }) => wallMs));
  const cpu = sorted(times.map(({ cpuMs }) => cpuMs));
  return {
    subject,
    wallMs: wall[0] ?? NaN,
    medianMs: middleOf(wall),
    cpuMs: middleOf(cpu),
    ratio: ratioOf(times),
  };
});
const ratio = rows[1]?.ratio ?? NaN;

if (values.json) process.stdout.write(`${JSON.stringify({ node: process.version, runs, rows, ratio })}\n`);
else {
  process.stdout.write(`node ${process.version}, ${runs} fresh processes each\n\n`);
  process.stdout.write(
    `${'import'.padEnd(28)}${'least'.padStart(10)}${'median'.padStart(10)}${'processor'.padStart(12)}${'to ws'.padStart(8)}\n`,
  );
  for (const { subject, wallMs, medianMs, cpuMs, ratio: toWs } of rows) {
    const cells = [wallMs, medianMs, cpuMs].map((ms, at) =>
      `${ms.toFixed(1)} ms`.padStart(at === 2 ? 12 : 10),
    );
    process.stdout.write(`${subject.padEnd(28)}${cells.join('')}${toWs.toFixed(2).padStart(8)}\n`);
  }
  process.stdout.write(
    `the main entry costs ${ratio.toFixed(2)} times the processor time of ws (limit ${LIMIT})\n`,
  );
}
process.exit(ratio <= LIMIT ? 0 : 1);
