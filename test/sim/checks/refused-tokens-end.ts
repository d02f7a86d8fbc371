/** Compares the token of each upgrade request with the tokens that were refused before. */
import { PerSession } from './check.js';
import type { Check } from './check.js';

const REFUSALS = ['HTTP 401', 'HTTP 403'];

export const refusedTokensEnd: Check = {
  name: 'refused-tokens-end',
  rule: 'after an upgrade was refused with 401 or 403, the session does not send its token again, also not after a restart',
  watch(_world, violated) {
    const sessions = new PerSession(() => ({ latest: '', refused: new Set<string>() }));
    return {
      read(entry) {
        if (entry.kind === 'dialled') {
          const tokens = sessions.of(entry.session);
          tokens.latest = entry.token;
          if (tokens.refused.has(entry.token))
            violated(`session ${entry.session} sends a refused token again`);
        }
        if (entry.kind === 'dialFailed' && REFUSALS.includes(entry.why)) {
          const { latest, refused } = sessions.of(entry.session);
          refused.add(latest);
        }
      },
    };
  },
};
