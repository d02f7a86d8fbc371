/** The sample rates that the conversions take. */
import { requireNumber } from '../core/option/option-check.js';

/** Hz; speech of telephones. */
export const MIN_RATE_HZ = 8_000;
/** Hz; what the service takes at most. */
export const MAX_RATE_HZ = 48_000;

/** @throws TypeError for what is no number, RangeError for one out of bounds */
export function requireRate(name: string, value: unknown): number {
  return requireNumber(name, value, { min: MIN_RATE_HZ, max: MAX_RATE_HZ, integer: true });
}
