/**
 * The application's own decisions about failures, as `retry.decide`: it agrees, sometimes ends the session,
 * or returns nothing.
 */
import type { RetryDecider, SessionRetryOptions } from '../../../src/index.js';
import type { Draws } from '../world/draws.js';
import type { DeciderManner, SessionTraits } from '../world/schedule.js';

/** The option `retry` with this decider. A session without retries never calls it. */
export function retryWith(
  { retry, decider }: SessionTraits,
  draws: Draws,
): SessionTraits['retry'] | SessionRetryOptions {
  if (decider === 'none' || retry === false) return retry;
  const given = typeof retry === 'string' ? { preset: retry } : retry;
  return { ...given, decide: createDecider(decider, draws) };
}

function createDecider(manner: Exclude<DeciderManner, 'none'>, draws: Draws): RetryDecider {
  switch (manner) {
    case 'agreeing':
      return (_context, proposed) => (draws.chance(0.5) ? proposed : undefined);
    case 'tired':
      return (_context, proposed) => (draws.chance(0.3) ? { action: 'giveUp' } : proposed);
    case 'misbehaving':
      return (context) => {
        Object.assign(context, { code: 'unknown', attempt: 99 });
        if (draws.chance(0.3)) throw new Error('the decider throws');
        if (draws.chance(0.3)) return Promise.reject(new Error('the decider rejects')) as never;
        return (draws.chance(0.3) ? { action: 'retry', delayMs: NaN } : 'again') as never;
      };
  }
}
