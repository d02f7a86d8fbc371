/**
 * The process's own clock. Knows Node's timers and their two traps: a delay above 2³¹−1 ms fires after 1 ms, and a
 * timer may fire up to a millisecond before its time. However many timers are pending, Node has one of them: a thousand
 * sessions that wait for their next dial cost one entry each in a heap. Must not know what the time is used for.
 */
import { AsyncResource } from 'node:async_hooks';
import { MAX_TIMER_MS } from '../core/option/option-check.js';
import type { Clock, Timer } from '../ports/clock.js';
import { REAL_TIME } from './real-timers.js';
import type { TimeSource } from './real-timers.js';
import { TimerHeap } from './timer-heap.js';

/**
 * A clock on `performance.now`, `Date.now`, `setTimeout` and `setImmediate`, as they were when the package was loaded: replacements of
 * the globals (fake timers) change nothing. Delays are clamped to 0…2³¹−1 ms.
 * A pending timer keeps the process alive. A callback that throws is an uncaught exception, and stops no other timer.
 */
export function createSystemClock(time: TimeSource = REAL_TIME): Clock {
  const pending = new TimerHeap();
  // One timer serves all callbacks. It must have no AsyncLocalStorage context of its caller, and must not keep one in memory.
  const neutral = new AsyncResource('AvatarSessionClock', {
    requireManualDestroy: true,
    // Undefined is the default; its own, so that nothing on a polluted Object.prototype stands in for it.
    triggerAsyncId: undefined,
  });
  let timeout: NodeJS.Timeout | undefined;
  let wakesAtMs = Infinity;

  const disarm = (): void => {
    time.clearTimeout(timeout);
    timeout = undefined;
    wakesAtMs = Infinity;
  };

  /** One that wakes too early looks again; only one that would wake too late is replaced. */
  const arm = (): void => {
    const { first } = pending;
    if (first === undefined) {
      disarm();
      return;
    }
    if (first.dueAtMs >= wakesAtMs) return;
    time.clearTimeout(timeout);
    wakesAtMs = first.dueAtMs;
    timeout = neutral.runInAsyncScope(
      time.setTimeout,
      undefined,
      wake,
      Math.min(Math.max(first.dueAtMs - time.nowMs(), 0), MAX_TIMER_MS),
    );
  };

  const wake = (): void => {
    timeout = undefined;
    wakesAtMs = Infinity;
    const nowMs = time.nowMs();
    // What a callback adds is not for this round, not even with a delay of 0.
    const nextRound = pending.added;
    try {
      for (;;) {
        const { first } = pending;
        if (first === undefined || first.dueAtMs > nowMs || first.order >= nextRound) break;
        pending.remove(first);
        first.callback();
      }
    } finally {
      arm();
    }
  };

  const schedule = (delayMs: number, callback: () => void): Timer => {
    const waitMs = Math.min(Math.max(delayMs, 0), MAX_TIMER_MS);
    const entry = pending.add(time.nowMs() + waitMs, callback);
    arm();
    return {
      cancel: () => {
        pending.remove(entry);
        if (pending.size === 0) disarm();
      },
    };
  };

  return {
    nowMs: time.nowMs,
    epochMs: time.epochMs,
    schedule,
    // The timers phase is followed by one poll of the sockets and then by the immediates.
    afterPendingInput: (callback) => void time.setImmediate(callback),
  };
}
