// @ts-check
/**
 * Measures idle sessions with their heartbeat on: heap and resident memory per session, timers of the
 * process, and the share of one core that all heartbeats use; beside bare sockets that are pinged by hand.
 * Each kind runs in its own process.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { alone, median } from '../measure.mjs';

/** @typedef {{ heapKib: number, rssKib: number, timers: number, corePercent: number, totalMib: number }} Idle */

const QUICK = [{ count: 20, rounds: 1, watchedMs: 200 }];
/** The heartbeats of many sessions are measured for four rounds of 4.75 s each. */
const FULL = [
  { count: 1_000, rounds: 5, watchedMs: 1_000 },
  { count: 10_000, rounds: 1, watchedMs: 19_000 },
];

/** @param {boolean} quick */
export async function measure(quick) {
  const rows = [];
  for (const { count, rounds, watchedMs } of quick ? QUICK : FULL) {
    /** @type {{ raw: Idle[], session: Idle[] }} */
    const found = { raw: [], session: [] };
    for (let round = 0; round < rounds; round += 1) {
      for (const kind of /** @type {const} */ (['raw', 'session'])) {
        found[kind].push(await inOwnProcess(kind, count, watchedMs));
      }
    }
    const middle = (/** @type {'raw' | 'session'} */ kind, /** @type {keyof Idle} */ what) =>
      median(found[kind].map((idle) => idle[what]));
    const over = found.session.map((idle, round) => idle.heapKib - (found.raw[round]?.heapKib ?? NaN));
    const subject = `${count} idle`;
    rows.push({
      ...alone(`${subject}: heap each`, 'ours', 'KiB', middle('session', 'heapKib')),
      raw: middle('raw', 'heapKib'),
    });
    rows.push({
      ...alone(`${subject}: heap over raw`, 'ours', 'KiB', median(over)),
      low: Math.min(...over),
      high: Math.max(...over),
    });
    for (const [name, unit, what] of /** @type {const} */ ([
      ['resident memory each', 'KiB', 'rssKib'],
      ['resident memory of the process', 'MiB', 'totalMib'],
      ['timers of the process', '', 'timers'],
      ['heartbeats, of one core', '%', 'corePercent'],
    ])) {
      rows.push({
        ...alone(`${subject}: ${name}`, 'ours', unit, middle('session', what)),
        raw: middle('raw', what),
      });
    }
  }
  return rows;
}

/** @param {'raw' | 'session'} kind @param {number} count @param {number} watchedMs @returns {Promise<Idle>} */
function inOwnProcess(kind, count, watchedMs) {
  const program = fileURLToPath(new URL('../idle-process.mjs', import.meta.url));
  const child = fork(program, [kind, String(count), String(watchedMs)], { execArgv: ['--expose-gc'] });
  return new Promise((resolve, reject) => {
    child.once('message', (idle) => resolve(/** @type {Idle} */ (idle)));
    child.once('exit', (code) => reject(new Error(`the process of ${kind} ended with ${code}`)));
  });
}
