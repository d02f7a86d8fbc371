/**
 * Draws the gap after a cut against the position of the cut, with logarithmic axes: for an utterance that is
 * sent again whole, and for one whose tail is sent again.
 */

export interface GapPoint {
  readonly positionMs: number;
  readonly gapMs: number;
}

export interface Gaps {
  readonly replay: readonly GapPoint[];
  readonly tail: readonly GapPoint[];
}

const LEFT = 70;
const RIGHT = 640;
const TOP = 40;
const BOTTOM = 280;
const POSITIONS_MS = [2_000, 600_000] as const;
const GAPS_MS = [200, 200_000] as const;
const POSITION_TICKS_MS = [2_000, 10_000, 60_000, 600_000];
const GAP_TICKS_MS = [500, 1_000, 10_000, 100_000];

const part = (value: number, [from, to]: readonly [number, number]): number =>
  Math.log(value / from) / Math.log(to / from);
const x = (positionMs: number): number => Math.round(LEFT + part(positionMs, POSITIONS_MS) * (RIGHT - LEFT));
const y = (gapMs: number): number => Math.round(BOTTOM - part(gapMs, GAPS_MS) * (BOTTOM - TOP));
const time = (ms: number): string => `${ms / 1_000} s`;

export function gapPicture({ replay, tail }: Gaps): string {
  const line = (points: readonly GapPoint[], look: string): string => {
    const path = points.map(({ positionMs, gapMs }) => `${x(positionMs)} ${y(gapMs)}`).join('L');
    const dots = points.map(
      ({ positionMs, gapMs }) => `<circle cx="${x(positionMs)}" cy="${y(gapMs)}" r="4" class="dot ${look}"/>`,
    );
    return [`<path d="M${path}" class="line ${look}"/>`, ...dots].join('\n');
  };
  const label = (points: readonly GapPoint[], words: string, look: string): string => {
    const last = points.at(-1);
    if (last === undefined) throw new Error('there is no point to draw');
    const { positionMs, gapMs } = last;
    return [
      `<text x="${x(positionMs) + 14}" y="${y(gapMs) - 2}" class="${look} words">${words}</text>`,
      `<text x="${x(positionMs) + 14}" y="${y(gapMs) + 15}" class="small">${(gapMs / 1_000).toFixed(1)} s</text>`,
    ].join('\n');
  };
  const rows = GAP_TICKS_MS.map(
    (gapMs) =>
      `<path d="M${LEFT} ${y(gapMs)}H${RIGHT}" class="grid"/><text x="${LEFT - 8}" y="${y(gapMs) + 4}" class="tick end">${time(gapMs)}</text>`,
  );
  const columns = POSITION_TICKS_MS.map(
    (positionMs) =>
      `<text x="${x(positionMs)}" y="${BOTTOM + 20}" class="tick middle">${time(positionMs)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 840 330">
<title>The gap after a cut in mid-sentence, against the position of the cut</title>
<style>
text { font: 13px Helvetica, Arial, sans-serif; fill: #1b242c } .tick, .small { font-size: 11px; fill: #52606d } .end { text-anchor: end } .middle { text-anchor: middle }
.grid { stroke: #d9e0e6; stroke-width: 1 } .line { fill: none; stroke-width: 2.5 } .words { font-weight: 600 }
path.before { stroke: #b3541e } circle.before, text.before { fill: #b3541e } path.now { stroke: #2f7d5b } circle.now, text.now { fill: #2f7d5b }
</style>
<text x="${LEFT - 55}" y="22" class="tick">from the cut to the next new keyframe, median</text>
${rows.join('\n')}
${columns.join('\n')}
<text x="${(LEFT + RIGHT) / 2}" y="${BOTTOM + 42}" class="tick middle">said before the cut</text>
${line(replay, 'before')}
${line(tail, 'now')}
${label(replay, 'sent again whole: replay', 'before')}
${label(tail, 'the tail only: the default', 'now')}
</svg>
`;
}
