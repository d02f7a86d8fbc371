/**
 * How long to wait before the next dial of an outage: our own backoff, the service's hint as its lower bound, the least interval between
 * two dials, and the spread of the sessions of one endpoint after a drain notice. A server that is drained closes all its connections at
 * once, and the other servers get all of them: with more sessions, the window for the first delay is wider. Whether there is a next dial
 * is decided in decide.ts.
 */
import { MAX_TIMER_MS } from '../option/option-check.js';
import type { Outage } from './outage.js';
import type { Backoff } from './rule.js';

export interface NextDelay {
  /** Whole milliseconds, as are the bounds of its range. */
  readonly delayMs: number;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly source: 'backoff' | 'hint';
  /** For people: the delay, and its limits. */
  readonly text: string;
}

/**
 * A hint is a lower bound of the backoff, not a replacement for it: if a service asks for 1 s after every attempt, the backoff still
 * grows. Both parts use the same draw and grow with it, so the draws 0 and 1 give the range.
 *
 * @param hintMs the wait that the service asked for, ≥ 0; undefined without one
 * @param random one draw, uniform in [0, 1)
 * @param latestAtMs our own backoff ends at this time at the latest
 */
export function nextDelay(
  backoff: Backoff,
  outage: Outage,
  hintMs: number | undefined,
  nowMs: number,
  random: number,
  latestAtMs = Infinity,
): NextDelay {
  // A lost connection counts as one failure; without one, the first failure is that of the first dial.
  const exponent = outage.attempts - (outage.lostConnection ? 0 : 1);
  const intervalMs = leastDelayMs(backoff, outage, nowMs);
  const spread = backoff.jitter === 'none' ? 0 : 1;

  const ownAt = (draw: number): number =>
    Math.max(Math.min(drawDelayMs(backoff, exponent, draw), latestAtMs - nowMs), intervalMs);
  const hintedAt = (draw: number): number =>
    hintMs === undefined ? 0 : hintedDelayMs(hintMs, draw * spread);
  // Timers cut fractions off, so an unrounded delay would end before the hint.
  const delayAt = (draw: number): number => Math.ceil(Math.max(ownAt(draw), hintedAt(draw)));

  const delayMs = delayAt(random);
  const [minDelayMs, maxDelayMs] = [delayAt(0), delayAt(1)];
  const wait = durationText(delayMs);
  const isHinted = hintMs !== undefined && hintedAt(random) > ownAt(random);
  const text = isHinted
    ? `${wait} as the service asked for ${durationText(hintMs)}`
    : `${wait} of at most ${durationText(maxDelayMs)}`;
  return { delayMs, minDelayMs, maxDelayMs, source: isHinted ? 'hint' : 'backoff', text };
}

/** The rest of the least interval between two dials, milliseconds; negative when it is over. */
export function leastDelayMs({ minIntervalMs }: Backoff, { lastAttemptAtMs }: Outage, nowMs: number): number {
  return lastAttemptAtMs === undefined ? 0 : lastAttemptAtMs + minIntervalMs - nowMs;
}

/** At this exponent, with a factor of 2, the bound has long reached any cap; a larger exponent could only overflow. */
const MAX_EXPONENT = 30;

/**
 * The upper bound of a delay, milliseconds: `min(capMs, baseMs · factor^exponent)`, finite, 0 to 2³¹−1.
 *
 * @param exponent 0 for the first delay of an outage, one more for each further; clamped to 0…30.
 */
export function delayCeilingMs(backoff: Backoff, exponent: number): number {
  // A huge factor overflows to Infinity, and 0 · Infinity would be NaN.
  const growth = Math.min(backoff.factor ** Math.min(Math.max(exponent, 0), MAX_EXPONENT), Number.MAX_VALUE);
  return Math.min(backoff.capMs, backoff.baseMs * growth, MAX_TIMER_MS);
}

