/** The page about observability, its dashboard and its alert rules use only existing metrics and channels. */
import { describe, expect, it } from 'vitest';
import { CHANNELS } from '../../src/index.js';
import { INSTRUMENTS } from '../../src/opentelemetry/session-metrics.js';
import { readSource } from '../source-imports.js';

const PAGE = readSource('docs/observability.md');
const DASHBOARD = readSource('docs/observability/grafana-dashboard.json');
const ALERTS = readSource('docs/observability/prometheus-alerts.yaml');

const UNIT_SUFFIXES: Readonly<Record<string, string>> = { s: '_seconds', By: '_bytes' };
const KIND_SUFFIXES = {
  counter: ['_total'],
  upDownCounter: [''],
  histogram: ['_bucket', '_sum', '_count'],
} as const;

/** The names of a metric's series, as exporters for Prometheus create them. */
const SERIES = Object.entries(INSTRUMENTS).flatMap(([name, { kind, unit }]) =>
  KIND_SUFFIXES[kind].map((suffix) => `${name.replaceAll('.', '_')}${UNIT_SUFFIXES[unit] ?? ''}${suffix}`),
);

function seriesIn(text: string): string[] {
  return [...new Set([...text.matchAll(/avatarkit_client_\w+/g)].map(([name]) => name))];
}

/** The first cells of the table rows, without their backticks. */
function namesIn(prefix: string): string[] {
  return [...PAGE.matchAll(/^\| `([^`]+)`/gm)]
    .map((match) => match[1] ?? '')
    .filter((name) => name.startsWith(prefix));
}

describe('docs/observability', () => {
  it.each([
    ['the dashboard', DASHBOARD],
    ['the alert rules', ALERTS],
  ])('names in %s only series of the instrumentation', (_what, text) => {
    const named = seriesIn(text);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !SERIES.includes(name))).toEqual([]);
  });

  it('shows every metric on the dashboard', () => {
    const shown = seriesIn(DASHBOARD);
    const missing = Object.keys(INSTRUMENTS).filter(
      (name) => !shown.some((series) => series.startsWith(name.replaceAll('.', '_'))),
    );
    expect(missing).toEqual([]);
  });

  it('is JSON for Grafana: each panel has a title, a position and a query', () => {
    const { panels } = JSON.parse(DASHBOARD) as {
      panels: { title: string; gridPos: object; targets: { expr: string }[] }[];
    };
    for (const panel of panels) {
      expect(panel.title).not.toBe('');
      expect(panel.gridPos).toBeDefined();
      expect(panel.targets.length).toBeGreaterThan(0);
    }
  });

  it('has on its page every channel, and every metric with its kind and unit', () => {
    expect(namesIn('avatarkit-session:').sort()).toEqual(Object.values(CHANNELS).sort());
    expect(namesIn('avatarkit.client.')).toEqual(Object.keys(INSTRUMENTS));
    for (const [name, { kind, unit }] of Object.entries(INSTRUMENTS)) {
      const row = PAGE.split('\n').find((line) => line.startsWith(`| \`${name}\` `)) ?? '';
      const cells = row.split('|').map((cell) => cell.trim());
      expect(cells.slice(2, 4), name).toEqual([kind, `\`${unit}\``]);
    }
  });
});
