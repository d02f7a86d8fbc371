/** Runs schedules by their seeds, one after the other, and adds up the results. */
import type { Violation } from '../checks/check.js';
import type { Sabotage } from '../sabotage/sabotage.js';
import { drawSchedule } from '../world/draw-schedule.js';
import { runSchedule } from '../world/run-schedule.js';

export interface Tally {
  schedules: number;
  steps: number;
  virtualMs: number;
  readonly violations: (Violation & { readonly seed: number })[];
}

/**
 * Plain data, because it is passed between threads. `every`: runs only each nth seed. `stops`: ends at the
 * first violation.
 */
export interface SeedRange {
  readonly from: number;
  readonly count: number;
  readonly every?: number;
  readonly stops?: boolean;
  /** The name of an adversary that every world gets. */
  readonly adversary?: string | undefined;
}

export async function runSeeds(range: SeedRange, sabotage?: Sabotage): Promise<Tally> {
  const { from, count, every = 1, stops = false, adversary } = range;
  const tally: Tally = { schedules: 0, steps: 0, virtualMs: 0, violations: [] };
  for (let seed = from; seed < from + count; seed += every) {
    const { violation, steps, lastedMs } = await runSchedule(drawSchedule(seed, adversary), sabotage);
    tally.schedules += 1;
    tally.steps += steps;
    tally.virtualMs += lastedMs;
    if (violation === undefined) continue;
    tally.violations.push({ ...violation, seed });
    if (stops) break;
  }
  return tally;
}

export function addUp(tallies: readonly Tally[]): Tally {
  return tallies.reduce((sum, one) => ({
    schedules: sum.schedules + one.schedules,
    steps: sum.steps + one.steps,
    virtualMs: sum.virtualMs + one.virtualMs,
    violations: [...sum.violations, ...one.violations].toSorted((a, b) => a.seed - b.seed),
  }));
}
