/**
 * One flight as a drawing on one time axis: lanes for phases, dials, outages, utterances, audio, keyframes, pings and decisions. Colours
 * are classes, which a style sheet defines. Pure.
 */
import { secondsText } from './flight.js';
import type { Amount, Flight, Span } from './flight.js';
import { axis, CHARACTER, escaped, legend, line, rounded, text } from './svg.js';
import type { Scale } from './svg.js';

export interface Drawing {
  /** Elements of SVG. */
  readonly body: string;
  readonly height: number;
}

export interface Frame {
  readonly width: number;
  /** The part of the flight that is drawn. */
  readonly span: Span;
}

/** Below this width the names of lanes are placed above them. */
const NARROW = 640;
const GUTTER = 104;
const EDGE = 10;
const BAR = 18;
const GAP = 12;
const NAME_LINE = 15;
const CHARTED = 34;
const MAX_UTTERANCE_ROWS = 6;
/** The most rows of numbers of decisions, which are drawn one above the other to avoid overlaps. */
const MAX_MARK_ROWS = 4;
const MARK_RADIUS = 8;

interface Lane {
  readonly name: string;
  /** The text below the name: a sum. */
  readonly sum?: string;
  readonly height: number;
  readonly draw: (top: number, to: Scale) => string;
}

export function drawFlight(flight: Flight, { width, span }: Frame): Drawing {
  const isNarrow = width < NARROW;
  const left = isNarrow ? EDGE : GUTTER;
  const right = width - EDGE;
  const lengthMs = Math.max(span.toMs - span.fromMs, 1);
  const x = (ms: number): number => {
    const at = left + ((ms - span.fromMs) / lengthMs) * (right - left);
    return Math.round(Math.min(Math.max(at, left), right) * 10) / 10;
  };
  const scale = { x, left, right };
  const lanes = lanesOf(cut(flight, span), scale);
  let top = 24;
  const drawn = lanes.map(({ name, sum, height, draw }) => {
    const at = isNarrow ? top + NAME_LINE : top;
    const nameY = isNarrow ? top + 11 : at + Math.min(height, BAR) / 2 + 4;
    top = at + height + GAP;
    const names = isNarrow
      ? text(left, nameY, sum === undefined ? name : `${name}: ${sum}`, 'lane')
      : `${text(EDGE, nameY, name, 'lane')}${sum === undefined ? '' : text(EDGE, nameY + 14, sum, 'lane')}`;
    return `${names}${draw(at, scale)}`;
  });
  const axisBottom = top - GAP;
  top += NAME_LINE;
  const behind = `${axis(scale, span, axisBottom)}${outageBands(flight, scale, axisBottom)}`;
  return { body: `${behind}${drawn.join('')}${legend(left, top - GAP)}`, height: top };
}

/** Removes the parts outside of the span, which would be drawn at its edges. */
function cut(flight: Flight, { fromMs, toMs }: Span): Flight {
  const within = <One extends Span>(spans: readonly One[]): One[] =>
    spans.filter((one) => one.toMs >= fromMs && one.fromMs <= toMs);
  const inside = <One extends { readonly atMs: number }>(all: readonly One[]): One[] =>
    all.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  const between = (all: readonly number[]): number[] => all.filter((ms) => ms >= fromMs && ms <= toMs);
  return {
    ...flight,
    states: within(flight.states),
    dials: within(flight.dials),
    outages: within(flight.outages),
    utterances: within(flight.utterances),
    sent: inside(flight.sent),
    keyframes: inside(flight.keyframes),
    pings: between(flight.pings),
    pongs: between(flight.pongs),
    decisions: inside(flight.decisions),
  };
}

function lanesOf(flight: Flight, scale: Scale): Lane[] {
  const rows = rowsOf(flight.utterances, scale);
  const marks = markRows(flight, scale);
  const lanes: (Lane | undefined)[] = [
    {
      name: 'phase',
      height: BAR,
      draw: (top, { x }) =>
        flight.states
          .map(({ state, reason, ...one }) =>
            bar(x, one, top, `state ${state}`, state.replace('websocket_', ''), `${state}: ${reason}`),
          )
          .join(''),
    },
    {
      name: 'dials',
      height: BAR,
      draw: (top, { x }) =>
        flight.dials
          .map(({ attempt, code, text: about, ...one }) =>
            bar(x, one, top, code === undefined ? 'good' : 'bad', `${attempt}`, about),
          )
          .join(''),
    },
    flight.outages.length === 0
      ? undefined
      : {
          name: 'outages',
          height: BAR,
          draw: (top, { x }) =>
            flight.outages
              .map(({ code, ...one }) => {
                const lasted = secondsText(one.toMs - one.fromMs);
                return bar(x, one, top, 'bad', lasted, `${code}, ${lasted}`);
              })
              .join(''),
        },
    rows.length === 0
      ? undefined
      : {
          name: 'utterances',
          height: rows.length * (BAR + 3) - 3,
          draw: (top, { x }) => rows.map((row, at) => utteranceRow(row, top + at * (BAR + 3), x)).join(''),
        },
    chart('audio sent', flight.sent, scale, 'sent', 'ms'),
    chart('keyframes', flight.keyframes, scale, 'came', 'keyframes'),
    flight.pings.length + flight.pongs.length === 0
      ? undefined
      : { name: 'pings', height: 12, draw: (top, { x }) => pings(flight, top, x) },
    marks.length === 0
      ? undefined
      : {
          name: 'decisions',
          height: marks.length * 2 * (MARK_RADIUS + 1),
          draw: (top) =>
            marks
              .map((row, at) => row.map((one) => mark(one, top + (2 * at + 1) * (MARK_RADIUS + 1))).join(''))
              .join(''),
        },
  ];
  return lanes.filter((lane) => lane !== undefined);
}

