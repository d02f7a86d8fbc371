// @ts-check
/**
 * Measures how the cost grows with the number of sessions, the size of a chunk and the frame rate, with four
 * values each, against the embedded service. The sessions are distributed over several processes. The slope
 * is that of the fitted line through the four points. Usage: npm run --silent build && node
 * test/bench/scaling.mjs [--sessions 10000] [--processes 2]. Needs 2 open files for each session of a process
 * (`ulimit -n`).
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { AvatarEmulator } from 'avatarkit-session/emulator';

const { values } = parseArgs({
  options: { sessions: { type: 'string', default: '10000' }, processes: { type: 'string', default: '2' } },
});
const sessions = Number(values.sessions);
const processes = Number(values.processes);
const program = fileURLToPath(new URL('scaling-process.mjs', import.meta.url));

/** @typedef {{ count: number, chunkBytes: number, everyMs: number, forMs: number }} Load */
/** @typedef {{ openedMs: number, corePercent: number, rssMib: number, sentPercent: number }} Cost */

const ANY_CREDENTIALS = {
  apps: [{ appId: 'bench', apiKey: 'bench' }],
  avatars: ['bench'],
  idleTimeoutMs: Infinity,
};
const IDLE = { chunkBytes: 0, everyMs: 20, forMs: 10_000 };
const SPEAKING = { chunkBytes: 640, everyMs: 20, forMs: 5_000 };
const parts = [1 / 8, 1 / 4, 1 / 2, 1].map((part) => Math.round(sessions * part));

await series(
  'idle sessions',
  parts.map((count) => ({ ...IDLE, count })),
  ({ count }) => count,
);
// The number is small, so that the service, which makes animation for all speakers, keeps up on the remaining
// cores.
const speakers = Math.round(sessions / 100);
await series(
  'speaking sessions, 640 bytes in 20 ms',
  [1, 2, 4, 8].map((times) => ({ ...SPEAKING, count: (speakers / 2) * times })),
  ({ count }) => count,
);
await series(
  `bytes of a chunk, ${speakers} sessions, one in 100 ms`,
  [640, 3_200, 6_400, 12_800].map((chunkBytes) => ({
    ...SPEAKING,
    count: speakers,
    everyMs: 100,
    chunkBytes,
  })),
  ({ chunkBytes }) => chunkBytes,
);
await series(
  `chunks a second, ${speakers} sessions, 640 bytes`,
  [100, 50, 25, 20].map((everyMs) => ({ ...SPEAKING, count: speakers, everyMs })),
  ({ everyMs }) => 1_000 / everyMs,
);

/** @param {string} name @param {Load[]} loads @param {(load: Load) => number} size */
async function series(name, loads, size) {
  console.log(`\n| ${name} | opened in | of one core | resident memory | of its pace |`);
  console.log('| --: | --: | --: | --: | --: |');
  /** @type {[number, number][]} */
  const points = [];
  for (const load of loads) {
    const cost = await run(load);
    points.push([size(load), cost.corePercent]);
    const { openedMs, corePercent, rssMib, sentPercent } = cost;
    console.log(
      `| ${size(load)} | ${(openedMs / 1_000).toFixed(1)} s | ${corePercent.toFixed(1)} % | ${rssMib.toFixed(0)} MiB | ${sentPercent.toFixed(0)} % |`,
    );
  }
  const { slope, intercept } = line(points);
  console.log(
    `\nFitted: ${(1_000 * slope).toFixed(2)} % of one core for each 1000, and ${intercept.toFixed(1)} %.`,
  );
}

/**
 * Sums over all contenders; memory and core are sums over the client processes.
 * @param {Load} load @returns {Promise<Cost>}
 */
async function run(load) {
  const service = await AvatarEmulator.start({ port: 0, seed: 1, ...ANY_CREDENTIALS });
  const share = Math.ceil(load.count / processes);
  const costs = await Promise.all(
    Array.from({ length: processes }, () => {
      const child = fork(program, [], { execArgv: ['--expose-gc'] });
      child.send({
        ...load,
        count: share,
        consoleEndpointUrl: service.consoleEndpointUrl,
        ingressEndpointUrl: service.ingressEndpointUrl,
      });
      return new Promise((resolve, reject) => {
        child.once('message', resolve);
        child.once('exit', (code) => reject(new Error(`a process ended with ${code}`)));
      });
    }),
  );
  await service.stop();
  const all = /** @type {Cost[]} */ (costs);
  const sum = (/** @type {keyof Cost} */ what) => all.reduce((total, cost) => total + cost[what], 0);
  return {
    openedMs: Math.max(...all.map(({ openedMs }) => openedMs)),
    corePercent: sum('corePercent'),
    rssMib: sum('rssMib'),
    sentPercent: sum('sentPercent') / processes,
  };
}

/**
 * Fits a line by least squares.
 * @param {readonly [number, number][]} points
 */
function line(points) {
  const mean = (/** @type {number[]} */ numbers) => numbers.reduce((a, b) => a + b, 0) / numbers.length;
  const x = mean(points.map(([size]) => size));
  const y = mean(points.map(([, cost]) => cost));
  const slope =
    points.reduce((sum, [size, cost]) => sum + (size - x) * (cost - y), 0) /
    points.reduce((sum, [size]) => sum + (size - x) ** 2, 0);
  return { slope, intercept: y - slope * x };
}
