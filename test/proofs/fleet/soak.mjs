// @ts-check
/**
 * Runs a fleet for the given time: processes open and close sessions, more than the limit allows at once,
 * while processes and Redis are killed at random and Redis freezes. The service counts the sessions. Ends
 * with `verdict: steady`, or with the findings and exit code 1. Usage: npm run prove -- fleet-soak [--minutes
 * 10] [--seed N]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createClient } from 'redis';
import { createSeededRandom } from 'avatarkit-session';
import { AvatarEmulator } from 'avatarkit-session/emulator';
import { REDIS_SERVER, RedisServer } from '../../fleet/redis-server.mjs';

/** @typedef {import('../../fleet/session-worker.mjs').WorkerMessage} WorkerMessage */

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string', default: '1' } },
});
const minutes = positive('minutes', values.minutes);
const seed = positive('seed', values.seed);
const random = createSeededRandom(seed);

const [PROCESSES, SESSIONS, MOST_SESSIONS] = [4, 5, 12];
const [TTL_MS, HOLD_MS] = [2_000, 2_000];
/**
 * After Redis was unavailable for longer than the TTL, or lost its data, running and new sessions request the
 * same places: more than `maxSessions` sessions may be open until the TTL is over and the older ones have
 * ended.
 */
const UNSETTLED_MS = TTL_MS + 1.5 * HOLD_MS + 2_000;
/** So in a soak of 15 s, Redis has one failure, and the fleet has time to recover. */
const REDIS_EVERY_MS = [12_000, 30_000];
const PROCESS_EVERY_MS = [3_000, 8_000];
const LONGEST_GAP_MS = 10_000;
const SAMPLE_MS = 5;
/** A sample that is later than this shows that the machine has no time for the soak. */
const STALL_MS = 50;

if (REDIS_SERVER === undefined) {
  process.stdout.write('0 right, 0 wrong\n');
  process.exit(0);
}
const emulator = await AvatarEmulator.start({ maxLogEntries: 1_000 });
const redis = await RedisServer.start();
const beganAtMs = performance.now();
const untilMs = beganAtMs + minutes * 60_000;

const counts = { opened: 0, spoken: 0, waited: 0, processesKilled: 0, redisKilled: 0, redisFrozen: 0 };
const peaks = { settled: 0, unsettled: 0 };
const zeros = { tooMany: 0, lost: 0, disturbed: 0, crashed: 0 };
/** @type {string[]} */
const whys = [];
let unsettledUntilMs = beganAtMs;
let redisIsAway = false;
let gapMs = 0;
let longestGapMs = 0;
let sampledAtMs = performance.now();
let isOver = false;
let closed = 0;

/** @type {Set<import('node:child_process').ChildProcess>} */
const workers = new Set();
/**
 * Processes that have a session. A process is not killed before.
 * @type {WeakSet<import('node:child_process').ChildProcess>}
 */
const working = new WeakSet();
for (let at = 0; at < PROCESSES; at += 1) startWorker();
const sampler = setInterval(sample, SAMPLE_MS);
process.stdout.write(
  `${PROCESSES} processes with ${SESSIONS} sessions each, of which ${MOST_SESSIONS} may be open; ${minutes} minutes, seed ${seed}\n`,
);
const printer = setInterval(() => print(), 60_000);
await Promise.all([killProcesses(), troubleRedis()]);
await sleep(Math.max(0, untilMs - performance.now()));

isOver = true;
clearInterval(sampler);
clearInterval(printer);
for (const child of workers) child.send('close');
await settled(() => closed >= workers.size, 10_000);
for (const child of workers) child.disconnect();
await Promise.all([...workers].map(ended));
// This also covers the leases of processes that were killed just now.
await sleep(2.5 * TTL_MS);
const admin = createClient({ url: `redis://127.0.0.1:${redis.port}` });
await admin.connect();
const keys = (await admin.keys('*')).filter((key) => !key.endsWith(':line'));
admin.destroy();
const sockets = emulator.openSockets;
await redis.stop();
await emulator.stop();

print();
const wrong = Object.entries({
  'samples with more sessions than allowed, while Redis was available': zeros.tooMany,
  'sessions that ended, or could not start': zeros.lost,
  'sessions that lost their connection': zeros.disturbed,
  'processes that ended by themselves': zeros.crashed,
  [`times without a new session of more than ${LONGEST_GAP_MS / 1_000} s`]:
    longestGapMs > LONGEST_GAP_MS ? 1 : 0,
  'keys of leases and waiting sessions left': keys.length,
  'sockets left at the service': sockets,
}).flatMap(([what, count]) => (count === 0 ? [] : [`${what}: ${count}`]));
for (const why of whys.slice(0, 10)) process.stdout.write(`${why}\n`);
process.stdout.write(
  `the longest time without a new session: ${(longestGapMs / 1_000).toFixed(1)} s; most sessions ${peaks.settled}, after failures of Redis ${peaks.unsettled}\n`,
);
process.stdout.write(`verdict: ${wrong.length === 0 ? 'steady' : wrong.join('; ')}\n`);
process.stdout.write(wrong.length === 0 ? '1 right, 0 wrong\n' : '0 right, 1 wrong\n');
if (wrong.length > 0) process.exit(1);

