/**
 * Room tokens that expire in the cache of the application, and sessions that lose their connection and need
 * the tokens again.
 */
import { withoutLimits } from './adversary.js';
import type { Adversary } from './adversary.js';

export const roomTokens: Adversary = {
  name: 'room-tokens',
  trouble:
    'the service refuses the token of a room on a reconnect, because it expired in the application’s cache',
  change(draws, schedule) {
    return {
      ...schedule,
      service: withoutLimits(schedule.service),
      sessions: schedule.sessions.map((traits) => ({
        ...traits,
        tokens:
          traits.tokens.kind === 'console' ? traits.tokens : { ...traits.tokens, failures: 0, hangs: 0 },
        decider: 'none',
        usesEgress: true,
        roomFunction: 'caches',
        // A new token is valid for longer than the outage in which it was made.
        roomTokensLastMs: draws.whole(15_000, 25_000),
        retry: {},
      })),
      // The service closes open connections. There is no outage of other kinds, so that each refusal is the
      // first one of its outage.
      disturbances: Array.from({ length: draws.whole(1, 4) }, () => ({
        kind: 'injected',
        atMs: draws.ms(0, schedule.endsAtMs + 30_000),
        fault: { kind: 'close', phase: 'runtime', code: 4503 },
      })),
      endsAtMs: schedule.endsAtMs + 60_000,
    };
  },
};
