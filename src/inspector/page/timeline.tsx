/** One session on a time axis: its states, its outages and failures, the attempts that were due, and its utterances. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { SessionEventView, SessionRow, UtteranceView } from '../protocol.js';
import { clockTime, duration, plural } from './words.js';

const LANE_PX = 22;
const AXIS_PX = 20;
const LEAST_MS = 2_000;
/** Older entries are not shown. */
const MOST_MS = 10 * 60_000;

const STATE_CLASSES: Readonly<Record<string, string>> = {
  session_token: 'dialling',
  websocket_connect: 'dialling',
  websocket_runtime: 'connected',
  waiting: 'waiting',
  closing: 'ended',
};
const STATE_WORDS: Readonly<Record<string, string>> = {
  session_token: 'token',
  websocket_connect: 'connecting',
  websocket_runtime: 'connected',
  waiting: 'waiting',
  closing: 'closing',
};

interface TimelineProps {
  readonly row: SessionRow;
  readonly nowMs: number;
  readonly events: readonly SessionEventView[];
  readonly utterances: readonly UtteranceView[];
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly name: string;
  readonly text: string;
}

/** The states one after the other, as far as they are known. */
function statesOf(events: readonly SessionEventView[], endMs: number): readonly Span[] {
  const states = events.filter(({ kind }) => kind === 'state');
  return states.map(({ atMs, name, text }, at) => ({
    fromMs: atMs,
    toMs: states[at + 1]?.atMs ?? endMs,
    name,
    text,
  }));
}

/** The outages, each from the loss of a connection to the next connection. */
function outagesOf(events: readonly SessionEventView[], row: SessionRow, endMs: number): readonly Span[] {
  const over = events.flatMap(({ kind, atMs, durationMs = 0, text, name }) =>
    kind === 'recovered' ? [{ fromMs: atMs - durationMs, toMs: atMs, name, text }] : [],
  );
  if (row.outageSinceMs === null) return over;
  return [...over, { fromMs: row.outageSinceMs, toMs: endMs, name: row.outageCode, text: 'goes on' }];
}

export function Timeline({ row, nowMs, events, utterances }: TimelineProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [width, resized] = useState(600);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => resized(Math.max(element.clientWidth, 200)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const endMs = row.endedMs ?? nowMs;
  const beginMs = Math.max(Math.min(events[0]?.atMs ?? endMs, endMs - LEAST_MS), endMs - MOST_MS);
  const scale = width / (endMs - beginMs);
  const x = (ms: number): number => Math.min(Math.max((ms - beginMs) * scale, 0), width);
  const wide = (from: number, to: number): number => Math.max(x(to) - x(from), 2);
  const outages = outagesOf(events, row, endMs).filter(({ toMs }) => toMs > beginMs);
  const spoken = utterances.filter(({ lastMs }) => lastMs > beginMs);
  const lanes = ['state', 'outage', 'failure', ...(spoken.length > 0 ? ['speech'] : [])];
  const height = lanes.length * LANE_PX + AXIS_PX;
  const stepMs = stepFor((endMs - beginMs) / Math.max(width / 90, 2));
  const ticks = Array.from(
    { length: Math.floor((endMs - beginMs) / stepMs) + 1 },
    (_, at) => beginMs + at * stepMs,
  );
  const failures = events.filter(({ kind }) => kind === 'failure' || kind === 'giveUp');
  return (
    <div class="timeline">
      <div class="lanes" aria-hidden="true">
        {lanes.map((lane) => (
          <span key={lane}>{lane}</span>
        ))}
      </div>
      <div ref={box} class="track">
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={`The last ${duration(endMs - beginMs)} of the session: ${plural(outages.length, 'outage')}, ${plural(failures.length, 'failure')}. The log below has all of it in words.`}
        >
          {ticks.map((ms) => (
            <g key={ms}>
              <line class="grid" x1={x(ms)} x2={x(ms)} y1={0} y2={height - AXIS_PX} />
              <text class="tick" x={x(ms) + 3} y={height - 6}>
                {ms === beginMs ? clockTime(ms).slice(0, 8) : `+${duration(ms - beginMs)}`}
              </text>
            </g>
          ))}
          {statesOf(events, endMs)
            .filter(({ name, toMs }) => name in STATE_CLASSES && toMs > beginMs)
            .map(({ fromMs, toMs, name, text }) => (
              <g key={fromMs}>
                <rect
                  class={`span ${STATE_CLASSES[name] ?? ''}`}
                  x={x(fromMs)}
                  y={3}
                  width={wide(fromMs, toMs)}
                  height={LANE_PX - 6}
                  rx={2}
                >
                  <title>{`${STATE_WORDS[name] ?? name} ${duration(toMs - fromMs)}: ${text}`}</title>
                </rect>
                {wide(fromMs, toMs) > 70 && (
                  <text class="inside" x={x(fromMs) + 6} y={LANE_PX - 7}>
                    {STATE_WORDS[name]}
                  </text>
                )}
              </g>
            ))}
          {outages.map(({ fromMs, toMs, name, text }) => (
            <g key={fromMs}>
              <rect
                class="span outage"
                x={x(fromMs)}
                y={LANE_PX + 3}
                width={wide(fromMs, toMs)}
                height={LANE_PX - 6}
                rx={2}
              >
                <title>{`outage of ${duration(toMs - fromMs)}: ${name}, ${text}`}</title>
              </rect>
              {wide(fromMs, toMs) > 50 && (
                <text class="inside" x={x(fromMs) + 5} y={2 * LANE_PX - 7}>
                  {duration(toMs - fromMs)}
                </text>
              )}
            </g>
          ))}
          {failures
            .filter(({ atMs }) => atMs >= beginMs)
            .map(({ seq, atMs, name, text }) => (
              <path key={seq} class="failure" d={`M${x(atMs)} ${2 * LANE_PX + 4}l6 7l-6 7l-6 -7z`}>
                <title>{`${clockTime(atMs)} ${name}: ${text}`}</title>
              </path>
            ))}
          {spoken.map(({ reqId, label, firstMs, lastMs, outcome, keyframes }) => (
            <rect
              key={reqId}
              class={`span speech ${outcome === 'failed' ? 'lost' : ''}`}
              x={x(firstMs)}
              y={3 * LANE_PX + 3}
              width={wide(firstMs, lastMs)}
              height={LANE_PX - 6}
              rx={2}
            >
              <title>{`${label === '' ? reqId : label}: ${keyframes} keyframes, ${outcome === '' ? 'in flight' : outcome}`}</title>
            </rect>
          ))}
        </svg>
      </div>
    </div>
  );
}

/** A round number of milliseconds that is not below the given one; 300 000 at most. */
function stepFor(leastMs: number): number {
  const steps = [500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000];
  return steps.find((step) => step >= leastMs) ?? 300_000;
}
