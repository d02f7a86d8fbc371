/**
 * Simulates one schedule in virtual time: one event happens, everything that needs no time runs to its end,
 * then the checks run; repeated until no event is left. Ends at the first violation.
 */
import { ALL_CHECKS } from '../checks/all-checks.js';
import type { Violation, Watcher } from '../checks/check.js';
import type { Sabotage } from '../sabotage/sabotage.js';
import type { Entry } from './chronicle.js';
import type { Disturbance, Schedule } from './schedule.js';
import { watchUncaught } from './uncaught.js';
import { World } from './world.js';

export interface Run {
  readonly schedule: Schedule;
  readonly entries: readonly Entry[];
  /** The first violation; undefined if every check passes. */
  readonly violation: Violation | undefined;
  /** The number of events, and the virtual time that passed in milliseconds. */
  readonly steps: number;
  readonly lastedMs: number;
}

/** A service that no longer reads is stopped this long after the end of the application. */
const SERVICE_STOPS_AFTER_MS = 120_000;
const MOST_MS_AFTER_END = 400_000;

export async function runSchedule(schedule: Schedule, sabotage?: Sabotage): Promise<Run> {
  const world = new World(schedule, sabotage);
  const { time, chronicle } = world;
  let violation: Violation | undefined;
  const watchers: Watcher[] = ALL_CHECKS.map((check) =>
    check.watch(world, (what) => {
      violation ??= { check: check.name, what, atMs: time.nowMs };
      lastEntry = Math.min(lastEntry, chronicle.entries.length);
    }),
  );
  chronicle.readBy((entry) => {
    for (const watcher of watchers) watcher.read?.(entry);
  });
  const stopWatching = watchUncaught((error) => chronicle.add({ kind: 'uncaught', error }));
  let steps = 0;
  let lastEntry = Infinity;
  try {
    plan(world);
    const untilMs = schedule.endsAtMs + MOST_MS_AFTER_END;
    while (violation === undefined && stepOf(world, untilMs)) {
      steps += 1;
      await everythingThatNeedsNoTime();
      for (const watcher of watchers) watcher.step?.();
    }
    if (violation === undefined) for (const watcher of watchers) watcher.end?.();
    return {
      schedule,
      entries: chronicle.entries.slice(0, lastEntry),
      violation,
      steps,
      lastedMs: time.nowMs,
    };
  } finally {
    if (violation !== undefined) await letGo(world);
    stopWatching();
  }
}

function stepOf({ time, chronicle }: World, untilMs: number): boolean {
  try {
    return time.step(untilMs);
  } catch (error) {
    chronicle.add({ kind: 'uncaught', error });
    return true;
  }
}

function plan(world: World): void {
  const { schedule, time, actors, service, chronicle } = world;
  for (const { atMs, session, does } of schedule.operations) {
    time.plan('timer', atMs, () => actors[session]?.perform(does));
  }
  for (const disturbance of schedule.disturbances) planDisturbance(world, disturbance);
  time.plan('timer', schedule.endsAtMs, () => {
    for (const actor of actors) actor.perform({ kind: 'close', drainTimeoutMs: undefined });
  });
  time.plan('outside', schedule.endsAtMs + SERVICE_STOPS_AFTER_MS, () => {
    chronicle.add({ kind: 'disturbed', what: 'the service stops' });
    void service.stop();
  });
}

function planDisturbance({ time, network, service, chronicle }: World, disturbance: Disturbance): void {
  const record = (what: string): void => chronicle.add({ kind: 'disturbed', what });
  switch (disturbance.kind) {
    case 'fate': // Applied by the network.
    case 'fault': // In the plan of the service.
      return;
    case 'injected': {
      const { atMs, fault } = disturbance;
      time.plan('outside', atMs, () => {
        record(`fault ${JSON.stringify(fault)}`);
        service.inject(fault);
      });
      return;
    }
    case 'outage': {
      const { atMs, durationMs } = disturbance;
      time.plan('outside', atMs, () => {
        record(`the network is down for ${durationMs} ms`);
        network.goDown(durationMs);
      });
      return;
    }
    case 'freeze': {
      const { atMs, durationMs } = disturbance;
      time.plan('outside', atMs, () => {
        record(`a proxy stops forwarding for ${durationMs} ms`);
        network.freeze(durationMs);
      });
      return;
    }
    case 'gateway': {
      const { atMs, durationMs, status, cuts, json = false } = disturbance;
      time.plan('outside', atMs, () => {
        record(
          `a gateway answers with ${status}${json ? ' as JSON' : ''} for ${durationMs} ms${cuts ? ', and cuts what is open' : ''}`,
        );
        network.answerInFront(status, durationMs, cuts, json);
      });
      return;
    }
    case 'stall': {
      const { atMs, durationMs } = disturbance;
      time.plan('outside', atMs, () => {
        record(`the client's event loop is blocked for ${durationMs} ms`);
        time.stall(durationMs);
      });
      return;
    }
    case 'dateJump': {
      const { atMs, byMs } = disturbance;
      time.plan('outside', atMs, () => {
        record(`the client's date jumps by ${byMs} ms`);
        time.jumpDate(byMs);
      });
    }
  }
}

/** The microtask queue, and the work of Node between two turns, are finished before an immediate runs. */
function everythingThatNeedsNoTime(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/**
 * After a violation, the sessions are closed and leave the process-wide registries, so that the next world
 * starts clean.
 */
async function letGo({ actors, time }: World): Promise<void> {
  for (const { session } of actors) void session.close().catch(() => undefined);
  for (let left = 2_000; left > 0; left--) {
    try {
      if (!time.step(Infinity)) break;
    } catch {
      // The violation has been found already, so this error is ignored.
    }
    await everythingThatNeedsNoTime();
  }
}
