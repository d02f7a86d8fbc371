/** Checks that each life of a session has exactly one close event, and that no event follows it. */
import { beginsLife, PerSession } from './check.js';
import type { Check } from './check.js';

export const silentAfterClose: Check = {
  name: 'silent-after-close',
  rule: 'close is emitted exactly once in each life, with no socket left, and nothing happens to the session afterwards, unless it is restarted',
  watch({ actors }, violated) {
    const sessions = new PerSession(() => ({ closes: 0, sockets: 0 }));
    return {
      read(entry) {
        if (!('session' in entry)) return;
        // The start of another life, if the one before has emitted its close.
        if (beginsLife(entry) && sessions.of(entry.session).closes === 1) sessions.forget(entry.session);
        const session = sessions.of(entry.session);
        if (entry.kind === 'socketOpened') session.sockets += 1;
        if (entry.kind === 'socketGone') session.sockets -= 1;
        // The application may still make calls, and its promises settle after the event.
        if (entry.kind === 'did' || entry.kind === 'settled' || entry.kind === 'source') return;
        if (entry.kind === 'arrived') return;
        if (session.closes > 0) violated(`session ${entry.session} is closed, and then: ${entry.kind}`);
        if (entry.kind !== 'emitted' || entry.name !== 'close') return;
        session.closes += 1;
        if (session.sockets > 0) violated(`session ${entry.session} emits its close with a socket open`);
      },
      end() {
        for (const { number } of actors.map(({ options }) => options)) {
          const { closes } = sessions.of(number);
          if (closes !== 1) violated(`session ${number} has emitted its close ${closes} times`);
        }
      },
    };
  },
};
