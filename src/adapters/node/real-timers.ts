/**
 * The timer functions and clocks of Node, as they were when this module was loaded. Test frameworks replace the globals (fake timers
 * of vitest, jest and sinon): a timer that is shared by the sessions of a process and was made with a fake function would never fire
 * after the real ones are back. Sockets run in real time in any case. Knows nothing of what the time is used for.
 */
import * as timers from 'node:timers';
import { performance } from 'node:perf_hooks';

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
 * The value that a fake one of sinon stands for (vitest and jest use sinon's), for a package that is loaded while fake timers are on.
 * Fakes of other kinds can't be looked through.
 */
function real<Value>(method: string, current: Value): Value {
  const { clock } = current as { readonly clock?: Readonly<Record<string, unknown>> };
  const hidden = clock?.[`_${method}`];
  return typeof hidden === 'function' ? (hidden as Value) : current;
}

// A fake is an own property of `performance`; the function itself is one of its prototype.
const now = Reflect.get(Object.getPrototypeOf(performance) as object, 'now') as () => number;
const epochNow = Reflect.get(real('Date', Date), 'now');

export const realNextTick = real<unknown>('nextTick', Reflect.get(process, 'nextTick')) as (
  callback: () => void,
) => void;

/** Read from the module, which a replacement of the globals does not reach. */
export const REAL_TIME: TimeSource = Object.freeze({
  setTimeout: real('setTimeout', timers.setTimeout),
  clearTimeout: real('clearTimeout', timers.clearTimeout),
  setImmediate: real('setImmediate', timers.setImmediate),
  nowMs: now.bind(performance),
  epochMs: epochNow,
});
