/**
 * Draws the states of a session and every legal transition, from the table of the core. The positions are
 * chosen by hand. A state or a transition without a position throws, so that the picture can't omit it.
 */
import { SESSION_STATES, TRANSITIONS } from '../../src/core/session/session-life.js';
import type { SessionState } from '../../src/core/session/session-life.js';

const WIDTH = 150;
const HEIGHT = 34;

/** The middle of each box. */
const PLACES: Readonly<Record<SessionState, readonly [x: number, y: number]>> = {
  idle: [85, 120],
  session_token: [305, 120],
  websocket_connect: [525, 120],
  websocket_runtime: [745, 120],
  waiting: [415, 40],
  closing: [415, 210],
  closed: [745, 210],
};

/** The path of each arrow, and the position of its label. Equal labels of one target are written once. */
const ARROWS: Readonly<Record<string, readonly [path: string, label: string]>> = {
  'idle session_token': ['M160 120H230', 'x="195" y="113"'],
  'idle waiting': ['M85 103V40H340', 'x="210" y="33"'],
  'idle closing': ['M85 137V210H340', 'x="210" y="226"'],
  'session_token websocket_connect': ['M380 120H450', 'x="415" y="113"'],
  'session_token waiting': ['M290 103V52H340', ''],
  'session_token closing': ['M305 137V200H340', ''],
  'websocket_connect websocket_runtime': ['M600 120H670', 'x="635" y="113"'],
  'websocket_connect waiting': ['M525 103V52H490', ''],
  'websocket_connect closing': ['M525 137V200H490', ''],
  'websocket_runtime waiting': ['M745 103V34H490', 'x="620" y="27"'],
  'websocket_runtime closing': ['M730 137V172H547V210H490', ''],
  'waiting session_token': ['M360 57V80H330V103', 'x="345" y="93"'],
  'waiting closing': ['M415 57V193', 'x="415" y="172"'],
  'closing closed': ['M490 218H670', 'x="610" y="234"'],
  'closed idle': ['M745 227V243H40V137', 'x="340" y="239"'],
};

export function statePicture(): string {
  const arrows = SESSION_STATES.flatMap((from) =>
    Object.entries(TRANSITIONS[from]).map(([event, to]) => {
      const arrow = ARROWS[`${from} ${to}`];
      if (arrow === undefined) throw new Error(`no arrow is drawn from ${from} to ${to}`);
      const [path, label] = arrow;
      const text = label === '' ? '' : `<text ${label} class="event">${event}</text>`;
      return `<path d="${path}" class="arrow" marker-end="url(#tip)"/>${text}`;
    }),
  );
  const boxes = SESSION_STATES.map((state) => {
    const [x, y] = PLACES[state];
    const box = `x="${x - WIDTH / 2}" y="${y - HEIGHT / 2}" width="${WIDTH}" height="${HEIGHT}" rx="6"`;
    return `<rect ${box} class="${state === 'websocket_runtime' ? 'works' : 'box'}"/><text x="${x}" y="${y + 5}" class="state">${state}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 840 250">
<title>The states of a session and every legal transition</title>
<style>
text { font: 13px Helvetica, Arial, sans-serif; text-anchor: middle } .state { font-weight: 600; fill: #1b242c } .event { font-size: 11px; fill: #52606d }
.box { fill: #f4f6f8; stroke: #8795a1 } .works { fill: #d5ecdf; stroke: #2f7d5b } .arrow { fill: none; stroke: #8795a1; stroke-width: 1.3 } .tip { fill: #8795a1 }
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" class="tip"/></marker></defs>
<path d="M0 0H840V250H0z" fill="#ffffff"/>
${[...arrows, ...boxes].join('\n')}
</svg>
`;
}
