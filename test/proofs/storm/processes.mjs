// @ts-check
/**
 * A storm of real processes, each with one session and the default policy, against the embedded service,
 * printed beside the simulation of the same storm. Usage: npm run prove -- storm-processes [--processes N]
 * [--outage SECONDS] [--rate HANDSHAKES_PER_SECOND] [--coordinator] With a coordinator, on a separate
 * redis-server, the figures must be within a fifth of those of the simulation.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { AvatarEmulator } from 'avatarkit-session/emulator';
import { DEFAULT_RETRY_POLICY } from '../../../dist/core/policy/retry-presets.js';
import { fleetStrategy, ownStrategy } from '../../../dist/storm/redial.js';
import { simulateStorm } from '../../../dist/storm/run-storm.js';
import { nearestRank, STORM } from '../../../dist/storm/storm-scenario.js';
import { REDIS_SERVER, RedisServer } from '../../fleet/redis-server.mjs';
import { Front } from './front.mjs';

/**
 * @typedef {import('../../../dist/storm/storm-service.js').StormModel} StormModel
 * @typedef {{ kind: 'started' } | { kind: 'back', atMs: number, attempts: number } | { kind: 'over', why: string }} WorkerMessage
 * @typedef {{ p50Ms: number, p99Ms: number, dials: number, wasted: number }} Figures
 */

const { values } = parseArgs({
  options: {
    processes: { type: 'string', default: '100' },
    outage: { type: 'string', default: '30' },
    rate: { type: 'string', default: '20' },
    coordinator: { type: 'boolean', default: false },
  },
});
const processes = wholeNumber('processes', values.processes);
const outageMs = wholeNumber('outage', values.outage) * 1_000;
const handshakesPerSecond = wholeNumber('rate', values.rate);

const SEEDS = Array.from({ length: 20 }, (_, at) => at + 1);
const STARTING_AT_ONCE = 4;
/** Longer than `stableAfterMs`, so that earlier failures no longer count. */
const STABLE_MS = 7_000;
/** The longest time that a process may need. */
const MOST_MS = 300_000;
/**
 * The additional time of processes, sockets and tokens on a busy machine, which the simulation does not have.
 */
const [REAL_FACTOR, REAL_MS] = [1.2, 3_000];
/** With a coordinator, the result is hardly random. */
const NEAR = 0.2;

const service = {
  ...STORM.service,
  returnsAtMs: outageMs,
  handshakesPerSecond,
  acceptQueue: 2 * handshakesPerSecond,
};
const scenario = { ...STORM, processes, sessionsPerProcess: 1, service, untilMs: outageMs + MOST_MS };

if (values.coordinator && REDIS_SERVER === undefined) process.exit(1);
const redis = values.coordinator ? await RedisServer.start() : undefined;
const strategy = values.coordinator
  ? fleetStrategy(DEFAULT_RETRY_POLICY, handshakesPerSecond)
  : ownStrategy(DEFAULT_RETRY_POLICY);
const emulator = await AvatarEmulator.start({ maxLogEntries: 1_000 });
const front = new Front(new URL(emulator.ingressEndpointUrl), service);
const { consoleEndpointUrl, credentials } = emulator;
const options = { consoleEndpointUrl, ingressEndpointUrl: await front.start(), ...credentials };
/** @type {import('node:child_process').ChildProcess[]} */
const children = [];
/** @type {(news: WorkerMessage) => void} */
let reported = () => undefined;
/** @type {string[]} */
const over = [];
for (let at = 0; at < processes; at += STARTING_AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(STARTING_AT_ONCE, processes - at) }, start));
}

