/**
 * `npm run prove -- sim` as a process: its output, its exit status, and that two processes simulate the same
 * world for a seed.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compiled } from '../support/compiled.js';
import { ALL_SABOTAGES } from './sabotage/all-sabotages.js';
import { traceOf } from './trace.js';
import { drawSchedule } from './world/draw-schedule.js';
import { runSchedule } from './world/run-schedule.js';

/** The test starts several processes, and each of them loads all modules. */
const WITHIN_MS = 120_000;

interface Ended {
  readonly status: number | null;
  readonly output: string;
}

it(
  'runs seeds, replays one, lists its sabotages and proves one, with an exit status for the result',
  { timeout: WITHIN_MS },
  async () => {
    const folder = await compiled('test/sim/main.ts', 'test/sim/run/seed-worker.ts');
    const main = join(folder, 'test/sim/main.js');
    const sim = (...options: string[]): Ended => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...options], {
        encoding: 'utf8',
      });
      return { status, output: `${stdout}${stderr}` };
    };

    const searched = sim('--seeds', '6', '--from', '40');
    expect(searched.status).toBe(0);
    expect(searched.output).toMatch(/schedules per second: .*\nschedules 6 · violations 0\n$/);

    // This process and the other one simulate the same world.
    expect(sim('--seed', '7', '--trace').output).toContain(traceOf(await runSchedule(drawSchedule(7))));

    const listed = sim('--list-sabotages');
    expect(listed.output.match(/^\S+/gm)).toEqual(ALL_SABOTAGES.map(({ name }) => name));

    const proved = sim('--sabotage', 'close-told-twice');
    expect(proved.status).toBe(1);
    expect(proved.output).toMatch(
      /^close-told-twice: noticed by silent-after-close in schedule \d+ \(seed \d+\)/,
    );

    expect(sim('--sabotage', 'none').status).toBe(2);
  },
);
