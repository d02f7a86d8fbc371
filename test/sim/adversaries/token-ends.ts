/** Tokens that expire while the session that they opened is still open. */
import { withoutLimits } from './adversary.js';
import type { Adversary } from './adversary.js';

export const tokenEnds: Adversary = {
  name: 'token-ends',
  trouble: 'the service closes a session with 4010 when the token that opened it expires',
  change(draws, schedule) {
    return {
      ...schedule,
      service: {
        ...withoutLimits(schedule.service),
        tokenLifetimeMs: draws.whole(6_000, 25_000),
        tokenEndsSession: true,
      },
      sessions: schedule.sessions.map((traits) => ({
        ...traits,
        tokens:
          traits.tokens.kind === 'console' ? traits.tokens : { ...traits.tokens, failures: 0, hangs: 0 },
        decider: 'none',
        // A token is valid for longer than the time after which a connection counts as stable. So each expiry
        // starts an outage of its own.
        retry: draws.pick([{}, {}, 'interactive'] as const),
      })),
      disturbances: draws.chance(0.6) ? [] : schedule.disturbances,
      endsAtMs: schedule.endsAtMs + 30_000,
    };
  },
};
