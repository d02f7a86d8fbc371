/**
 * Drawings of flights as self-contained documents: a page of HTML without scripts, and a picture of SVG. Light and dark; on the page as
 * wide as the window.
 */
import { createHash } from 'node:crypto';
import { drawFlight } from './draw.js';
import { secondsText } from './flight.js';
import type { Flight, Span } from './flight.js';
import { escaped, text } from './svg.js';

/** The widths of the drawings on a page, and of a picture. */
const WIDE = 1_160;
const NARROW = 368;
const MAX_LISTED = 300;
/** A longer list is cut: it is not readable, and browsers have limits. */
const MAX_FLIGHTS = 50;

/** White text is legible on every colour of a bar; words have colours of their own. */
const BARS =
  '--on:#fff;--good:#257a4b;--bad:#c4382c;--waiting:#9c6400;--plain:#66727f;--runtime:#2f6fb3;--token:#7a63b8;--connect:#2b7d8c';
const LIGHT = `${BARS};--ground:#fff;--ink:#1c2733;--soft:#5b6775;--rule:#e3e7ec;--band:#c4382c14;--good-word:#1f6f43;--bad-word:#b3261e;--waiting-word:#855700`;
const DARK = `${BARS};--ground:#12171d;--ink:#e6ebf0;--soft:#9aa7b4;--rule:#2a333d;--band:#c4382c2b;--good-word:#6cc492;--bad-word:#f08a80;--waiting-word:#e0a94a`;

/** The theme of the reader's system, or a fixed one. */
export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** The style of the drawing; `root` is the selector that has the colours. */
function drawingStyle(root: string, theme: Theme): string {
  const dark = theme === 'auto' ? `\n@media (prefers-color-scheme:dark){${root}{${DARK}}}` : '';
  return `${root}{${theme === 'dark' ? DARK : LIGHT}}${dark}
svg text{font:11px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:var(--ink)}
svg .lane,svg .tick{fill:var(--soft)}
svg .tick{text-anchor:middle}
svg .last{text-anchor:end}
svg .on{font-size:10.5px;fill:var(--on)}
svg .number{text-anchor:middle;font-size:10px;fill:var(--on)}
svg .rule{stroke:var(--rule)}
svg .band{fill:var(--band)}
svg .good rect,svg .good circle,svg .came{fill:var(--good)}
svg .bad rect,svg .bad circle{fill:var(--bad)}
svg .plain rect,svg .plain circle{fill:var(--plain)}
svg .waiting rect,svg .waiting circle{fill:var(--waiting)}
svg .state rect,svg .closing rect{fill:var(--plain)}
svg .session_token rect{fill:var(--token)}
svg .websocket_connect rect{fill:var(--connect)}
svg .websocket_runtime rect,svg .sent{fill:var(--runtime)}
svg .state.waiting rect{fill:var(--waiting)}
svg .first{stroke:var(--on);stroke-width:2;stroke-dasharray:2 2}
svg .ping{stroke:var(--soft)}
svg .pong{fill:var(--good)}`;
}

const PAGE_STYLE = `${drawingStyle(':root', 'auto')}
:root{color-scheme:light dark}
body{margin:0 auto;padding:16px;max-width:${WIDE}px;background:var(--ground);color:var(--ink);font:15px/1.45 system-ui,sans-serif}
h1{font-size:20px;margin:0 0 4px}
h2{font:600 14px ui-monospace,Menlo,Consolas,monospace;margin:28px 0 4px;overflow-wrap:anywhere}
p{margin:0 0 8px;color:var(--soft)}
svg{display:block;width:100%;height:auto;margin:8px 0}
.small{display:none}
table{border-collapse:collapse;width:100%;font-size:13px}
td{padding:3px 12px 3px 0;vertical-align:top;border-top:1px solid var(--rule);overflow-wrap:anywhere}
td:first-child,td:nth-child(2){color:var(--soft);white-space:nowrap;font-variant-numeric:tabular-nums;text-align:right}
td.bad{color:var(--bad-word)}
td.good{color:var(--good-word)}
td.waiting{color:var(--waiting-word)}
@media (max-width:700px){.large{display:none}.small{display:block}tr{display:grid;grid-template-columns:auto auto 1fr}td:nth-child(4){grid-column:1/-1;border:0;padding-top:0}}`;

export interface TimelineOptions {
  /** The name of the file, for the heading. */
  readonly title: string;
  /** The facts below the heading: versions, missing lines. */
  readonly facts: readonly string[];
  /** The drawn part; undefined: the whole. */
  readonly span: Partial<Span>;
  /** The theme of the picture; a page is always `auto`. */
  readonly theme: Theme;
  /** Identifies the document as one of this program. Must not contain `--`. */
  readonly mark: string;
}

