/**
 * Chance for production: unpredictable enough to spread delays, and nothing more. Must not be used for secrets.
 */
import type { Random } from '../ports/random.js';

/** Uniform draws from the runtime's own generator; not reproducible, not cryptographic. */
export function createSystemRandom(): Random {
  return { next: () => Math.random() };
}
