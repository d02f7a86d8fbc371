// @ts-check
/**
 * What it costs to load the package, beside loading `ws` alone: `npm run prove -- import-time`, `--runs N`, `--json`. Each run is a fresh
 * process, and the subjects take turns, so that a busy moment meets all of them. The least time of many runs is that of a quiet moment;
 * processor time is told beside it, because it depends less on what else runs. Fails when loading costs more than `LIMIT` times `ws`.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** Of the least processor time. What is measured is about 3. */
const LIMIT = 4;
const SUBJECTS = ['ws', 'avatarkit-session', 'avatarkit-session/emulator', 'avatarkit-session/relay'];
const PROGRAM = `
  const cpu = process.cpuUsage();
  const beganAtMs = performance.now();
  await import(process.argv[1]);
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
const rows = [...measured].map(([subject, times]) => {
  const wall = sorted(times.map(({ wallMs }) => wallMs));
  const cpu = sorted(times.map(({ cpuMs }) => cpuMs));
  const middle = Math.floor((runs - 1) / 2);
  return { subject, wallMs: wall[0] ?? NaN, medianMs: wall[middle] ?? NaN, cpuMs: cpu[0] ?? NaN };
});
const bareMs = rows[0]?.cpuMs ?? NaN;
const ratio = (rows[1]?.cpuMs ?? NaN) / bareMs;

if (values.json) process.stdout.write(`${JSON.stringify({ node: process.version, runs, rows, ratio })}\n`);
else {
  process.stdout.write(`node ${process.version}, ${runs} fresh processes each\n\n`);
  process.stdout.write(
    `${'import'.padEnd(28)}${'least'.padStart(10)}${'median'.padStart(10)}${'processor'.padStart(12)}\n`,
  );
  for (const { subject, wallMs, medianMs, cpuMs } of rows) {
    const cells = [wallMs, medianMs, cpuMs].map((ms, at) =>
      `${ms.toFixed(1)} ms`.padStart(at === 2 ? 12 : 10),
    );
    process.stdout.write(`${subject.padEnd(28)}${cells.join('')}\n`);
  }
  process.stdout.write(
    `the main entry costs ${ratio.toFixed(2)} times the processor time of ws (limit ${LIMIT})\n`,
  );
}
process.exit(ratio <= LIMIT ? 0 : 1);
