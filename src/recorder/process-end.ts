/**
 * Notifies the open recorders of a process of its end, or of an uncaught exception. Two listeners for all of
 * them, which do not change how the process ends.
 */

/** Called when the process ends, or when an exception was not caught. */
export interface EndListener {
  uncaught(error: unknown): void;
  exiting(exitCode: number): void;
}

const listeners = new Set<EndListener>();

const onUncaught = (error: unknown): void => {
  for (const listener of listeners) listener.uncaught(error);
};
const onExit = (exitCode: number): void => {
  for (const listener of listeners) listener.exiting(exitCode);
};

/** @returns a function that removes the listener */
export function onProcessEnd(listener: EndListener): () => void {
  if (listeners.size === 0) {
    process.on('uncaughtExceptionMonitor', onUncaught);
    process.on('exit', onExit);
  }
  listeners.add(listener);
  return () => {
    if (!listeners.delete(listener) || listeners.size > 0) return;
    process.off('uncaughtExceptionMonitor', onUncaught);
    process.off('exit', onExit);
  };
}
