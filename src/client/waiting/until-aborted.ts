/** Waits for a promise that knows no signal, for as long as a signal allows. */
import { ONCE } from '../../ports/end-signal.js';
import type { EndSignal } from '../../ports/end-signal.js';

/** As the promise; rejects with the signal's reason as soon as that is aborted. No listener outlives it. */
export function untilAborted<T>(promise: Promise<T>, signal: EndSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) {
      onAbort();
      // Its rejection, if it comes to that, is nobody's any more.
      promise.catch(() => undefined);
      return;
    }
    signal.addEventListener('abort', onAbort, ONCE);
    const over = (): void => signal.removeEventListener('abort', onAbort);
    const failed = (error: Error): void => {
      over();
      reject(error);
    };
    promise.then((value) => {
      over();
      resolve(value);
    }, failed);
  });
}
