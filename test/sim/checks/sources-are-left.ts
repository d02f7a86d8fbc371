/** Checks the sources of audio that sessions read by themselves, when their utterance is over. */
import type { Check } from './check.js';

export const sourcesAreLeft: Check = {
  name: 'sources-are-left',
  rule: 'a source of audio is cancelled at once when its utterance is over, even while it gives no audio',
  watch({ actors }, violated) {
    return {
      step() {
        for (const { books } of actors) {
          for (const { source, name, result, failed } of books) {
            const isOver = result !== undefined || failed;
            if (isOver && source === 'open') violated(`${name} is over, and its source is not cancelled`);
          }
        }
      },
    };
  },
};
