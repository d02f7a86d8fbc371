/** The clause that explains a decision, as in the log, in `explain()` and at the command line. */
import { expect, it } from 'vitest';
import { decide } from '../../../src/core/policy/decide.js';
import type { DecidableFailure } from '../../../src/core/policy/decide.js';
import { beginOutage } from '../../../src/core/policy/outage.js';
import { resolveRetryPolicy } from '../../../src/core/policy/resolve-retry-policy.js';
import type { RetryOptions } from '../../../src/core/policy/retry-options.js';

it.each<[string, Partial<DecidableFailure>, RetryOptions, number, number]>([
  ['upstreamError is retried: attempt 4, 1.2 s of at most 4.0 s', {}, {}, 3, 0],
  ['upstreamError is retried: attempt 2 of 10, 300 ms of at most 1.0 s', {}, { maxAttempts: 10 }, 1, 0],
  ['upstreamError is retried: attempt 2, 300 ms of at most 1.0 s', {}, { maxAttempts: Infinity }, 1, 0],
  [
    'concurrencyLimit is retried: attempt 2, 30.9 s as the service asked for 30.0 s',
    { code: 'concurrencyLimit', retryAfterMs: 30_000 },
    {},
    1,
    0,
  ],
  [
    'sessionTokenExpired is retried: attempt 2, at once with a fresh token, as the refused one had been fetched ahead',
    { code: 'sessionTokenExpired', tokenStale: true },
    {},
    1,
    0,
  ],
  ['surfaced: the table does not retry avatarNotFound', { code: 'avatarNotFound' }, {}, 1, 0],
  [
    'surfaced: concurrencyLimit is retried only when the service says when, and it did not',
    { code: 'concurrencyLimit' },
    {},
    1,
    0,
  ],
  [
    'surfaced: waiting cannot remedy this connectionFailed',
    { code: 'connectionFailed', permanent: true },
    {},
    1,
    0,
  ],
  [
    'upstreamError is retried: attempt 1, 1.2 s of at most 4.0 s, for 400 sessions with the same drain notice',
    { drainedSessions: 400 },
    {},
    0,
    0,
  ],
  ['given up: 10 attempts made, upstreamError allows 10', {}, { maxAttempts: 10 }, 10, 0],
  ['given up: 1 attempt made, upstreamError allows 1', {}, { maxAttempts: 1 }, 1, 0],
  [
    'given up: the service asked for 300.0 s, at most 120.0 s is accepted',
    { retryAfterMs: 300_000 },
    {},
    1,
    0,
  ],
  [
    'given up: the next attempt would come 300.2 s into the outage, upstreamError allows 300.0 s',
    {},
    {},
    1,
    299_900,
  ],
  ['given up: 300.0 s without a connection, upstreamError allows 300.0 s', {}, {}, 1, 300_000],
])('%s', (why, failure, options, attempts, nowMs) => {
  const given: DecidableFailure = {
    code: 'upstreamError',
    phase: 'websocket_connect',
    permanent: false,
    ...failure,
  };
  const outage = { ...beginOutage(0), attempts };
  expect(decide(resolveRetryPolicy(options), outage, given, nowMs, () => 0.3).why).toBe(why);
});
