/**
 * Chance that a seed reproduces: the same seed gives the same draws on every machine and in every version.
 * A counter walked in steps of the golden ratio and scrambled by two multiply-xorshift rounds: 2³² draws before it
 * repeats, and neighbouring seeds have nothing in common. Must not be used for secrets.
 */
import { requireNumber } from '../core/option/option-check.js';
import type { Random } from '../ports/random.js';

const STEP = 0x9e3779b9;
const DRAWS = 2 ** 32;

/** `seed` is any safe integer; a RangeError or TypeError names it otherwise. */
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
