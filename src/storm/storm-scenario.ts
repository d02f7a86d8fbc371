/**
 * The numbers of the storm and what a run of it gives: who loses what, when the service is back, and how fast it is. Two fixed sizes, so that rows
 * of different runs can be compared; beside the size a run chooses only its policy and its seed.
 */
import type { ContentionRow, FlapRow, OpenLoopRow } from './small-models.js';
import type { StormFigures, StormTimeline } from './storm-figures.js';
import type { StormServiceNumbers } from './storm-service.js';

export interface StormScenario {
  readonly processes: number;
  readonly sessionsPerProcess: number;
  /** All sessions are lost within this time, milliseconds. */
  readonly lostWithinMs: number;
  /** A client gives a dial up after this long, milliseconds, unless its strategy says otherwise. */
  readonly connectTimeoutMs: number;
  readonly service: StormServiceNumbers;
  /** Whether refusals carry a Retry-After: the k-th is asked to come k handshakes after the service's return. */
  readonly hints: boolean;
  /** Whoever has not recovered by then never does, milliseconds. */
  readonly untilMs: number;
}

const RETURNS_AT_MS = 30_000;

/** 100 processes with 100 sessions each: ten thousand handshakes at 200 per second need 50 s. */
export const STORM: StormScenario = {
  processes: 100,
  sessionsPerProcess: 100,
  lostWithinMs: 200,
  connectTimeoutMs: 10_000,
  service: { returnsAtMs: RETURNS_AT_MS, handshakesPerSecond: 200, acceptQueue: 400, refusalCost: 0.2 },
  hints: false,
  untilMs: RETURNS_AT_MS + 10 * 60_000,
};

/** A tenth of everything, so that the ideal drain is the same 50 s: for a first look, with coarser figures. */
export const QUICK_STORM: StormScenario = {
  ...STORM,
  processes: STORM.processes / 10,
  service: { ...STORM.service, handshakesPerSecond: 20, acceptQueue: 40 },
};

export function sessionsOf({ processes, sessionsPerProcess }: StormScenario): number {
  return processes * sessionsPerProcess;
}

/** The same sessions, each in a process of its own. */
export function onePerProcess(scenario: StormScenario): StormScenario {
  return { ...scenario, processes: sessionsOf(scenario), sessionsPerProcess: 1 };
}

/** What the general formulas are given in the storm, milliseconds: base and cap that clients commonly have. */
export const STORM_BOUNDS = { baseMs: 1_000, capMs: 30_000 };

/**
 * What a run of the simulator says: plain JSON, the same for the same seed and policy. The names are public: `storm
 * --json` prints it as it is.
 */
export interface StormRow {
  readonly name: string;
  readonly sheds: StormFigures;
  readonly queues: StormFigures;
}

export interface StormReport {
  readonly seed: number;
  /** The scenario's sessions: by default 10 000 in 100 processes. The product's row is named `avatarkit-session`. */
  readonly strategies: readonly StormRow[];
  /** The same sessions, each in a process of its own, so that no gate can delay one for another. */
  readonly onePerProcess: readonly StormRow[];
  readonly contention: readonly ContentionRow[];
  readonly openLoop: readonly OpenLoopRow[];
  readonly flap: readonly FlapRow[];
}

/** The course of the storm for one strategy: what the plot is made of. */
export interface StormCourse {
  readonly name: string;
  readonly source: string;
  readonly sheds: StormTimeline;
  readonly queues: StormTimeline;
}

export interface StormRun {
  /** What was simulated; the texts around the figures are made from it. */
  readonly scenario: StormScenario;
  readonly report: StormReport;
  readonly courses: readonly StormCourse[];
}
