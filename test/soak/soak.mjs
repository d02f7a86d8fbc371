// @ts-check
/**
 * Two hundred sessions speak through a service with faults, and one more has endless utterances, for the
 * given time. Checks whether any resource grows meanwhile. Ends with `verdict: steady`, or with the findings
 * and exit code 1. Usage: npm run prove -- soak --minutes 10 [--sessions N] [--seed N] [--json]
 */
import { fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createSeededRandom } from 'avatarkit-session';
import { Sampler, activeHandles } from './sampler.mjs';
import { Speaker, Tally } from './speaker.mjs';
import { LIMITS, complaints, slopesOf } from './verdict.mjs';

const SAMPLES = 120;
const ROWS = 12;
/** Longer than the time until a socket is closed after its session. */
const SETTLE_MS = 3_000;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    sessions: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const minutes = positive('minutes', values.minutes);
const sessions = positive('sessions', values.sessions);
const seed = positive('seed', values.seed);

/** @param {string} name @param {string} text */
function positive(name, text) {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  process.stderr.write(`--${name} must be a number above 0, got ${text}\n`);
  process.exit(2);
}

/** @param {string} line */
function print(line) {
  if (!values.json) process.stdout.write(`${line}\n`);
}

const service = fork(new URL('service.mjs', import.meta.url), [String(seed)], { execArgv: [] });
/** @type {import('avatarkit-session').AvatarSessionOptions} */
const target = await new Promise((resolve) => service.once('message', resolve));
const tally = new Tally();
process.on('unhandledRejection', (error) => tally.surprises.push(`unhandled rejection: ${String(error)}`));
process.on('uncaughtException', (error) => tally.surprises.push(`uncaught exception: ${String(error)}`));
process.on('warning', (warning) => tally.surprises.push(`warning: ${warning.message}`));

const handlesBefore = activeHandles().length;
const sampler = new Sampler(tally);
const untilMs = performance.now() + minutes * 60_000;
const crowd = Array.from({ length: sessions }, (_, nth) =>
  new Speaker(target, createSeededRandom(seed * 1_000 + nth), tally).run(untilMs),
);
// One more session, which speaks without an end.
crowd.push(new Speaker(target, createSeededRandom(seed), tally).runEndless(untilMs));
print(`${sessions} sessions, ${minutes} minutes, seed ${seed}`);
print(
  row([
    'minute',
    'heap MiB',
    'external MiB',
    'rss MiB',
    'connected',
    'handles',
    'sockets',
    'loop p50 ms',
    'loop p99 ms',
  ]),
);
const intervalMs = (minutes * 60_000) / SAMPLES;
for (let nth = 1; nth <= SAMPLES; nth += 1) {
  await sleep(Math.max(0, untilMs - (SAMPLES - nth) * intervalMs - performance.now()));
  sampler.take();
  const sample = sampler.samples.at(-1);
  if (sample === undefined || nth % (SAMPLES / ROWS) !== 0) continue;
  const { atMs, heapMiB, externalMiB, rssMiB, connected, handles, sockets, delayMs, worstDelayMs } = sample;
  print(
    row([atMs / 60_000, heapMiB, externalMiB, rssMiB, connected, handles, sockets, delayMs, worstDelayMs]),
  );
}
await Promise.all(crowd);
await sleep(SETTLE_MS);
sampler.stop();
service.send('how many sockets');
/** @type {number} */
const openSockets = await new Promise((resolve) => service.once('message', resolve));

const slopes = slopesOf(sampler.samples);
const zeros = {
  'keyframes lost': tally.lost,
  'keyframes duplicated': tally.duplicated,
  'ended without a reason': tally.withoutReason,
  'handles left': activeHandles().length - handlesBefore,
  'sockets left at the service': openSockets,
  'utterances that reached the limit of kept audio': tally.refusedAtLimit,
  surprises: tally.surprises.length,
};
const wrong = complaints(slopes, zeros);
print('');
print(row(['measure', 'per minute', 'limit', 'scatter'], 12));
for (const { measure, perMinute, limit, spread } of slopes) {
  print(`${row([measure, perMinute, limit, spread], 12)}  ${LIMITS[measure].why}`);
}
print('');
const { givenUp, surprises, ...counts } = tally;
for (const [what, count] of Object.entries({ ...counts, ...givenUp, ...zeros })) print(`${what}: ${count}`);
for (const surprise of surprises.slice(0, 10)) print(surprise);
const verdict = wrong.length === 0 ? 'steady' : wrong.join('; ');
print(`verdict: ${verdict}`);
if (values.json) {
  const report = { minutes, sessions, seed, samples: sampler.samples, slopes, tally, zeros, verdict };
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
process.exitCode = wrong.length === 0 ? 0 : 1;
service.disconnect();

/** @param {readonly (string | number)[]} cells */
function row(cells, width = 12) {
  return cells.map((cell) => (typeof cell === 'number' ? cell.toFixed(2) : cell).padStart(width)).join(' ');
}
