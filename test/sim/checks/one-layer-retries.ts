/** Counts the requests that a session sends within one attempt. */
import { PerSession } from './check.js';
import type { Check } from './check.js';

/** If the answer of a cache has already expired, the token is requested once more. */
const MOST_TOKEN_REQUESTS = 2;

export const oneLayerRetries: Check = {
  name: 'one-layer-retries',
  rule: 'an attempt is one upgrade request at most: no layer below the session retries',
  watch(_world, violated) {
    const sessions = new PerSession(() => ({ tokens: 0, dials: 0 }));
    return {
      read(entry) {
        if (entry.kind === 'emitted' && entry.name === 'state' && entry.payload.to === 'session_token') {
          Object.assign(sessions.of(entry.session), { tokens: 0, dials: 0 });
        }
        if (entry.kind === 'tokenAsked') {
          const made = (sessions.of(entry.session).tokens += 1);
          if (made > MOST_TOKEN_REQUESTS + 1)
            violated(`session ${entry.session} requests ${made} tokens in one attempt`);
        }
        if (entry.kind === 'dialled') {
          const made = (sessions.of(entry.session).dials += 1);
          if (made > 1) violated(`session ${entry.session} dials ${made} times in one attempt`);
        }
      },
    };
  },
};
