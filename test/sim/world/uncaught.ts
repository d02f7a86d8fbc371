/**
 * Catches the uncaught errors of the one world that runs in this thread: rejections without a handler go to
 * `uncaught`; the warnings about handlers that fail on purpose are dropped. The listeners that were there
 * before are restored afterwards.
 */

/** Returns what ends it. */
export function watchUncaught(uncaught: (error: unknown) => void): () => void {
  const warnings = process.listeners('warning');
  const rejections = process.listeners('unhandledRejection');
  process.removeAllListeners('warning');
  process.removeAllListeners('unhandledRejection');
  const ignore = (): void => {
    // Without any listener Node would print them.
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
