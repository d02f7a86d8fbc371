/**
 * The numbers of the storm and the results of a run: which sessions are lost, when the service recovers, its rate, the compared figures,
 * and the plotted time series; and the report as text for a terminal: one table per model, columns aligned, no colours. Two fixed sizes,
 * so that rows of different runs can be compared; otherwise a run chooses only its policy and its seed. Percentiles are by nearest rank,
 * so each is a measured value.
 */
import type { ContentionRow, FlapRow, OpenLoopRow } from './small-models.js';
import type { StormServiceNumbers } from './storm-service.js';

export interface StormScenario {
  readonly processes: number;
  readonly sessionsPerProcess: number;
  /** All sessions are lost within this time, milliseconds. */
  readonly lostWithinMs: number;
  /** After this time a client gives up a dial, milliseconds, unless its strategy has another limit. */
  readonly connectTimeoutMs: number;
  readonly service: StormServiceNumbers;
  /** Whether refusals carry a Retry-After: the k-th refused client is asked to come k handshakes after the service's recovery. */
  readonly hints: boolean;
  /** A session that has not recovered by this time counts as never recovered, milliseconds. */
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

/** A tenth of everything, so that the ideal drain takes the same 50 s: for a quick result, with less exact figures. */
export const QUICK_STORM: StormScenario = {
  ...STORM,
  processes: STORM.processes / 10,
  service: { ...STORM.service, handshakesPerSecond: 20, acceptQueue: 40 },
};

export function sessionsOf({ processes, sessionsPerProcess }: StormScenario): number {
  return processes * sessionsPerProcess;
}

/** The same sessions, one in each process. */
export function onePerProcess(scenario: StormScenario): StormScenario {
  return { ...scenario, processes: sessionsOf(scenario), sessionsPerProcess: 1 };
}

/** Base and cap of the general formulas in the storm, milliseconds: common values of clients. */
export const STORM_BOUNDS = { baseMs: 1_000, capMs: 30_000 };

/** The results of a run: plain JSON, the same for the same seed and policy. The names are public: `storm --json` prints it unchanged. */
export interface StormRow {
  readonly name: string;
  readonly sheds: StormFigures;
  readonly queues: StormFigures;
}

export interface StormReport {
  readonly seed: number;
  /** The scenario's sessions: by default 10 000 in 100 processes. The product's row is named `avatarkit-session`. */
  readonly strategies: readonly StormRow[];
  /** The same sessions, one in each process, so that no gate can delay one for another. */
  readonly onePerProcess: readonly StormRow[];
  readonly contention: readonly ContentionRow[];
  readonly openLoop: readonly OpenLoopRow[];
  readonly flap: readonly FlapRow[];
}

/** The course of the storm for one strategy, which is plotted. */
export interface StormCourse {
  readonly name: string;
  readonly source: string;
  readonly sheds: StormTimeline;
  readonly queues: StormTimeline;
}

export interface StormRun {
  /** The simulated scenario; the texts next to the figures are made from it. */
  readonly scenario: StormScenario;
  readonly report: StormReport;
  readonly courses: readonly StormCourse[];
}

export interface StormFigures {
  /** The time from the service's recovery to the connection of this part of all sessions, milliseconds; null if that is never reached. */
  readonly p50RecoveryMs: number | null;
  readonly p99RecoveryMs: number | null;
  readonly attemptsPerSession: number;
  /** The most dials that all processes together began within one second of the clock. */
  readonly peakPerSecond: number;
  /** The cost of refusals and of dials without a waiting client after the service's recovery, in handshakes. */
  readonly wastedHandshakes: number;
}

/** Per second since the first loss. */
export interface StormTimeline {
  readonly attemptsPerSecond: readonly number[];
  /** Sessions connected at the end of each second. */
  readonly recovered: readonly number[];
}

export class StormRecord {
  readonly #attempts: number[] = [];
  readonly #recoveredAtMs: number[] = [];

  attempted(nowMs: number): void {
    const second = Math.floor(nowMs / 1_000);
    this.#attempts[second] = (this.#attempts[second] ?? 0) + 1;
  }

  recovered(nowMs: number): void {
    this.#recoveredAtMs.push(nowMs);
  }

  get recoveries(): number {
    return this.#recoveredAtMs.length;
  }

