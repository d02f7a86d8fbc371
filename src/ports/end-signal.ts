/**
 * The part of an AbortSignal that the shell uses. Every AbortSignal is an EndSignal. Inside the package other
 * objects are used, because the runtime gives each AbortSignal a hidden class of its own, which costs more
 * than all its uses.
 */
export interface EndSignal {
  /** Whether it was aborted. */
  readonly aborted: boolean;
  /** With what it was aborted; means nothing before. */
  readonly reason: Error;
  /** How long the step that it ends may take in all, milliseconds; absent where that is not known. */
  readonly limitMs?: number | undefined;
  /** Throws the reason once it is aborted. */
  throwIfAborted(): void;
  /** Calls `listener` when it is aborted; not when it was aborted already. */
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  /** Removes a listener. */
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** For `addEventListener`. It inherits nothing: the runtime would take `Object.prototype.signal` for an option of the listener. */
export const ONCE: { readonly once: true } = Object.freeze(
  Object.assign(Object.create(null) as object, { once: true as const }),
);

/** An end signal that becomes an AbortSignal where code outside needs one. */
export interface LazySignal extends EndSignal {
  /** Made when it is first asked for; aborted with this one. */
  readonly real: AbortSignal;
}

/** A real AbortSignal, for the functions and implementations of the application. */
export function abortSignalOf(signal: AbortSignal | LazySignal): AbortSignal {
  return 'real' in signal ? signal.real : signal;
}
