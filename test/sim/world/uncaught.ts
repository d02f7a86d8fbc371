/**
 * Catches the uncaught errors of the one world that runs in this thread: rejections without a handler are
 * passed to `uncaught`; warnings about handlers that fail on purpose are dropped. The previous listeners are
 * restored afterwards.
 */

/** Returns a function that ends the watch. */
export function watchUncaught(uncaught: (error: unknown) => void): () => void {
  const warnings = process.listeners('warning');
  const rejections = process.listeners('unhandledRejection');
  process.removeAllListeners('warning');
  process.removeAllListeners('unhandledRejection');
  const ignore = (): void => {
    // Without any listener, Node would print the warnings.
  };
  process.on('warning', ignore);
  process.on('unhandledRejection', uncaught);
  return () => {
    process.off('unhandledRejection', uncaught);
    process.off('warning', ignore);
    for (const listener of warnings) process.on('warning', listener);
    for (const listener of rejections) process.on('unhandledRejection', listener);
  };
}
