/**
 * Many sessions in one process, an outage, and a fast service: the rate of their dials when they reconnect.
 * Other tests measure the same figures on real sockets; here they hold in virtual time for every seed.
 */
import { describe, expect, it } from 'vitest';
import { DEFAULT_RETRY_POLICY } from '../../src/core/policy/retry-presets.js';
import { ownStrategy } from '../../src/storm/redial.js';
import type { StormStrategy } from '../../src/storm/redial.js';
import { simulateStorm } from '../../src/storm/run-storm.js';
import { STORM } from '../../src/storm/storm-scenario.js';
import { searched } from '../support/search.js';

/** The strategy, with a record of each session's dials. */
function watched(strategy: StormStrategy, dials: number[][]): StormStrategy {
  return {
    ...strategy,
    process: (random) => {
      const process = strategy.process(random);
      return {
        gate: process.gate,
        session: () => {
          const own: number[] = [];
          dials.push(own);
          const redial = process.session();
          return {
            ...redial,
            dialled: (nowMs) => {
              own.push(nowMs);
              redial.dialled(nowMs);
            },
          };
        },
      };
    },
  };
}

/** The most dials within any period of this length, including its ends. */
function mostWithin(dialsAtMs: readonly number[], stretchMs: number): number {
  let first = 0;
  return dialsAtMs.reduce((most, atMs, index) => {
    while ((dialsAtMs[first] ?? atMs) < atMs - stretchMs) first += 1;
    return Math.max(most, index - first + 1);
  }, 0);
}

describe.each([
  { sessions: 500, outageMs: 20_000 },
  { sessions: 1_000, outageMs: 60_000 },
])('$sessions sessions in one process through $outageMs ms', ({ sessions, outageMs }) => {
  it.each(searched([1, 2, 3, 4, 5, 6, 7, 8], [1, 2]))(
    'dial at a limited rate and recover soon (seed %i)',
    (seed) => {
      const dials: number[][] = [];
      const service = { ...STORM.service, returnsAtMs: outageMs, handshakesPerSecond: 1_000 };
      const scenario = { ...STORM, processes: 1, sessionsPerProcess: sessions, service };
      const strategy = watched(ownStrategy(DEFAULT_RETRY_POLICY), dials);
      const { figures, recovered } = simulateStorm(strategy, 'sheds', scenario, seed);
      expect(recovered).toBe(sessions);
      expect(figures.p99RecoveryMs).toBeLessThanOrEqual(10_000);
      const all = dials.flat().sort((one, other) => one - other);
      expect(mostWithin(all, 100)).toBeLessThanOrEqual(20);
      expect(Math.max(...dials.map((own) => mostWithin(own, 60_000)))).toBeLessThanOrEqual(2);
    },
  );
});