/**
 * One delay, milliseconds: uniform between 0 and the bound, or the bound itself with jitter `none`.
 *
 * @param random one draw, uniform in [0, 1); a new one for every delay.
 */
export function drawDelayMs(backoff: Backoff, exponent: number, random: number): number {
  const ceilingMs = delayCeilingMs(backoff, exponent);
  switch (backoff.jitter) {
    case 'full':
      return random * ceilingMs;
    case 'none':
      return ceilingMs;
  }
}

/** The spread of clients that got the same hint: they wait up to this part of the hint longer. */
export const HINT_SPREAD = 0.1;

/** The wait that the service asked for, milliseconds; undefined when it asked for none, or for an invalid one. */
export function usableHintMs(retryAfterMs: number | undefined): number | undefined {
  return retryAfterMs !== undefined && retryAfterMs >= 0 ? retryAfterMs : undefined;
}

/**
 * The hint and up to a tenth more, milliseconds: never below `hintMs`, and never above 2³¹−1 unless `hintMs` is.
 *
 * @param random one draw, uniform in [0, 1); 0 for no spread.
 */
export function hintedDelayMs(hintMs: number, random: number): number {
  const spreadMs = Math.min(hintMs * HINT_SPREAD, Math.max(MAX_TIMER_MS - hintMs, 0));
  return hintMs + random * spreadMs;
}

/** `740 ms` below a second; above it with one decimal: `30.0 s`; from ten minutes on `12.5 min`, from one hour on `12.00 h`. */
export function durationText(durationMs: number): string {
  if (durationMs < 999.5) return `${Math.round(durationMs)} ms`;
  if (durationMs < 600_000) return `${(durationMs / 1_000).toFixed(1)} s`;
  if (durationMs < 3_600_000) return `${(durationMs / 60_000).toFixed(1)} min`;
  return `${(durationMs / 3_600_000).toFixed(2)} h`;
}

/** The codes for: going away, service restart, try again later, and the service's own code for a deploy. */
const DRAIN_NOTICES: ReadonlySet<number> = new Set([1001, 1012, 1013, 4503]);

/**
 * Window per session, milliseconds: a hundred sessions of a process reconnect per second. That is well below the rate of the gate, so
 * several processes can do so at once. A thousand sessions take ten seconds.
 */
const MS_PER_SESSION = 10;

/** Notices further apart than this belong to two drains, milliseconds: a server sends all its drain notices within seconds. */
const DRAIN_LULL_MS = 5_000;

/** A drain of a server, as one process sees it. */
export interface Drain {
  /** The number of connected sessions when its first notice came. */
  readonly sessions: number;
  /** When its latest notice came. */
  readonly noticedAtMs: number;
}

/**
 * A drain after one more notice. The connections end one after the other, so the number of sessions at the first notice is kept.
 *
 * @param sessions confirmed sessions of this endpoint in the process now, the one with the notice included
 */
export function drainNoticed(drain: Drain | undefined, sessions: number, nowMs: number): Drain {
  const goesOn = drain !== undefined && nowMs - drain.noticedAtMs <= DRAIN_LULL_MS;
  return { sessions: goesOn ? Math.max(drain.sessions, sessions) : sessions, noticedAtMs: nowMs };
}

/** Whether the close code announces a drain of the server, so that the session itself has not failed. */
export function isDrainNotice(closeCode: number | undefined): boolean {
  return closeCode !== undefined && DRAIN_NOTICES.has(closeCode);
}

/**
 * The replacement of `baseMs` for the first delay after a drain notice, milliseconds: at least `baseMs`, and at most `capMs`, which has
 * priority. Up to `baseMs / 10` sessions it equals `baseMs`.
 *
 * @param sessions confirmed sessions of this endpoint in the process when the notice came, this one included
 */
export function drainWindowMs(sessions: number, { baseMs, capMs }: Backoff): number {
  return Math.min(Math.max(baseMs, sessions * MS_PER_SESSION), capMs, MAX_TIMER_MS);
}
