/**
 * The simulator in the tests: 40 of 200 worlds (`npm run prove -- searches` runs all), every world that once
 * showed a defect, and the rule that a seed always means the same world.
 */
import { describe, expect, it } from 'vitest';
import { searched } from '../support/search.js';
import { ALL_ADVERSARIES } from './adversaries/all-adversaries.js';
import { FORMER_DEFECTS } from './former-defects.js';
import { runSeeds } from './run/run-seeds.js';
import { shrink } from './run/shrink.js';
import { ALL_SABOTAGES } from './sabotage/all-sabotages.js';
import { traceOf } from './trace.js';
import { drawSchedule } from './world/draw-schedule.js';
import { runSchedule } from './world/run-schedule.js';

/** The number of worlds that are drawn, and the number that are simulated. */
const SEEDS = 200;
const LIVED = searched(SEEDS, 40);
/** The worlds take seconds of computing time, and longer if other processes compute. */
const WITHIN_MS = 120_000;

describe('a simulated world', () => {
  it(
    `keeps every rule, in ${LIVED} of them`,
    async () => {
      const { schedules, violations } = await runSeeds({ from: 1, count: LIVED });
      expect(violations).toEqual([]);
      expect(schedules).toBe(LIVED);
    },
    WITHIN_MS,
  );

  it.each(FORMER_DEFECTS)('no longer shows, with seed $seed: $defect', async ({ seed, adversary }) => {
    expect((await runSchedule(drawSchedule(seed, adversary))).violation).toBeUndefined();
  });

  it('has exactly the same trace for the same seed, and another one for another seed', async () => {
    const traces = [];
    for (const seed of [7, 7, 8]) traces.push(traceOf(await runSchedule(drawSchedule(seed))));
    const [first, again, other] = traces;
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });
});

describe('the adversaries', () => {
  it('all occur within the worlds of the tests, and half of the worlds have none', () => {
    const drawn = Array.from({ length: SEEDS }, (_nothing, index) => drawSchedule(index + 1).adversaries);
    expect(new Set(drawn.flat())).toEqual(new Set(ALL_ADVERSARIES.map(({ name }) => name)));
    const calm = drawn.filter((names) => names.length === 0).length;
    expect(calm / SEEDS).toBeGreaterThan(0.35);
    expect(calm / SEEDS).toBeLessThan(0.65);
  });

  it('do not change the rest of a world: a seed without adversary always means the same world', () => {
    const seeds = Array.from({ length: SEEDS }, (_nothing, index) => index + 1);
    const without = seeds.find((seed) => drawSchedule(seed).adversaries.length === 0) ?? 0;
    const { name } = ALL_ADVERSARIES[0];
    expect(drawSchedule(without, name).adversaries).toEqual([name]);
    expect(drawSchedule(without, name).seed).toBe(without);
  });
});

describe('a schedule that fails', () => {
  it('is shrunk: irrelevant parts are removed, and it still fails in the same way', async () => {
    const sabotage = ALL_SABOTAGES.find(({ name }) => name === 'close-told-twice');
    const run = await runSchedule(drawSchedule(9), sabotage);
    const short = await shrink(run, sabotage);
    expect(short.violation?.check).toBe(run.violation?.check);
    expect(short.schedule.operations.length).toBeLessThan(run.schedule.operations.length);
    expect(short.schedule.disturbances).toEqual([]);
  });
});
