/** Time from the globals at the time of each call, for tests that drive the system clock by fake timers. */
import type { TimeSource } from '../../src/adapters/node/runtime-sources.js';

export const REPLACEABLE_TIME: TimeSource = {
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (timer) => clearTimeout(timer),
  setImmediate: (callback) => setImmediate(callback),
  nowMs: () => performance.now(),
  epochMs: () => Date.now(),
};
