/** Chance that an application gave: whatever it does, a number in [0, 1) comes out, because delays and request ids are made of it. */
import type { Random } from '../ports/random.js';

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
