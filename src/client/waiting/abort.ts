/**
 * Abort signals: our own without an AbortController, and waits for those of an application. However many sessions wait for the
 * same one, it has one listener of ours: Node warns of a leak from the eleventh on.
 */
import { ONCE } from '../../ports/end-signal.js';
import type { EndSignal, LazySignal } from '../../ports/end-signal.js';

const waiting = new WeakMap<AbortSignal, Waiting>();

interface Waiting {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

/**
 * Calls `callback` when the signal, which is not aborted yet, is aborted. Gives a function that ends the wait; the last one for a
 * signal takes the listener away. Throws what a signal throws that is not the runtime's.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const known = waiting.get(signal);
  const { callbacks, listener } = known ?? startToWait(signal);
  // Two waits for one function are two.
  const call = (): void => callback();
  callbacks.add(call);
  return () => {
    if (!callbacks.delete(call) || callbacks.size > 0) return;
    waiting.delete(signal);
    signal.removeEventListener('abort', listener);
  };
}

function startToWait(signal: AbortSignal): Waiting {
  const callbacks = new Set<() => void>();
  const listener = (): void => {
    waiting.delete(signal);
    const called = [...callbacks];
    callbacks.clear();
    for (const callback of called) callback();
  };
  signal.addEventListener('abort', listener, ONCE);
  const begun = { callbacks, listener };
  waiting.set(signal, begun);
  return begun;
}

/** As the promise; rejects with the signal's reason as soon as that is aborted. No listener outlives it. */
export function untilAborted<T>(promise: Promise<T>, signal: EndSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    if (signal.aborted) {
      aborted();
      // Its rejection, if it comes to that, is nobody's any more.
      promise.catch(() => undefined);
      return;
    }
    signal.addEventListener('abort', aborted, ONCE);
    const over = (): void => signal.removeEventListener('abort', aborted);
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

/** An end signal together with the one who gives it: an AbortController and its signal, of which a real one is made only on demand. */
export class AbortFlag implements LazySignal {
  aborted = false;
  reason: Error = NOT_ABORTED;
  limitMs: number | undefined;
  #listeners: readonly (() => void)[] = NOBODY;
  #controller: AbortController | undefined;

  get real(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.aborted) this.#controller.abort(this.reason);
    }
    return this.#controller.signal;
  }

  /** Tells every listener, once. A second call changes nothing. */
  abort(reason: Error): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    const listeners = this.#listeners;
    this.#listeners = NOBODY;
    this.#controller?.abort(reason);
    for (const listener of listeners) listener();
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  /** There are one or two at a time. One that is added after the end is never told. */
  addEventListener(_type: 'abort', listener: () => void): void {
    if (!this.aborted) this.#listeners = [...this.#listeners, listener];
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners = this.#listeners.filter((other) => other !== listener);
  }
}

const NOBODY: readonly (() => void)[] = [];
const NOT_ABORTED = new Error('not aborted');
