/**
 * Promises handed to the application. Whoever looks at one sees its rejection; nobody is forced to look: an
 * un-awaited call must not end the process with an unhandled rejection.
 */
import { thrownMessage } from './thrown-text.js';

function ignore(): void {
  // The rejection belongs to whoever holds the promise; this handler only marks it as seen.
}

export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(ignore);
  return promise;
}

export function quietRejection(error: unknown): Promise<never> {
  return quiet(Promise.reject(error instanceof Error ? error : new Error(thrownMessage(error))));
}

export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

/** A promise settled from outside; settling it twice changes nothing. */
export function quietDeferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = quiet(
    new Promise<T>((onValue, onError) => {
      resolve = onValue;
      reject = onError;
    }),
  );
  return { promise, resolve, reject };
}