/** One page of HTML. Its content security policy forbids it to load or run anything. */
export function timelinePage(flights: readonly Flight[], options: TimelineOptions): string {
  const { title, facts, mark } = options;
  const digest = createHash('sha256').update(PAGE_STYLE).digest('base64');
  const sections = flights
    .slice(0, MAX_FLIGHTS)
    .map((flight) => section(flight, spanOf(flight, options.span)));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="${escaped(mark)}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${digest}'">
<title>${escaped(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${[...facts, ...tooMany(flights)].map((fact) => `<p>${escaped(fact)}</p>`).join('\n')}
${sections.join('\n')}
</body>
</html>
`;
}

function section(flight: Flight, span: Span): string {
  const { sessionId, decisions, beganAtMs } = flight;
  const [large, small] = [WIDE - 32, NARROW].map((width) => {
    const { body, height } = drawFlight(flight, { width, span });
    const name = width === NARROW ? 'small' : 'large';
    return `<svg class="${name}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(labelOf(flight))}">${body}</svg>`;
  });
  const listed = decisions.filter(({ atMs }) => atMs >= span.fromMs && atMs <= span.toMs);
  const rows = listed
    .slice(0, MAX_LISTED)
    .map(
      ({ atMs, tone, name, text: about }, at) =>
        `<tr><td>${at + 1}</td><td>+${secondsText(atMs)}</td><td class="${tone}">${escaped(name)}</td><td>${escaped(about)}</td></tr>`,
    );
  const more = listed.length - rows.length;
  return `<h2>session ${escaped(sessionId)}</h2>
<p>${new Date(beganAtMs).toISOString()}, ${secondsText(flight.durationMs)}</p>
${large ?? ''}
${small ?? ''}
<table><tbody>
${rows.join('\n')}
</tbody></table>${more > 0 ? `\n<p>… and ${more} more</p>` : ''}`;
}

/** One picture of SVG, as wide as the page, with its decisions in words below. */
export function timelineSvg(flights: readonly Flight[], options: TimelineOptions): string {
  const { title, mark, theme } = options;
  let top = 30;
  const parts = flights.slice(0, MAX_FLIGHTS).map((flight) => {
    const span = spanOf(flight, options.span);
    const { body, height } = drawFlight(flight, { width: WIDE, span });
    const { lines, height: listHeight } = listOf(flight, span, height + 40);
    const part = `<g transform="translate(0 ${top})">${text(10, 12, `session ${flight.sessionId}, ${secondsText(flight.durationMs)}`, 'name')}<g transform="translate(0 22)">${body}</g>${lines}</g>`;
    top += height + 40 + listHeight;
    return part;
  });
  const style = drawingStyle('svg', theme);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDE} ${top}" width="${WIDE}" height="${top}" role="img" aria-label="${escaped(title)}"><!-- ${mark} --><style>${style}</style><rect width="100%" height="100%" fill="var(--ground)"/>${text(10, 20, title, 'title')}${parts.join('')}</svg>
`;
}

const LIST_LINE = 16;
const LIST_CHARACTERS = 168;
const MAX_SVG_LISTED = 60;

function listOf(
  flight: Flight,
  span: Span,
  top: number,
): { readonly lines: string; readonly height: number } {
  const listed = flight.decisions.filter(({ atMs }) => atMs >= span.fromMs && atMs <= span.toMs);
  const shown = listed.slice(0, MAX_SVG_LISTED).map(({ atMs, name, text: about }, at) => {
    const words = `${String(at + 1).padStart(3)}  ${`+${secondsText(atMs)}`.padStart(9)}  ${name.padEnd(18)}  ${about}`;
    return words.length > LIST_CHARACTERS ? `${words.slice(0, LIST_CHARACTERS - 1)}…` : words;
  });
  if (listed.length > shown.length) shown.push(`     … and ${listed.length - shown.length} more`);
  const lines = shown.map((words, at) => preserved(10, top + at * LIST_LINE, words)).join('');
  return { lines, height: shown.length * LIST_LINE + 20 };
}

/** XML collapses several blanks into one, so they are preserved here. */
function preserved(x: number, y: number, words: string): string {
  return text(x, y, words.replaceAll(' ', '\u00a0'), 'listed');
}

function spanOf({ durationMs }: Flight, { fromMs = 0, toMs = durationMs }: Partial<Span>): Span {
  const from = Math.min(fromMs, durationMs);
  return { fromMs: from, toMs: Math.max(Math.min(toMs, durationMs), from + 1) };
}

function labelOf({ durationMs, dials, outages, utterances }: Flight): string {
  return `Timeline of ${secondsText(durationMs)}; dials: ${dials.length}, outages: ${outages.length}, utterances: ${utterances.length}`;
}

function tooMany(flights: readonly Flight[]): string[] {
  return flights.length > MAX_FLIGHTS
    ? [`Only the first ${MAX_FLIGHTS} of ${flights.length} sessions are drawn.`]
    : [];
}