function startWorker() {
  const child = fork(new URL('../../fleet/session-worker.mjs', import.meta.url), { execArgv: [] });
  workers.add(child);
  child.on('message', (/** @type {WorkerMessage} */ message) => {
    if (message.kind === 'open') working.add(child);
    onMessage(message);
  });
  child.once('exit', (code, signal) => {
    workers.delete(child);
    if (signal === 'SIGKILL' || isOver) return;
    zeros.crashed += 1;
    whys.push(`a process ended with ${code ?? signal}`);
  });
  child.send({
    target: emulator.sessionOptions,
    port: redis.port,
    fleet: { maxSessions: MOST_SESSIONS, leaseTtlMs: TTL_MS, dialsPerSecond: 100 },
    sessions: SESSIONS,
    holdMs: HOLD_MS,
    speaks: true,
  });
}

/** @param {import('node:child_process').ChildProcess} child */
async function ended(child) {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** @param {WorkerMessage} news */
function onMessage({ kind, why }) {
  if (kind === 'closed') closed += 1;
  else if (kind === 'spoken') counts.spoken += 1;
  else if (kind === 'wait') counts.waited += 1;
  else if (kind === 'back') zeros.disturbed += 1;
  else if (kind === 'over' && why !== 'closed' && !isOver) {
    zeros.lost += 1;
    whys.push(why);
  } else if (kind === 'open') {
    counts.opened += 1;
    gapMs = 0;
  }
}

function sample() {
  const nowMs = performance.now();
  const sinceMs = nowMs - sampledAtMs;
  sampledAtMs = nowMs;
  if (sinceMs < STALL_MS) gapMs += sinceMs;
  longestGapMs = Math.max(longestGapMs, gapMs);
  const open = emulator.openSockets;
  const isSettled = !redisIsAway && nowMs > unsettledUntilMs;
  peaks[isSettled ? 'settled' : 'unsettled'] = Math.max(peaks[isSettled ? 'settled' : 'unsettled'], open);
  if (isSettled && open > MOST_SESSIONS) zeros.tooMany += 1;
}

async function killProcesses() {
  for (;;) {
    const pauseMs = between(PROCESS_EVERY_MS);
    if (performance.now() + pauseMs > untilMs) return;
    await sleep(pauseMs);
    const all = [...workers].filter((child) => working.has(child));
    const child = all[Math.floor(random.next() * all.length)];
    if (child === undefined) continue;
    counts.processesKilled += 1;
    child.kill('SIGKILL');
    await once(child, 'exit');
    // A process that starts while Redis is unavailable has seen no other process, which is a different case.
    while (redisIsAway) await sleep(50);
    startWorker();
  }
}

async function troubleRedis() {
  for (let first = true; ; first = false) {
    const pauseMs = first ? 3_000 : between(REDIS_EVERY_MS);
    if (performance.now() + pauseMs + UNSETTLED_MS > untilMs) return;
    await sleep(pauseMs);
    redisIsAway = true;
    if (first || random.next() < 0.5) {
      counts.redisKilled += 1;
      await redis.kill();
      await sleep(between([200, 3_000]));
      await redis.again();
    } else {
      counts.redisFrozen += 1;
      redis.freeze();
      await sleep(between([200, 4_000]));
      redis.thaw();
    }
    redisIsAway = false;
    unsettledUntilMs = performance.now() + UNSETTLED_MS;
  }
}

/** @param {() => boolean} is @param {number} withinMs */
async function settled(is, withinMs) {
  const endMs = performance.now() + withinMs;
  while (!is() && performance.now() < endMs) await sleep(20);
}

/** @param {readonly number[]} range */
function between([least = 0, most = 0]) {
  return least + (most - least) * random.next();
}

function print() {
  const minute = ((performance.now() - beganAtMs) / 60_000).toFixed(1);
  const said = Object.entries(counts).map(([what, count]) => `${what} ${count}`);
  process.stdout.write(`minute ${minute}: ${said.join(', ')}, open ${emulator.openSockets}\n`);
}

/** @param {string} name @param {string} text */
function positive(name, text) {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  process.stderr.write(`--${name} must be a number above 0, got ${text}\n`);
  process.exit(2);
}
