/**
 * Waits for an application's AbortSignal. However many sessions wait for the same one, it has one listener of ours: Node warns of a
 * leak from the eleventh on.
 */
import { ONCE } from '../../ports/end-signal.js';
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
