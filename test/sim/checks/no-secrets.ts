/**
 * Prints everything that the application could print, and searches the output for every secret of the world.
 */
import { inspect } from 'node:util';
import { errorsIn } from '../world/chronicle.js';
import type { Check } from './check.js';

export const noSecrets: Check = {
  name: 'no-secrets',
  rule: 'no API key, session token or room token appears in an error, an event or an explanation, in any printed form',
  watch({ actors, credentials }, violated) {
    const seen = new Set<unknown>();
    const look = (where: string, text: string): void => {
      if (credentials.secrets.some((secret) => text.includes(secret))) violated(`a secret is in ${where}`);
    };
    return {
      read(entry) {
        if (entry.kind === 'emitted' && entry.name === 'state') look('a reason', entry.payload.reason);
        for (const error of errorsIn(entry)) {
          if (seen.has(error)) continue;
          seen.add(error);
          look('an inspected error', inspect(error, { depth: 8, showHidden: true }));
          look('the JSON of an error', JSON.stringify(error));
        }
      },
      end() {
        for (const { session } of actors) {
          look('an explanation', JSON.stringify(session.explain()));
          look('an inspected session', inspect(session, { depth: 4 }));
        }
      },
    };
  },
};
