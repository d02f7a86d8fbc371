/**
 * The named policies, each as a whole, with the default policy first: which codes are retried, the numbers, and the reasons for them.
 * Pure data; the README's table and the `policy` command are made from it. Independent of options and failures: see `resolveRetryPolicy`
 * and `decide`.
 */
import type { AvatarSDKErrorCode } from '../failure/avatar-sdk-error-code.js';
import { deepFreeze } from '../option/plain-object.js';
import { perCode } from './rule.js';
import type { RetryPolicy, RuleAction, RuleTable, RetryPresetName } from './rule.js';

/** One row for each code: the action, and its reason. */
const DEFAULT_TABLE: Readonly<Record<AvatarSDKErrorCode, readonly [action: RuleAction, reason: string]>> = {
  sessionTokenExpired: [
    'surface',
    'the refused token was fetched for this dial; a new one would be refused, too',
  ],
  sessionTokenInvalid: ['surface', 'the API key or the token provider is wrong; a retry does not change it'],
  appIDUnrecognized: ['surface', 'the app id is wrong; a retry does not change it'],
  appIDMismatch: ['surface', 'the key belongs to another app; a retry does not change it'],
  avatarNotFound: ['surface', 'the avatar does not exist; a retry does not change it'],
  billingRequired: ['surface', 'a person must settle the account'],
  creditsExhausted: ['surface', 'a person must buy credits'],
  sessionDurationExceeded: [
    'surface',
    'the plan ends the session on purpose; the application decides whether to start another',
  ],
  concurrencyLimit: ['retryIfHinted', 'only the service knows when another session may begin'],
  unsupportedSampleRate: ['surface', 'the same configuration is refused again'],
  invalidEgressConfig: ['surface', 'the same configuration is refused again'],
  egressUnavailable: ['surface', 'egress is not set up at the service; an operator has to act'],
  idleTimeout: ['retry', 'the service closed because no input came, and accepts a new connection at once'],
  upstreamError: ['retry', 'a part behind the service failed, and is replaced or restarted within seconds'],
  protocolError: ['surface', 'the same exchange would fail again'],
  connectionFailed: [
    'retry',
    'networks recover and deploys end; certificates and URLs stay invalid, and are marked permanent',
  ],
  connectionClosed: ['retry', 'networks break and servers are replaced; the next connection works'],
  serverError: ['surface', 'the service names no cause, so a retry may be useless'],
  invalidRequest: ['surface', 'the same request is refused again'],
  unknown: ['surface', 'the failure is not classified, so a retry may be useless'],
};

/** The rule of every code, deeply frozen. */
export const DEFAULT_RULES: RuleTable = deepFreeze(perCode((code) => ({ action: DEFAULT_TABLE[code][0] })));

/** The reason for each default row: one clause for people. */
export const RULE_REASONS: Readonly<Record<AvatarSDKErrorCode, string>> = deepFreeze(
  perCode((code) => DEFAULT_TABLE[code][1]),
);

