/** An end signal together with the one who gives it: an AbortController and its signal, of which a real one is made only on demand. */
import type { LazySignal } from '../../ports/end-signal.js';

export class AbortFlag implements LazySignal {
  aborted = false;
  reason: Error = NOT_ABORTED;
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
