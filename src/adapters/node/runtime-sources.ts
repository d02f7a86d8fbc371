/**
 * Time and chance of the runtime. Timers and clocks are those of Node as they were when this module was loaded: test frameworks replace the
 * globals (fake timers of vitest, jest and sinon), and a timer that the sessions of a process share would never fire after the real ones
 * are back. Sockets run in real time in any case. Random sources: the system's, one from a seed, and one of the application, whose
 * answers are checked.
 */
import * as timers from 'node:timers';
import { performance } from 'node:perf_hooks';
import type { Random } from '../../ports/random.js';
import { requireNumber } from '../../core/option/option-check.js';
import { onRejection } from '../../core/option/plain-object.js';

export interface TimeSource {
  readonly setTimeout: (callback: () => void, delayMs: number) => NodeJS.Timeout;
  readonly clearTimeout: (timer: NodeJS.Timeout | undefined) => void;
  readonly setImmediate: (callback: () => void) => unknown;
  /** Milliseconds since an arbitrary origin. */
  readonly nowMs: () => number;
  /** Milliseconds since the Unix epoch. */
  readonly epochMs: () => number;
}

/**
 * The value in place of which sinon put a fake one (vitest and jest use sinon's), for a package that is loaded while fake timers are on.
 * The originals of other fakes can't be found.
 */
function real<Value>(method: string, current: Value): Value {
  const { clock } = current as { readonly clock?: Readonly<Record<string, unknown>> };
  const hidden = clock?.[`_${method}`];
  return typeof hidden === 'function' ? (hidden as Value) : current;
}

// In Node a fake `now` is an own property of `performance`, and the real one is on its prototype. In Bun the real one is an own property.
const inherited: unknown = Reflect.get(Object.getPrototypeOf(performance) as object, 'now');
const now = (typeof inherited === 'function' ? inherited : Reflect.get(performance, 'now')) as () => number;
const epochNow = Reflect.get(real('Date', Date), 'now');

export const realNextTick = real<unknown>('nextTick', Reflect.get(process, 'nextTick')) as (
  callback: () => void,
) => void;

/** Read from the module, which replacements of the globals do not change. */
export const REAL_TIME: TimeSource = Object.freeze({
  setTimeout: real('setTimeout', timers.setTimeout),
  clearTimeout: real('clearTimeout', timers.clearTimeout),
  setImmediate: real('setImmediate', timers.setImmediate),
  nowMs: now.bind(performance),
  epochMs: epochNow,
});

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
  // Both halves of a large seed have an effect.
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

/** Undefined if it throws, or returns another value. */
function drawn(random: Random): number | undefined {
  try {
    const value: unknown = random.next();
    onRejection(value, () => undefined);
    return typeof value === 'number' && value >= 0 && value < 1 ? value : undefined;
  } catch {
    return undefined;
  }
}
