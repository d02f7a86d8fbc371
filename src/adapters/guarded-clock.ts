/**
 * A clock of the application, whose answers are checked: a time that is no number, and a method that throws, are taken from the
 * clock of the system instead. So a broken clock costs a session its virtual time, and no promise.
 */
import type { Clock, Timer } from '../ports/clock.js';
import { createSystemClock } from './system-clock.js';

/** Its times never go back, and each callback is called once. */
export function guardedClock(clock: Clock): Clock {
  const system = createSystemClock();
  let latestMs = -Infinity;
  return {
    nowMs() {
      const nowMs = timeOf(() => clock.nowMs()) ?? (latestMs === -Infinity ? 0 : latestMs);
      latestMs = Math.max(latestMs, nowMs);
      return latestMs;
    },
    epochMs: () => timeOf(() => clock.epochMs()) ?? system.epochMs(),
    schedule(delayMs, callback) {
      const once = onlyOnce(callback);
      try {
        return guardedTimer(clock.schedule(delayMs, once), once);
      } catch {
        return guardedTimer(system.schedule(delayMs, once), once);
      }
    },
    afterPendingInput(callback) {
      const once = onlyOnce(callback);
      try {
        clock.afterPendingInput(once);
      } catch {
        system.afterPendingInput(once);
      }
    },
  };
}

/** The greatest time of a Date. */
const MAX_TIME_MS = 8.64e15;

/** Undefined where it throws, or gives something else. */
function timeOf(read: () => unknown): number | undefined {
  try {
    const value = read();
    return typeof value === 'number' && Math.abs(value) <= MAX_TIME_MS ? value : undefined;
  } catch {
    return undefined;
  }
}

interface OnlyOnce {
  (): void;
  /** It has been called, or must not be called any more. */
  isOver: boolean;
}

function onlyOnce(callback: () => void): OnlyOnce {
  const once: OnlyOnce = Object.assign(
    () => {
      if (once.isOver) return;
      once.isOver = true;
      callback();
    },
    { isOver: false },
  );
  return once;
}

/** Cancelled it is over, also where the clock's own timer can't be. */
function guardedTimer(timer: Timer, once: OnlyOnce): Timer {
  return {
    cancel() {
      once.isOver = true;
      try {
        timer.cancel();
      } catch {
        // It would only call what is over.
      }
    },
  };
}
