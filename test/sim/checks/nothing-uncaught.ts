/**
 * Looks at what reaches the process: the schedule’s handlers throw and reject on purpose, and none of that may get so
 * far.
 */
import type { Check } from './check.js';

export const nothingUncaught: Check = {
  name: 'nothing-uncaught',
  rule: 'whatever handlers and the service do, nothing is thrown past the session and no rejection is unhandled',
  watch(_world, violated) {
    return {
      read(entry) {
        if (entry.kind === 'uncaught') violated(`uncaught: ${String(entry.error)}`);
      },
    };
  },
};
