/** Compares the emitted states with the table, and with the state that the session shows. */
import { TRANSITIONS } from '../../../src/core/session/session-life.js';
import type { SessionState } from '../../../src/index.js';
import { PerSession } from './check.js';
import type { Check } from './check.js';

export const transitions: Check = {
  name: 'transitions',
  rule: 'every change of state is emitted, is in the transition table, and starts from the state in which the last one ended',
  watch({ actors }, violated) {
    const emitted = new PerSession((): SessionState[] => ['idle']);
    return {
      read(entry) {
        if (entry.kind !== 'emitted' || entry.name !== 'state') return;
        const { from, to } = entry.payload;
        const states = emitted.of(entry.session);
        const legal: readonly SessionState[] = Object.values(TRANSITIONS[from]);
        if (!legal.includes(to)) violated(`session ${entry.session} goes from ${from} to ${to}`);
        if (states.at(-1) !== from) {
          violated(`session ${entry.session} changes from ${from}, but was in ${states.at(-1) ?? 'none'}`);
        }
        states.push(to);
      },
      step() {
        for (const { session, options } of actors) {
          const last = emitted.of(options.number).at(-1);
          if (session.state !== last)
            violated(`session ${options.number} is ${session.state}, emitted was ${last ?? ''}`);
        }
      },
    };
  },
};
