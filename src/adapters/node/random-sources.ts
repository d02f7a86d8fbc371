/** Sources of chance: the system's, one from a seed, and one of the application, whose answers are checked. */
import type { Random } from '../../ports/random.js';
import { requireNumber } from '../../core/option/option-check.js';

/** Uniform draws from the runtime's own generator; not reproducible, not cryptographic. */
export function createSystemRandom(): Random {
  return { next: () => Math.random() };
}

const STEP = 0x9e3779b9;
const DRAWS = 2 ** 32;

/**
 * `seed` is any safe integer; a RangeError or TypeError names it otherwise.
 *
 * @example
 * ```ts
 * const session = newAvatarSession({ ...options, random: createSeededRandom(7) });
 * ```
 */
export function createSeededRandom(seed: number): Random {
  requireNumber('seed', seed, { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER, integer: true });
  // Both halves of a large seed count.
  let counter = (seed ^ Math.imul(Math.floor(seed / DRAWS), STEP)) | 0;
  return {
    next() {
      counter = (counter + STEP) | 0;
      let mixed = counter ^ (counter >>> 16);
      mixed = Math.imul(mixed, 0x21f0aaad);
      mixed ^= mixed >>> 15;
      mixed = Math.imul(mixed, 0x735a2d97);
      mixed ^= mixed >>> 15;
      return (mixed >>> 0) / DRAWS;
    },
  };
}

export function guardedRandom(random: Random): Random {
  return { next: () => drawn(random) ?? Math.random() };
}

/** Undefined where it throws, or gives something else. */
function drawn(random: Random): number | undefined {
  try {
    const value: unknown = random.next();
    return typeof value === 'number' && value >= 0 && value < 1 ? value : undefined;
  } catch {
    return undefined;
  }
}
