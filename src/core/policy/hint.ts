/**
 * What a wait asked for by the service (Retry-After and its kin) means: never earlier, and not all at the same
 * instant. How the hint was spelt is the classifier's business; whether it is too long is `decide`'s.
 */
import { MAX_TIMER_MS } from '../option/option-check.js';

/** How far past the hint the clients that got the same one are spread, as a part of it. */
export const HINT_SPREAD = 0.1;

/** The wait that the service asked for, milliseconds; undefined when it asked for none, or for nonsense. */
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
