/** Checks the numbers and times of the chronicle, and the session’s own history of the same events. */
import { PerSession } from './check.js';
import type { Check } from './check.js';

export const inOrder: Check = {
  name: 'in-order',
  rule: 'events are numbered in order and time never decreases; explain() lists them in the order in which they were emitted, with numbers without gaps',
  watch({ time, actors }, violated) {
    const emitted = new PerSession((): string[] => []);
    let number = 0;
    let atMs = 0;
    return {
      read(entry) {
        if (entry.number !== number + 1) violated(`number ${entry.number} comes after ${number}`);
        if (entry.atMs < atMs || entry.atMs !== time.nowMs)
          violated(`${entry.atMs} ms comes after ${atMs} ms`);
        number = entry.number;
        atMs = entry.atMs;
        if (entry.kind !== 'emitted') return;
        if (entry.name === 'state') emitted.of(entry.session).push(`to ${entry.payload.to}`);
        if (entry.name === 'error') emitted.of(entry.session).push(entry.payload.code);
      },
      end() {
        for (const { session, options } of actors) {
          const numbers = session.explain().map(({ seq }) => seq);
          if (numbers.some((seq, index) => seq !== (numbers[0] ?? 1) + index) || (numbers[0] ?? 1) < 1) {
            violated(`session ${options.number} has the history numbers ${numbers.join()}`);
          }
          const remembered = session.explain().flatMap((entry) => {
            if (entry.kind === 'state') return [`to ${entry.to}`];
            return entry.kind === 'failure' ? [entry.code] : [];
          });
          const expected = emitted.of(options.number).slice(-remembered.length);
          if (remembered.join() !== expected.join()) {
            violated(
              `session ${options.number} explains ${remembered.join()}, emitted was ${expected.join()}`,
            );
          }
        }
      },
    };
  },
};
