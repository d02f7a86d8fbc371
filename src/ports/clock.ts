/**
 * The time functions of the shell, and its only way to wait. Injected, so that a whole session can run in
 * virtual time.
 */
import { ONCE } from './end-signal.js';
import type { EndSignal } from './end-signal.js';

/** A call that was scheduled. */
export interface Timer {
  /** Has no effect if the timer has fired or was cancelled. */
  cancel(): void;
}

/** A source of time. Implement it to run sessions in virtual time. */
export interface Clock {
  /** Milliseconds since an arbitrary origin; never goes back. For durations and deadlines. */
  nowMs(): number;
  /** Milliseconds since the Unix epoch. For dates that leave the process. */
  epochMs(): number;
  /** Calls `callback` once, after at least `delayMs` (0 to 2³¹−1). */
  schedule(delayMs: number, callback: () => void): Timer;
  /**
   * Calls `callback` after pending input has been delivered: one turn of the event loop. A late timer runs before the
   * sockets are read, so its callback must not treat unread sockets as silent.
   */
  afterPendingInput(callback: () => void): void;
}

/**
 * Resolves after at least `delayMs` on the given clock (never in the same turn, not even for 0). Rejects with the
 * signal's reason as soon as that is aborted; the timer is cancelled then.
 */
export function sleep(clock: Clock, delayMs: number, signal: EndSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const onAbort = (): void => {
      timer.cancel();
      reject(signal.reason);
    };
    const timer = clock.schedule(delayMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, ONCE);
  });
}
