/**
 * Shrinks a failing schedule: removes operations, disturbances and sessions as long as the same check still
 * fails. The rest is what causes the failure.
 */
import type { Sabotage } from '../sabotage/sabotage.js';
import { runSchedule } from '../world/run-schedule.js';
import type { Run } from '../world/run-schedule.js';
import type { Schedule } from '../world/schedule.js';

/** The maximum number of runs for one shrink. */
const MOST_RUNS = 400;

/** The smallest failing run; the given one if nothing could be removed. Only for a run with a violation. */
export async function shrink(failing: Run, sabotage?: Sabotage): Promise<Run> {
  let best = failing;
  let runsLeft = MOST_RUNS;
  const attempt = async (schedule: Schedule): Promise<boolean> => {
    if (runsLeft <= 0) return false;
    runsLeft -= 1;
    const run = await runSchedule(schedule, sabotage);
    if (run.violation?.check !== failing.violation?.check) return false;
    best = run;
    return true;
  };
  for (let isShorter = true; isShorter && runsLeft > 0;) {
    const before = lengthOf(best.schedule);
    await leaveOut('disturbances', () => best.schedule, attempt);
    await leaveOut('operations', () => best.schedule, attempt);
    await dropSessions(() => best.schedule, attempt);
    isShorter = lengthOf(best.schedule) < before;
  }
  return best;
}

function lengthOf({ operations, disturbances, sessions }: Schedule): number {
  return operations.length + disturbances.length + sessions.length;
}

/** Tries to remove halves first, then quarters, then single items. */
async function leaveOut(
  part: 'operations' | 'disturbances',
  current: () => Schedule,
  attempt: (schedule: Schedule) => Promise<boolean>,
): Promise<void> {
  for (
    let size = Math.ceil(current()[part].length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let from = 0; from < current()[part].length;) {
      const schedule = current();
      const kept = schedule[part].filter((_one, index) => index < from || index >= from + size);
      if (!(await attempt({ ...schedule, [part]: kept }))) from += size;
    }
  }
}

/** Sessions keep their numbers, so only the last ones can be removed, and only if no operation uses them. */
async function dropSessions(
  current: () => Schedule,
  attempt: (schedule: Schedule) => Promise<boolean>,
): Promise<void> {
  for (;;) {
    const { sessions, operations } = current();
    const last = sessions.length - 1;
    if (last === 0 || operations.some(({ session }) => session === last)) return;
    if (!(await attempt({ ...current(), sessions: sessions.slice(0, -1) }))) return;
  }
}