process.stdout.write(
  `${processes} processes with one session each${values.coordinator ? ' and a coordinator' : ''}, ${outageMs / 1_000} s away, then ${handshakesPerSecond} handshakes/s (ideal drain ${processes / handshakesPerSecond} s)\n`,
);
print(['model', 'who', 'p50', 'p99', 'dials/session', 'wasted']);
let wrong = 0;
for (const model of /** @type {const} */ (['sheds', 'queues'])) {
  await sleep(STABLE_MS);
  const real = await storm(model);
  const runs = SEEDS.map((seed) => simulated(model, seed));
  const range = (/** @type {keyof Figures} */ what) => runs.map((run) => run[what]).sort((a, b) => a - b);
  const [dials, wasted] = [range('dials'), range('wasted')];
  const text = (/** @type {number[]} */ all, digits = 1) =>
    `${all[0]?.toFixed(digits)} to ${all.at(-1)?.toFixed(digits)}`;
  const inSeconds = (/** @type {keyof Figures} */ what) => `${text(range(what).map((ms) => ms / 1_000))} s`;
  print([
    model,
    'processes',
    `${(real.p50Ms / 1_000).toFixed(1)} s`,
    `${(real.p99Ms / 1_000).toFixed(1)} s`,
    real.dials.toFixed(2),
    real.wasted.toFixed(1),
  ]);
  print([
    '',
    `simulated, ${SEEDS.length} seeds`,
    inSeconds('p50Ms'),
    inSeconds('p99Ms'),
    text(dials, 2),
    text(wasted),
  ]);
  const all = range('p99Ms');
  const [leastMs, mostMs] =
    redis === undefined
      ? [0, (all.at(-1) ?? 0) * REAL_FACTOR + REAL_MS]
      : [(all[0] ?? 0) * (1 - NEAR), (all.at(-1) ?? 0) * (1 + NEAR)];
  const isRight = over.length === 0 && real.p99Ms >= leastMs && real.p99Ms <= mostMs;
  const bounds = leastMs === 0 ? 'at most' : `${(leastMs / 1_000).toFixed(1)} to`;
  process.stdout.write(
    `${isRight ? 'right' : 'wrong'}  ${model}: all sessions are back, p99 ${bounds} ${(mostMs / 1_000).toFixed(1)} s\n`,
  );
  if (!isRight) wrong += 1;
}
for (const why of over) process.stdout.write(`gave up: ${why}\n`);
process.stdout.write(`${2 - wrong} right, ${wrong} wrong\n`);
for (const child of children) child.disconnect();
await Promise.all(children.map((child) => once(child, 'exit')));
front.stop();
await emulator.stop();
await redis?.stop();
if (wrong > 0) process.exit(1);

async function start() {
  const child = fork(new URL('one-session.mjs', import.meta.url), { execArgv: [] });
  children.push(child);
  // In a real fleet, the service and Redis run on other machines, and do not compete for the processor with
  // two hundred processes.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  const started = new Promise((resolve) => child.once('message', resolve));
  child.on('message', (/** @type {WorkerMessage} */ message) => {
    if (message.kind === 'over') over.push(message.why);
    reported(message);
  });
  child.send({ options, redisPort: redis?.port, dialsPerSecond: handshakesPerSecond });
  await started;
}

/** @param {StormModel} model @returns {Promise<Figures>} */
async function storm(model) {
  /**
   * When each session was connected again, and after how many dials.
   * @type {{ atMs: number, attempts: number }[]}
   */
  const back = [];
  const returnsAtMs = Date.now() + outageMs;
  const all = new Promise((resolve) => {
    reported = (message) => {
      if (message.kind === 'back') back.push(message);
      if (back.length + over.length >= processes) resolve(undefined);
    };
  });
  await Promise.all([
    front.goAway(model, scenario.lostWithinMs, outageMs),
    Promise.race([all, sleep(outageMs + MOST_MS, undefined, { ref: false })]),
  ]);
  const sorted = back.map(({ atMs }) => atMs - returnsAtMs).sort((a, b) => a - b);
  const recoveryMs = (/** @type {number} */ part) => nearestRank(sorted, part, processes) ?? Infinity;
  return {
    p50Ms: recoveryMs(0.5),
    p99Ms: recoveryMs(0.99),
    dials: front.dials / processes,
    wasted: front.wastedHandshakes,
  };
}

/** @param {StormModel} model @param {number} seed @returns {Figures} */
function simulated(model, seed) {
  const { figures } = simulateStorm(strategy, model, scenario, seed);
  const { p50RecoveryMs, p99RecoveryMs, attemptsPerSession, wastedHandshakes } = figures;
  const never = (/** @type {number | null} */ ms) => ms ?? Infinity;
  return {
    p50Ms: never(p50RecoveryMs),
    p99Ms: never(p99RecoveryMs),
    dials: attemptsPerSession,
    wasted: wastedHandshakes,
  };
}

/** @param {readonly string[]} cells */
function print(cells) {
  const widths = [8, 22, 16, 16, 16, 12];
  process.stdout.write(
    `${cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('')
      .trimEnd()}\n`,
  );
}

/** @param {string} name @param {string} text */
function wholeNumber(name, text) {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  process.stderr.write(`--${name} must be a whole number above 0, got ${text}\n`);
  process.exit(2);
}
