// @ts-check
/**
 * Measures the cost of the lease renewals of many processes for a Redis: commands per second, their latency
 * in the processes, and the processor time of Redis. Each worker is a coordinator with its own connection and
 * leases. A real process runs many workers, because a thousand processes do not fit on one machine. Usage:
 * npm run prove -- fleet-renewals [--workers 1000] [--sessions 1] [--seconds 30]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createClient } from 'redis';
import { nearestRank } from '../../../dist/storm/storm-scenario.js';
import { REDIS_SERVER, RedisServer } from '../../fleet/redis-server.mjs';

const PROCESSES = 4;
/** The default. Leases are renewed three times in this period. */
const TTL_MS = 15_000;
const LIMIT_MS = 250;

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '1000' },
    sessions: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '30' },
  },
});
const [workers, sessions, seconds] = [values.workers, values.sessions, values.seconds].map(Number);
if (![workers, sessions, seconds].every((value) => Number.isInteger(value) && Number(value) > 0)) {
  process.stderr.write('--workers, --sessions and --seconds must be whole numbers above 0\n');
  process.exit(2);
}
if (REDIS_SERVER === undefined) {
  process.stdout.write('0 right, 0 wrong\n');
  process.exit(0);
}
const redis = await RedisServer.start('--maxclients', '20000');
const admin = createClient({ url: `redis://127.0.0.1:${redis.port}` });
await admin.connect();
const children = await Promise.all(
  Array.from({ length: PROCESSES }, async (_, at) => {
    const child = fork(new URL('renewing-worker.mjs', import.meta.url), { execArgv: [] });
    const share = Math.floor((Number(workers) + at) / PROCESSES);
    child.send({ port: redis.port, workers: share, sessions, leaseTtlMs: TTL_MS });
    await once(child, 'message');
    return child;
  }),
);
// Renewals of the first round also contain the text of the script, so they are not measured.
await sleep(TTL_MS / 2);
const before = await load();
await sleep(Number(seconds) * 1_000);
const after = await load();
const reported = await Promise.all(
  children.map(async (child) => {
    child.send('report');
    const message = /** @type {unknown[]} */ (await once(child, 'message'));
    return /** @type {{ tookMs: number[], lost: number }} */ (message[0]);
  }),
);
for (const child of children) child.disconnect();
const leases = await admin
  .keys('*:leases:*')
  .then((keys) => Promise.all(keys.map((key) => admin.zCard(key))));
admin.destroy();
await redis.stop();

const tookMs = reported.flatMap((one) => one.tookMs).sort((a, b) => a - b);
const lost = reported.reduce((sum, one) => sum + one.lost, 0);
const perSecond = (after.commands - before.commands) / Number(seconds);
const rank = (/** @type {number} */ part) => nearestRank(tookMs, part) ?? NaN;
const held = leases.reduce((sum, size) => sum + size, 0);
const lines = [
  `${workers} workers with ${sessions} sessions each, lease TTL ${TTL_MS / 1_000} s, ${seconds} s`,
  `commands per second  ${perSecond.toFixed(0)}`,
  `latency  p50 ${rank(0.5).toFixed(1)} ms, p99 ${rank(0.99).toFixed(1)} ms, most ${rank(1).toFixed(1)} ms, of ${tookMs.length} renewals`,
  `Redis  ${((100 * (after.cpuS - before.cpuS)) / Number(seconds)).toFixed(1)} % of a processor, ${((1_000_000 * (after.cpuS - before.cpuS)) / (after.commands - before.commands)).toFixed(0)} µs each`,
  `leases  ${held} of ${Number(workers) * Number(sessions)}, lost ${lost}`,
];
process.stdout.write(`${lines.join('\n')}\n`);
const isRight = lost === 0 && held === Number(workers) * Number(sessions) && rank(0.99) < LIMIT_MS;
process.stdout.write(
  `${isRight ? 'right' : 'wrong'}  no lease is lost, and p99 is below the limit of ${LIMIT_MS} ms\n`,
);
process.stdout.write(isRight ? '1 right, 0 wrong\n' : '0 right, 1 wrong\n');
if (!isRight) process.exit(1);

/** The number of script calls, and the processor time of Redis. */
async function load() {
  const stats = await admin.info('commandstats');
  const cpu = await admin.info('cpu');
  const number = (/** @type {string} */ text, /** @type {RegExp} */ what) =>
    Number(what.exec(text)?.[1] ?? 0);
  return {
    commands: number(stats, /cmdstat_evalsha:calls=(\d+)/) + number(stats, /cmdstat_eval:calls=(\d+)/),
    cpuS: number(cpu, /used_cpu_sys:([\d.]+)/) + number(cpu, /used_cpu_user:([\d.]+)/),
  };
}
