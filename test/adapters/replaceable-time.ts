/** A time source that reads the global functions at each call, so that fake timers can drive the system clock. */
import type { TimeSource } from '../../src/adapters/node/runtime-sources.js';

export const REPLACEABLE_TIME: TimeSource = {
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (timer) => clearTimeout(timer),
  setImmediate: (callback) => setImmediate(callback),
  nowMs: () => performance.now(),
  epochMs: () => Date.now(),
};