type X = Scale['x'];

/** A bar with the part of its name that fits into it. */
function bar(
  x: X,
  { fromMs, toMs, labelMs = fromMs }: Span & { readonly labelMs?: number | undefined },
  top: number,
  kind: string,
  name: string,
  about: string,
): string {
  const from = x(fromMs);
  const width = Math.max(x(toMs) - from, 2);
  const labelX = x(labelMs) + 4;
  const fits = labelX + name.length * CHARACTER + 2 <= from + width;
  const label = fits ? text(labelX, top + 13, name, 'on') : '';
  return `<g class="${escaped(kind)}"><title>${escaped(about)}</title><rect x="${from}" y="${top}" width="${rounded(width)}" height="${BAR}" rx="2"/>${label}</g>`;
}

/** Overlapping utterances are in separate rows, up to a limit. */
function rowsOf(utterances: Flight['utterances'], { x }: Scale): Flight['utterances'][] {
  const rows: Flight['utterances'][number][][] = [];
  for (const one of utterances) {
    const row = rows.find((other) => x(other.at(-1)?.toMs ?? 0) + 1 < x(one.fromMs));
    if (row !== undefined) row.push(one);
    else if (rows.length < MAX_UTTERANCE_ROWS) rows.push([one]);
  }
  return rows;
}

const GOOD_OUTCOMES = ['delivered', 'replayed'];

function utteranceRow(row: Flight['utterances'], top: number, x: X): string {
  return row
    .map(({ name, reqId, outcome, firstFrameMs, ...one }) => {
      const kind = GOOD_OUTCOMES.includes(outcome) ? 'good' : outcome === 'interrupted' ? 'plain' : 'bad';
      const waited =
        firstFrameMs === undefined ? '' : `, first frame after ${secondsText(firstFrameMs - one.fromMs)}`;
      const drawn = bar(
        x,
        { ...one, labelMs: firstFrameMs },
        top,
        outcome === '' ? 'plain' : kind,
        `${name} ${outcome}`,
        `${name} (${reqId}): ${outcome}${waited}`,
      );
      const first =
        firstFrameMs === undefined ? '' : line(x(firstFrameMs), top, x(firstFrameMs), top + BAR, 'first');
      return drawn + first;
    })
    .join('');
}

/** The amount in each step of a few pixels; logarithmic, because a burst after a reconnect is a hundred times the ordinary flow. */
function chart(
  name: string,
  amounts: readonly Amount[],
  scale: Scale,
  kind: string,
  unit: string,
): Lane | undefined {
  if (amounts.length === 0) return undefined;
  const step = 3;
  const sums = new Map<number, number>();
  for (const { atMs, amount } of amounts) {
    const at = Math.floor((scale.x(atMs) - scale.left) / step);
    sums.set(at, (sums.get(at) ?? 0) + amount);
  }
  const most = [...sums.values()].reduce((largest, sum) => Math.max(largest, sum), 0);
  const total = amounts.reduce((sum, { amount }) => sum + amount, 0);
  const shown = unit === 'ms' ? secondsText(total) : `${Math.round(total)}`;
  return {
    name,
    sum: shown,
    height: CHARTED,
    draw: (top) => {
      const bottom = top + CHARTED;
      const bars = [...sums].map(([at, sum]) => {
        const height = rounded(Math.max((Math.log1p(sum) / Math.log1p(most)) * CHARTED, 1));
        return `<rect x="${scale.left + at * step}" y="${rounded(bottom - height)}" width="${step - 1}" height="${height}"/>`;
      });
      const about = `${name}: ${shown} in all, with what was repeated; the scale is logarithmic`;
      const rule = line(scale.left, bottom, scale.right, bottom, 'rule');
      return `<g class="${kind}"><title>${escaped(about)}</title>${bars.join('')}</g>${rule}`;
    },
  };
}

function pings({ pings: sent, pongs }: Flight, top: number, x: X): string {
  const ticks = sent.map((ms) => line(x(ms), top, x(ms), top + 12, 'ping'));
  const answers = pongs.map((ms) => `<circle cx="${x(ms)}" cy="${top + 6}" r="2.5" class="pong"/>`);
  return `<g><title>${sent.length} pings, ${pongs.length} answers</title>${ticks.join('')}${answers.join('')}</g>`;
}

interface Mark {
  readonly at: number;
  readonly number: number;
  readonly tone: string;
  readonly about: string;
}

/** Decisions by their numbers, from 1; those without room are in the list only. */
function markRows({ decisions }: Flight, { x }: Scale): Mark[][] {
  const rows: Mark[][] = [];
  for (const [index, { atMs, tone, name, text: about }] of decisions.entries()) {
    const one = { at: x(atMs), number: index + 1, tone, about: `${name}: ${about}` };
    const row = rows.find((other) => (other.at(-1)?.at ?? 0) + 2 * MARK_RADIUS + 2 <= one.at);
    if (row !== undefined) row.push(one);
    else if (rows.length < MAX_MARK_ROWS) rows.push([one]);
  }
  return rows;
}

function mark({ at, number, tone, about }: Mark, y: number): string {
  return `<g class="mark ${tone}"><title>${escaped(about)}</title><circle cx="${at}" cy="${y}" r="${MARK_RADIUS}"/>${text(at, y + 3.5, `${number}`, 'number')}</g>`;
}

/** Drawn behind all lanes. */
function outageBands({ outages }: Flight, { x }: Scale, bottom: number): string {
  return outages
    .map(({ fromMs, toMs }) => {
      const from = x(fromMs);
      return `<rect class="band" x="${from}" y="20" width="${rounded(Math.max(x(toMs) - from, 1))}" height="${bottom - 20}"/>`;
    })
    .join('');
}