/** The policy of a session that was given no `retry` option, deeply frozen. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = deepFreeze({
  rules: DEFAULT_RULES,
  // Only time limits an outage: a service that refuses quickly would use up a number of dials long before it recovers.
  maxAttempts: Infinity,
  // Allows an outage of four minutes: the longest delay, capMs, may begin just before its end.
  maxElapsedMs: 300_000,
  // Accept-and-drop services and crash loops show within a second or two; five leave room for a slow one.
  stableAfterMs: 5_000,
  // Well below maxElapsedMs, so that after an accepted wait there is time for more dials.
  maxHintMs: 120_000,
  // A service that has recovered serves the dials in its queue: ten thousand sessions, each in a process of its own, arrive faster
  // than 200 per second and wait up to 20 s. Dials that are aborted after 10 s leave dead entries in that queue, which cost as much as
  // live ones.
  patienceMs: 30_000,
  // baseMs: a human pause. capMs: ten thousand sessions without a common gate reconnect in 70 s (with 30 s: in 74 s), and a single one in
  // 22 s on average. minIntervalMs: prevents a tight loop of dials after draws near 0 with a service that refuses quickly.
  backoff: { baseMs: 1_000, factor: 2, capMs: 45_000, jitter: 'full', minIntervalMs: 100 },
});

const HOUR_MS = 3_600_000;

/** The presets, deeply frozen. `default` is `DEFAULT_RETRY_POLICY`. */
export const RETRY_PRESETS: Readonly<Record<RetryPresetName, RetryPolicy>> = deepFreeze({
  default: DEFAULT_RETRY_POLICY,

  patient: {
    rules: {
      ...DEFAULT_RULES,
      concurrencyLimit: { action: 'retry' },
      // Ten dials take about six minutes here: enough for a temporary fault, and a limit for a lasting one.
      serverError: { action: 'retry', maxAttempts: 10 },
    },
    // A job has a time limit; a limit of dials would only be another form of it.
    maxAttempts: Infinity,
    // Enough for a job that runs overnight.
    maxElapsedMs: 12 * HOUR_MS,
    // A service that crashes every half minute stays in one outage, so it is dialled less and less often.
    stableAfterMs: 60_000,
    // Maintenance takes minutes, up to an hour; a job that may take half a day can wait as long as the service asks.
    maxHintMs: HOUR_MS,
    // As by default: a service sheds longer queues.
    patienceMs: 30_000,
    // capMs: 2.5 minutes on average, so that an incident of hours costs a dozen dials per half hour, and its end is noticed within five
    // minutes. baseMs and minIntervalMs: no person waits, so short delays have no benefit.
    backoff: { baseMs: 2_000, factor: 2, capMs: 300_000, jitter: 'full', minIntervalMs: 1_000 },
  },

  interactive: {
    rules: DEFAULT_RULES,
    // The seven delays between eight dials take 5 s on average, which leaves half of the time for the dials.
    maxAttempts: 8,
    // The limit for keeping a user's attention on a dialogue (Nielsen, Usability Engineering, 1993: 0.1, 1,
    // 10 s).
    maxElapsedMs: 10_000,
    // As by default: when a connection counts as stable depends on the service, not on the user.
    stableAfterMs: 5_000,
    // A longer wait would end after the time limit, so the failure is surfaced at once.
    maxHintMs: 10_000,
    // A user does not wait in a queue: each dial has the session's timeoutMs.
    patienceMs: 0,
    // baseMs: a pause in speech that seems natural. capMs: at least two dials within every four seconds.
    backoff: { baseMs: 250, factor: 2, capMs: 2_000, jitter: 'full', minIntervalMs: 100 },
  },

  // A stale token is not replaced either: one attempt means one dial.
  never: { ...DEFAULT_RETRY_POLICY, rules: perCode(() => ({ action: 'surface' })), maxAttempts: 1 },

  test: {
    rules: DEFAULT_RULES,
    // Without delays a service that always refuses would be dialled until the time limit: a number of
    // attempts ends that within a second.
    maxAttempts: 100,
    maxElapsedMs: 60_000,
    // Thirty faults in a row are thirty outages if a second lies between them; otherwise they fit into the attempts of one.
    stableAfterMs: 1_000,
    // A short Retry-After that a test injects is honoured; a long one ends the session at once.
    maxHintMs: 1_000,
    // Each dial has the session's timeoutMs.
    patienceMs: 0,
    // No waits and no randomness.
    backoff: { baseMs: 0, factor: 1, capMs: 0, jitter: 'none', minIntervalMs: 0 },
  },
});

/** Rows for which a preset has reasons of its own, each in one clause. */
const OWN_REASONS: Readonly<Record<RetryPresetName, Readonly<Partial<Record<AvatarSDKErrorCode, string>>>>> =
  deepFreeze({
    default: {},
    patient: {
      concurrencyLimit: 'a place becomes free when another session ends, and a job can wait for it',
      serverError: 'incidents also show as errors without a cause; limited, as this request may be at fault',
    },
    interactive: {},
    never: perCode(() => 'one attempt and no reconnect is configured'),
    test: {},
  });

/** The reasons for the rows of a preset: one clause for each code, for people. */
export function presetReasons(preset: RetryPresetName): Readonly<Record<AvatarSDKErrorCode, string>> {
  return { ...RULE_REASONS, ...OWN_REASONS[preset] };
}
