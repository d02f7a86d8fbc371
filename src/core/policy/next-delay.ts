/**
 * How long to wait before the next dial of an outage: our own backoff, the service's hint as a floor under it, and
 * the least interval between two dials. It does not know whether there may be a next dial: that is `decide`'s.
 */
import { drawDelayMs } from './backoff.js';
import { durationText } from './duration-text.js';
import { hintedDelayMs } from './hint.js';
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
  // Timers cut fractions off, and that would be before the hint.
  const delayAt = (draw: number): number => Math.ceil(Math.max(ownAt(draw), hintedAt(draw)));

  const delayMs = delayAt(random);
  const range = { delayMs, minDelayMs: delayAt(0), maxDelayMs: delayAt(1) };
  const wait = durationText(delayMs);
  return hintMs !== undefined && hintedAt(random) > ownAt(random)
    ? { ...range, source: 'hint', text: `${wait} as the service asked for ${durationText(hintMs)}` }
    : { ...range, source: 'backoff', text: `${wait} of at most ${durationText(range.maxDelayMs)}` };
}

/** What the least interval between two dials leaves to wait, milliseconds; negative when it is over. */
export function leastDelayMs({ minIntervalMs }: Backoff, { lastAttemptAtMs }: Outage, nowMs: number): number {
  return lastAttemptAtMs === undefined ? 0 : lastAttemptAtMs + minIntervalMs - nowMs;
}
