/** The report as text for a terminal: one table per model, columns aligned, no colours. Knows no file and no stream. */
import type { StormFigures, StormReport, StormRow, StormScenario } from './storm-scenario.js';
import { sessionsOf, STORM } from './storm-scenario.js';

type Cell = string | number;

/** @param scenario what the report is about. Ends without a line break. */
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

/** Words to the left, numbers to the right: a column is what its last cell is. */
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
