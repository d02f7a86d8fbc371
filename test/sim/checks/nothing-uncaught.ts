/**
 * Checks which errors reach the process. The schedule’s handlers throw and reject on purpose, and none of
 * these errors may reach it.
 */
import type { Check } from './check.js';

export const nothingUncaught: Check = {
  name: 'nothing-uncaught',
  rule: 'no error of a handler or of the service leaves the session, and no rejection is unhandled',
  watch(_world, violated) {
    return {
      read(entry) {
        if (entry.kind === 'uncaught') violated(`uncaught: ${String(entry.error)}`);
      },
    };
  },
};
