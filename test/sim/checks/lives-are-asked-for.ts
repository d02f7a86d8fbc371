/**
 * Checks when a session that was over starts another life, and which calls the application had made before.
 */
import { beginsLife, PerSession } from './check.js';
import type { Check } from './check.js';

export const livesAreAskedFor: Check = {
  name: 'lives-are-asked-for',
  rule: 'another life begins only if the application has called restart() since the last one began, and never after its close()',
  watch({ actors }, violated) {
    const asked = new PerSession(() => ({ restarts: 0, closes: 0, lives: 1 }));
    return {
      read(entry) {
        if (entry.kind === 'did') {
          const book = asked.of(entry.session);
          if (entry.what === 'restart') book.restarts += 1;
          if (entry.what.startsWith('close')) book.closes += 1;
        }
        if (!beginsLife(entry)) return;
        const { session } = entry;
        const book = asked.of(session);
        book.lives += 1;
        if (book.restarts === 0)
          violated(`session ${session} begins life ${book.lives}without a start() or restart()`);
        book.restarts = 0;
      },
      end() {
        for (const { session, options } of actors) {
          const { lives } = asked.of(options.number);
          const emitted = session.explain().at(-1)?.life;
          if (emitted !== lives)
            violated(`session ${options.number} has life ${emitted} in explain(), but has started ${lives}`);
        }
      },
    };
  },
};
