/**
 * Flap: a service that confirms every dial and drops the connection right away. Shows what one session makes of it:
 * whoever forgets the count when a connection opens dials for ever, and some without a pause.
 */
import { createSeededRandom } from '../adapters/seeded-random.js';
import { EventQueue } from './event-queue.js';
import type { StormStrategy } from './redial.js';

/** A dial takes this long, milliseconds, and the connection that it gives stays up this long. */
const DIAL_MS = 4;
const UP_MS = 50;
const LASTS_MS = 10 * 60_000;

/** The figures are averages over this many sessions. */
const SESSIONS = 20;

export interface FlapRow {
  readonly name: string;
  /** Dials of one session, the very first included: in all 10 minutes, and in the first of them. */
  readonly attempts: number;
  readonly attemptsInFirstMinute: number;
  /** The shortest time between two dials of one session, over all sessions, milliseconds. */
  readonly leastGapMs: number;
}

export function runFlap(strategies: readonly StormStrategy[], seed: number): FlapRow[] {
  return strategies.map((strategy) => {
    const source = createSeededRandom(seed);
    const random = (): number => source.next();
    const runs = Array.from({ length: SESSIONS }, () => flap(strategy, random));
    const mean = (values: readonly number[]): number =>
      Math.round((values.reduce((sum, value) => sum + value, 0) / values.length) * 10) / 10;
    return {
      name: strategy.name,
      attempts: mean(runs.map((dialsAtMs) => dialsAtMs.length)),
      attemptsInFirstMinute: mean(runs.map((dialsAtMs) => dialsAtMs.filter((atMs) => atMs < 60_000).length)),
      leastGapMs: Math.round(Math.min(...runs.map(leastGapMs))),
    };
  });
}

/** When one session, alone in its process, dials. */
function flap(strategy: StormStrategy, random: () => number): number[] {
  const events = new EventQueue();
  const process = strategy.process(random);
  const { gate } = process;
  const redial = process.session();
  const dialsAtMs: number[] = [];
  const admit = (): void => {
    if (gate.admit(events.nowMs).length > 0) dial();
    else if (gate.wakeAtMs !== undefined) events.after(Math.max(gate.wakeAtMs - events.nowMs, 0), admit);
  };
  const dial = (): void => {
    dialsAtMs.push(events.nowMs);
    redial.dialled(events.nowMs);
    events.after(DIAL_MS, () => {
      gate.succeeded(0, events.nowMs);
      events.after(UP_MS, lost);
    });
  };
  const lost = (): void => {
    gate.connectionLost(events.nowMs);
    const delayMs = redial.lost(events.nowMs, UP_MS);
    if (delayMs !== undefined) events.after(delayMs, join);
  };
  const join = (): void => {
    gate.join(0, events.nowMs);
    admit();
  };
  join();
  events.run(LASTS_MS);
  return dialsAtMs;
}

function leastGapMs(dialsAtMs: readonly number[]): number {
  return dialsAtMs.reduce((least, atMs, index) => {
    const before = dialsAtMs[index - 1];
    return before === undefined ? least : Math.min(least, atMs - before);
  }, Infinity);
}
