/**
 * How long to wait before the next dial of an outage: our own backoff, the service's hint as a floor under it, the least interval between
 * two dials, and how far apart the sessions of one endpoint come back after a drain notice. A server that is drained closes all its
 * connections at once, and the other servers get all of them: the more sessions, the wider the window that each one's first delay is drawn
 * from. Whether there may be a next dial is decided in decide.ts.
 */
import { MAX_TIMER_MS } from '../option/option-check.js';
import type { Outage } from './outage.js';
import type { Backoff } from './rule.js';

export interface NextDelay {
  /** Whole milliseconds, like its range. */
  readonly delayMs: number;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly source: 'backoff' | 'hint';
  /** For people: the delay, and what bounds it. */
  readonly text: string;
}

/**
 * A hint is a floor under the backoff, not a replacement for it: a service that says "1 s" to every attempt does
 * not switch the growth off. One draw serves both parts; each grows with it, so the draws 0 and 1 give the range.
 *
 * @param hintMs what the service asked for, ≥ 0; undefined when it did not
 * @param random one draw, uniform in [0, 1)
 * @param latestAtMs our own backoff does not go past this moment
 */
export function nextDelay(
  backoff: Backoff,
  outage: Outage,
  hintMs: number | undefined,
  nowMs: number,
  random: number,
  latestAtMs = Infinity,
): NextDelay {
  // A lost connection is a failure beside those of the dials; without one, the first dial's failure is the first.
  const exponent = outage.attempts - (outage.lostConnection ? 0 : 1);
  const intervalMs = leastDelayMs(backoff, outage, nowMs);
  const spread = backoff.jitter === 'none' ? 0 : 1;

  const ownAt = (draw: number): number =>
    Math.max(Math.min(drawDelayMs(backoff, exponent, draw), latestAtMs - nowMs), intervalMs);
  const hintedAt = (draw: number): number =>
    hintMs === undefined ? 0 : hintedDelayMs(hintMs, draw * spread);
  // Timers cut fractions off, which would be earlier than the hint.
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

/** What the least interval between two dials leaves to wait, milliseconds; negative when it is over. */
export function leastDelayMs({ minIntervalMs }: Backoff, { lastAttemptAtMs }: Outage, nowMs: number): number {
  return lastAttemptAtMs === undefined ? 0 : lastAttemptAtMs + minIntervalMs - nowMs;
}

/** Beyond this the bound has long reached any cap at a factor of 2; a larger power could only overflow. */
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
 * @param random one draw, uniform in [0, 1); draw anew for every delay.
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

/** How far past the hint the clients that got the same one are spread, as a part of it. */
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

/** `740 ms` below a second, else with one decimal: `30.0 s`, from ten minutes on `12.5 min`, from one hour on `12.00 h`. */
export function durationText(durationMs: number): string {
  if (durationMs < 999.5) return `${Math.round(durationMs)} ms`;
  if (durationMs < 600_000) return `${(durationMs / 1_000).toFixed(1)} s`;
  if (durationMs < 3_600_000) return `${(durationMs / 60_000).toFixed(1)} min`;
  return `${(durationMs / 3_600_000).toFixed(2)} h`;
}

/** Going away, service restart, try again later, and the service's own code for a deploy. */
const DRAIN_NOTICES: ReadonlySet<number> = new Set([1001, 1012, 1013, 4503]);

/**
 * Window per session, milliseconds: a hundred sessions of a process come back per second, well below what the gate
 * lets through, so that several processes can do so beside each other. A thousand are back in ten seconds.
 */
const MS_PER_SESSION = 10;

/** Notices further apart than this are of two drains, milliseconds: a server sends all its drain notices within seconds. */
const DRAIN_LULL_MS = 5_000;

/** A server that is being emptied, as one process sees it. */
export interface Drain {
  /** Sessions that were there when its first notice came. */
  readonly sessions: number;
  /** When its latest notice came. */
  readonly noticedAtMs: number;
}

/**
 * One more notice of a drain, or the first one. The sessions leave one after the other, so the count of the first notice is kept for the
 * later ones.
 *
 * @param sessions confirmed sessions of this endpoint in the process now, the one with the notice included
 */
export function drainNoticed(drain: Drain | undefined, sessions: number, nowMs: number): Drain {
  const goesOn = drain !== undefined && nowMs - drain.noticedAtMs <= DRAIN_LULL_MS;
  return { sessions: goesOn ? Math.max(drain.sessions, sessions) : sessions, noticedAtMs: nowMs };
}

/** Whether the close code says that the server is being emptied, and that nothing is wrong with the session. */
export function isDrainNotice(closeCode: number | undefined): boolean {
  return closeCode !== undefined && DRAIN_NOTICES.has(closeCode);
}

/**
 * What takes the place of `baseMs` for the first delay after a drain notice, milliseconds: never less than `baseMs`,
 * and not above `capMs`, which wins. Up to `baseMs / 10` sessions nothing changes.
 *
 * @param sessions confirmed sessions of this endpoint in the process when the notice came, this one included
 */
export function drainWindowMs(sessions: number, { baseMs, capMs }: Backoff): number {
  return Math.min(Math.max(baseMs, sessions * MS_PER_SESSION), capMs, MAX_TIMER_MS);
}
