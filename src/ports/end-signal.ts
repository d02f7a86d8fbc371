/**
 * The part of an AbortSignal that the shell uses. Every AbortSignal is an EndSignal. Inside the package other
 * objects are used, because the runtime gives each AbortSignal a hidden class of its own, which costs more
 * than all its uses.
 */
export interface EndSignal {
  /** Whether it is aborted. */
  readonly aborted: boolean;
  /** The reason of the abort; undefined in meaning before. */
  readonly reason: Error;
  /** The time limit of the step that it ends, milliseconds; absent if unknown. */
  readonly limitMs?: number | undefined;
  /** Throws the reason once it is aborted. */
  throwIfAborted(): void;
  /** Calls `listener` at the abort; not if it was aborted before the call. */
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  /** Removes a listener. */
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** The reason with which a step is aborted at its time limit, and the error that the caller gets. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
  readonly timeoutMs: number;
  constructor(timeoutMs: number) {
    super(`took longer than ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
  }
}

/** For `addEventListener`. Without a prototype: the runtime would read `Object.prototype.signal` as an option of the listener. */
export const ONCE: { readonly once: true } = Object.freeze(
  Object.assign(Object.create(null) as object, { once: true as const }),
);

/** An end signal that can provide an AbortSignal for code outside of the package. */
export interface LazySignal extends EndSignal {
  /** The AbortSignal, made when it is first read; aborted with this one. */
  readonly real: AbortSignal;
}

/** A real AbortSignal, for the functions and implementations of the application. */
export function abortSignalOf(signal: AbortSignal | LazySignal): AbortSignal {
  return 'real' in signal ? signal.real : signal;
}
