/**
 * Elements of SVG as text, the time axis of a drawing, and the meaning of the colours of its phases. Texts of a record are escaped here,
 * so that none can become an element or an attribute.
 */
import type { Span } from './flight.js';

/** The width of a monospaced character at the text size of bars. */
export const CHARACTER = 6.3;

export function line(x1: number, y1: number, x2: number, y2: number, kind: string): string {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" class="${kind}"/>`;
}

export function text(x: number, y: number, content: string, kind: string): string {
  return `<text x="${rounded(x)}" y="${rounded(y)}" class="${kind}">${escaped(content)}</text>`;
}

export function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

/**
 * For text and attributes of XML: without characters that XML does not allow, and without those that change the direction of the text.
 */
export function escaped(content: string): string {
  return content
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u{fffe}\u{ffff}]+/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Maps milliseconds to positions. */
export interface Scale {
  readonly x: (ms: number) => number;
  readonly left: number;
  readonly right: number;
}

const LEGEND = [
  ['session_token', 'token'],
  ['websocket_connect', 'connect'],
  ['websocket_runtime', 'runtime'],
  ['waiting', 'waiting'],
  ['closing', 'closing'],
] as const;

export function legend(left: number, y: number): string {
  let x = left;
  return LEGEND.map(([state, name]) => {
    const at = x;
    x += 14 + (name.length + 1) * (CHARACTER + 0.5);
    return `<g class="state ${state}"><rect x="${rounded(at)}" y="${y - 9}" width="10" height="10" rx="2"/>${text(at + 14, y, name, 'lane')}</g>`;
  }).join('');
}

const NICE_STEPS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000,
].concat([60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 86_400_000]);

export function axis({ x, left, right }: Scale, { fromMs, toMs }: Span, bottom: number): string {
  const most = Math.max(Math.floor((right - left) / 70), 1);
  const stepMs = NICE_STEPS_MS.find((step) => (toMs - fromMs) / step <= most) ?? (toMs - fromMs) / most;
  const ticks: string[] = [];
  for (let ms = Math.ceil(fromMs / stepMs) * stepMs; ms <= toMs; ms += stepMs) {
    ticks.push(line(x(ms), 18, x(ms), bottom, 'rule'));
    const isLast = x(ms) > right - 24;
    ticks.push(text(isLast ? right : x(ms), 12, tickText(ms, stepMs), isLast ? 'tick last' : 'tick'));
  }
  return ticks.join('');
}

function tickText(ms: number, stepMs: number): string {
  if (stepMs < 1_000) return `${(ms / 1_000).toFixed(stepMs < 10 ? 3 : stepMs < 100 ? 2 : 1)} s`;
  if (stepMs < 60_000) return `${Math.round(ms / 1_000)} s`;
  return `${Math.round(ms / 60_000)} min`;
}
