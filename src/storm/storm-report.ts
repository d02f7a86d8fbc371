/**
 * What a run of the simulator says: plain JSON, the same for the same seed and policy. The names are public: `storm
 * --json` prints it as it is.
 */
import type { ContentionRow, FlapRow, OpenLoopRow } from './small-models.js';
import type { StormFigures, StormTimeline } from './storm-figures.js';
import type { StormScenario } from './storm-scenario.js';

export interface StormRow {
  readonly name: string;
  readonly sheds: StormFigures;
  readonly queues: StormFigures;
}

export interface StormReport {
  readonly seed: number;
  /** The scenario's sessions: by default 10 000 in 100 processes. The product's row is named `avatarkit-session`. */
  readonly strategies: readonly StormRow[];
  /** The same sessions, each in a process of its own, where a gate has nobody to hold back. */
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
