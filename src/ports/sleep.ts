/**
 * Waiting that an end signal ends at once. The only way the shell sleeps, so that no timer and no listener on the
 * caller's signal outlives a wait.
 */
import type { Clock } from './clock.js';
import { ONCE } from './end-signal.js';
import type { EndSignal } from './end-signal.js';

/**
 * Resolves after at least `delayMs` on the given clock (never in the same turn, not even for 0). Rejects at once
 * with the signal's reason when it is, or gets, aborted; the timer is cancelled then.
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
