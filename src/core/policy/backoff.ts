/**
 * How long to wait before the next dial when the service did not say: exponential growth, clamped *before* the
 * jitter, so that clients at the cap are still spread over the whole of it. It knows neither failures nor limits.
 */
import { MAX_TIMER_MS } from '../option/option-check.js';
import type { Backoff } from './rule.js';

/** Beyond this the bound has long reached any cap at a factor of 2; a larger power only invites overflow. */
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
