/**
 * Defects of the retry engine. A wrapper can't change its decisions, which are made inside the session. But
 * the decisions follow from the policy: a session with other numbers than the application configured behaves
 * like one that computes wrong delays.
 */
import { AVATAR_SDK_ERROR_CODES } from '../../../src/index.js';
import { resolveRetryOption } from '../../../src/client/options/nested-fields.js';
import type { Sabotage } from './sabotage.js';
import { withRetry } from './wrappers.js';

export const POLICY_DEFECTS: readonly Sabotage[] = [
  {
    name: 'attempts-reset-on-open',
    defect: 'attempts are reset as soon as a connection is confirmed (stableAfterMs is 0)',
    noticedBy: ['attempts', 'attempts-in-any-window', 'no-sleep-past-the-end'],
    tamper: (options) => withRetry(options, { stableAfterMs: 0 }),
  },
  {
    name: 'fatal-code-retried',
    defect: 'every code is retried, also those that the table surfaces',
    noticedBy: ['gives-reasons'],
    tamper: (options) =>
      withRetry(options, {
        rules: Object.fromEntries(AVATAR_SDK_ERROR_CODES.map((code) => [code, { action: 'retry' as const }])),
      }),
  },
  {
    name: 'slept-past-the-end',
    defect: 'maxElapsedMs is ignored',
    noticedBy: ['no-sleep-past-the-end'],
    tamper: (options) => withRetry(options, { maxElapsedMs: Infinity }),
  },
  {
    name: 'too-patient',
    defect: 'later dials of an outage wait for ever',
    noticedBy: ['steps-in-time'],
    tamper: (options) => withRetry(options, { patienceMs: 2_000_000, maxElapsedMs: Infinity }),
  },
  {
    name: 'one-attempt-too-many',
    defect: 'one attempt more than the policy allows is made',
    noticedBy: ['attempts'],
    tamper: (options) =>
      withRetry(options, { maxAttempts: resolveRetryOption(options.retry).policy.maxAttempts + 1 }),
  },
  {
    name: 'tight-loop',
    defect: 'dials do not wait for each other: no delay, no minimum interval',
    noticedBy: ['attempts-in-any-window'],
    tamper: (options) => withRetry(options, { backoff: { baseMs: 0, capMs: 0, minIntervalMs: 0 } }),
  },
  {
    name: 'gate-passed-by',
    defect: 'sessions do not wait for each other at an endpoint that is down',
    noticedBy: ['few-at-the-gate'],
    tamper: (options) => ({ ...options, connectGate: false }),
  },
];