  figures(sessions: number, returnsAtMs: number, wastedHandshakes: number): StormFigures {
    // Recorded in the order of time, so it is sorted.
    const recovery = (part: number): number | null => {
      const atMs = nearestRank(this.#recoveredAtMs, part, sessions);
      return atMs === undefined ? null : Math.round(atMs - returnsAtMs);
    };
    const attempts = this.#perSecond();
    const total = attempts.reduce((sum, count) => sum + count, 0);
    return {
      p50RecoveryMs: recovery(0.5),
      p99RecoveryMs: recovery(0.99),
      attemptsPerSession: Math.round((total / sessions) * 100) / 100,
      peakPerSecond: attempts.reduce((most, count) => Math.max(most, count), 0),
      wastedHandshakes: Math.round(wastedHandshakes),
    };
  }

  timeline(seconds: number): StormTimeline {
    const attempts = this.#perSecond();
    const recovered = new Array<number>(seconds).fill(0);
    for (const atMs of this.#recoveredAtMs) {
      const second = Math.floor(atMs / 1_000);
      if (second < seconds) recovered[second] = (recovered[second] ?? 0) + 1;
    }
    let total = 0;
    return {
      attemptsPerSecond: Array.from({ length: seconds }, (_, second) => attempts[second] ?? 0),
      recovered: recovered.map((count) => (total += count)),
    };
  }

  /** One number for each second, 0 for seconds without an attempt. */
  #perSecond(): number[] {
    return Array.from(this.#attempts, (count) => (count as number | undefined) ?? 0);
  }
}

/**
 * The value that `part` (0 to 1) of `population` do not exceed; undefined if fewer than that have a value.
 *
 * @param sorted ascending; may have fewer than `population` values: the missing ones are larger than all
 */
export function nearestRank(
  sorted: readonly number[],
  part: number,
  population = sorted.length,
): number | undefined {
  return sorted[Math.max(Math.ceil(population * part), 1) - 1];
}

type Cell = string | number;

/** @param scenario the scenario of the report. The result ends without a line break. */
export function stormTable(report: StormReport, scenario: StormScenario = STORM): string {
  const { seed, strategies, onePerProcess, contention, openLoop, flap } = report;
  return [
    `seed ${seed}`,
    // The hardest case first.
    section(
      `Storm: ${sessionsOf(scenario)} processes with one session each, which can't share a gate, ${stormTitle(scenario)}`,
      stormRows(onePerProcess),
    ),
    section(
      `The same sessions, ${scenario.sessionsPerProcess} in each of ${scenario.processes} processes`,
      stormRows(strategies),
    ),
    section('Contention: N clients change one row (mean of 20 runs)', [
      ['strategy', 'clients', 'calls', 'done'],
      ...contention.map(({ name, clients, calls, doneMs }) => [name, clients, calls, seconds(doneMs)]),
    ]),
    section('Open loop: 100 calls/s for 10 min, every one fails', [
      ['strategy', 'calls', 'sends', 'load'],
      ...openLoop.map(({ name, calls, sends, load }) => [name, calls, sends, `${load.toFixed(2)} ×`]),
    ]),
    section('Flap: confirmed, dropped after 50 ms, for 10 min (one session, mean of 20)', [
      ['strategy', 'attempts', 'in 1st min', 'least gap'],
      ...flap.map(({ name, attempts, attemptsInFirstMinute, leastGapMs }) => [
        name,
        attempts,
        attemptsInFirstMinute,
        `${leastGapMs} ms`,
      ]),
    ]),
  ].join('\n\n');
}

function stormTitle(scenario: StormScenario): string {
  const { service, untilMs } = scenario;
  const { returnsAtMs, handshakesPerSecond } = service;
  return [
    `${returnsAtMs / 1_000} s away`,
    `then ${handshakesPerSecond} handshakes/s (ideal drain ${sessionsOf(scenario) / handshakesPerSecond} s)`,
    `never: not within ${(untilMs - returnsAtMs) / 60_000} min`,
  ].join(', ');
}

function stormRows(rows: readonly StormRow[]): Cell[][] {
  const head = ['strategy', 'model', 'p50', 'p99', 'att./session', 'peak/s', 'wasted'];
  return [
    head,
    ...rows.flatMap(({ name, sheds, queues }) => [
      [name, 'sheds', ...figures(sheds)],
      ['', 'queues', ...figures(queues)],
    ]),
  ];
}

function figures(of: StormFigures): Cell[] {
  return [
    of.p50RecoveryMs === null ? 'never' : seconds(of.p50RecoveryMs),
    of.p99RecoveryMs === null ? 'never' : seconds(of.p99RecoveryMs),
    of.attemptsPerSession.toFixed(2),
    of.peakPerSecond,
    of.wastedHandshakes,
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** Aligns words to the left, numbers to the right; the last cell of a column determines its kind. */
function section(title: string, rows: readonly (readonly Cell[])[]): string {
  const head = rows[0] ?? [];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => String(row[column] ?? '').length)));
  const isText = head.map((name) => name === 'strategy' || name === 'model');
  const lines = rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return isText[column] === true ? String(cell).padEnd(width) : String(cell).padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return [title, ...lines].join('\n');
}
