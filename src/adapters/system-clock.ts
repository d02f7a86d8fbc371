/**
 * The process's own clock. Knows Node's timers and their two traps: a delay above 2³¹−1 ms fires after 1 ms, and a
 * timer may fire up to a millisecond before its time. Must not know what the time is used for.
 */
import { MAX_TIMER_MS } from '../core/option/option-check.js';
import type { Clock, Timer } from '../ports/clock.js';

/**
 * A clock on `performance.now`, `Date.now`, `setTimeout` and `setImmediate`. Delays are clamped to 0…2³¹−1 ms.
 * A pending timer keeps the process alive.
 */
export function createSystemClock(): Clock {
  return {
    nowMs: () => performance.now(),
    epochMs: () => Date.now(),
    schedule,
    // The timers phase is followed by one poll of the sockets and then by the immediates.
    afterPendingInput: (callback) => void setImmediate(callback),
  };
}

function schedule(delayMs: number, callback: () => void): Timer {
  const waitMs = Math.min(Math.max(delayMs, 0), MAX_TIMER_MS);
  const dueAtMs = performance.now() + waitMs;
  const fire = (): void => {
    if (performance.now() < dueAtMs) timeout = setTimeout(fire, 1);
    else callback();
  };
  let timeout = setTimeout(fire, waitMs);
  return { cancel: () => clearTimeout(timeout) };
}
