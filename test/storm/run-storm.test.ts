/** The whole run: the content of the report, its reproduction by a seed, and its output. */
import { describe, expect, it } from 'vitest';
import { resolveRetryPolicy } from '../../src/core/policy/resolve-retry-policy.js';
import { runStorm } from '../../src/storm/run-storm.js';
import { stormChart, stormPage } from '../../src/storm/storm-svg.js';
import { STORM, stormTable } from '../../src/storm/storm-scenario.js';

const scenario = { ...STORM, processes: 4, sessionsPerProcess: 25, untilMs: 120_000 };
const run = runStorm({ seed: 7, scenario });
const { report } = run;

const FIGURES = ['p50RecoveryMs', 'p99RecoveryMs', 'attemptsPerSession', 'peakPerSecond', 'wastedHandshakes'];

describe('the report', () => {
  it('has the seed, the product first, and every figure of both models', () => {
    expect(report.seed).toBe(7);
    expect(report.strategies[0]?.name).toBe('avatarkit-session');
    for (const row of [...report.strategies, ...report.onePerProcess]) {
      expect(Object.keys(row)).toEqual(['name', 'sheds', 'queues']);
      expect([Object.keys(row.sheds), Object.keys(row.queues)]).toEqual([FIGURES, FIGURES]);
    }
  });

  it('compares with common formulas and clients', () => {
    const names = report.strategies.map(({ name }) => name);
    expect(names).toEqual([
      'avatarkit-session',
      'full jitter, 2 dials per process',
      'full jitter',
      'p-retry randomize',
      'gRPC ±20 %',
      'equal jitter',
      'decorrelated jitter',
      'Ably',
      'centrifuge',
      'SignalR',
      'socket.io',
      'partysocket',
    ]);
    for (const { source } of run.courses) expect(source.length).toBeGreaterThan(20);
  });

  it('is plain JSON, the same for the same seed and another for another', () => {
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(runStorm({ seed: 7, scenario }).report).toEqual(report);
    expect(runStorm({ seed: 8, scenario }).report).not.toEqual({ ...report, seed: 8 });
  });

  it('has null for events that never happen', () => {
    const policy = resolveRetryPolicy({ maxAttempts: 1, rules: { connectionClosed: 'surface' } });
    const [own] = runStorm({ seed: 7, scenario, policy }).report.strategies;
    expect(own?.sheds).toMatchObject({ p50RecoveryMs: null, p99RecoveryMs: null, attemptsPerSession: 0 });
  });

  it('refuses an invalid seed', () => {
    expect(() => runStorm({ seed: 0.5, scenario })).toThrow(RangeError);
  });
});

describe('the output', () => {
  it('the table has a line for each model of each strategy, and every section', () => {
    const lines = stormTable(report, scenario).split('\n');
    expect(lines[0]).toBe('seed 7');
    const own = lines.findIndex((line) => line.startsWith('avatarkit-session  '));
    expect(lines[own]).toMatch(/^avatarkit-session +sheds +\d+\.\d s +\d+\.\d s +\d\.\d\d +\d+ +\d+$/);
    expect(lines[own + 1]).toMatch(/^ +queues/);
    for (const title of ['Storm:', 'The same', 'Contention:', 'Open loop:', 'Flap:']) {
      expect(lines.filter((line) => line.startsWith(title))).toHaveLength(1);
    }
    const titles = lines.filter((line) => /^(Storm:|The same)/.test(line));
    expect(titles[0]).toMatch(
      /^Storm: 100 processes with one session each, which can't share a gate, 30 s away/,
    );
    expect(titles[1]).toBe('The same sessions, 25 in each of 4 processes');
    expect(lines.every((line) => line === line.trimEnd())).toBe(true);
  });

  it('the chart draws the product in all four panels, above the others', () => {
    const { series } = stormChart(run.courses, scenario) as {
      series: { name: string; z: number; data: unknown[] }[];
    };
    const own = series.filter(({ name }) => name === 'avatarkit-session');
    expect(own.map(({ z, data }) => [z, data.length])).toEqual(Array(4).fill([3, 180]));
    expect(series).toHaveLength(4 * 6);
  });

  it('the page is self-contained, and escapes its texts', () => {
    const page = stormPage(run, '<svg id="plot"></svg>');
    expect(page).toContain('<svg id="plot"></svg>');
    expect(page).toContain('100 sessions lose a service that is unavailable for 30 seconds');
    expect(page).toContain('<b>avatarkit-session</b>');
    expect(page).not.toMatch(/<script|<link|src=|href=/);
    const [course] = run.courses;
    const hostile = { scenario, report, courses: course ? [{ ...course, source: '<script>&' }] : [] };
    expect(stormPage(hostile, '')).toContain('&lt;script&gt;&amp;');
  });
});
