/**
 * The policies that have a name, each as a whole: plain data, and the reasons for their numbers. The README's table is
 * made from it. What is laid over a preset is `resolveRetryPolicy`'s business.
 */
import type { AvatarSDKErrorCode } from '../failure/avatar-sdk-error-code.js';
import { deepFreeze } from '../option/plain-object.js';
import { DEFAULT_RETRY_POLICY, DEFAULT_RULES, RULE_REASONS } from './default-rules.js';
import { perCode } from './rule.js';
import type { RetryPolicy, RetryPresetName } from './rule.js';

const HOUR_MS = 3_600_000;

/** The presets, deeply frozen. `default` is `DEFAULT_RETRY_POLICY`. */
export const RETRY_PRESETS: Readonly<Record<RetryPresetName, RetryPolicy>> = deepFreeze({
  default: DEFAULT_RETRY_POLICY,

  patient: {
    rules: {
      ...DEFAULT_RULES,
      concurrencyLimit: { action: 'retry' },
      // Ten dials take about six minutes here: enough for a fault that passes, and an end for one that does not.
      serverError: { action: 'retry', maxAttempts: 10 },
    },
    // Time is the limit that a job knows; a number of dials would only be another way to write it.
    maxAttempts: Infinity,
    // Started in the evening, done or failed in the morning, when somebody looks at it.
    maxElapsedMs: 12 * HOUR_MS,
    // A service that crashes every half minute is an outage that goes on, and is dialled less and less often.
    stableAfterMs: 60_000,
    // Maintenance is announced in minutes, up to an hour; who waits for half a day can wait as long as asked.
    maxHintMs: HOUR_MS,
    // As by default: longer queues than that are shed.
    patienceMs: 30_000,
    // capMs: 2.5 minutes on average, so that an incident of hours costs a dozen dials per half hour, and its end is
    // noticed within five minutes. baseMs and minIntervalMs: nobody watches, so nothing is gained by haste.
    backoff: { baseMs: 2_000, factor: 2, capMs: 300_000, jitter: 'full', minIntervalMs: 1_000 },
  },

  interactive: {
    rules: DEFAULT_RULES,
    // The seven delays between eight dials take 5 s on average, which leaves half of the time for the dials.
    maxAttempts: 8,
    // The limit for keeping a person's attention on a dialogue (Nielsen, Usability Engineering, 1993: 0.1, 1, 10 s).
    maxElapsedMs: 10_000,
    // As by default: what counts as healthy depends on the service, not on who waits.
    stableAfterMs: 5_000,
    // A longer wait would not be over in time, and is better told at once.
    maxHintMs: 10_000,
    // A person does not wait in a queue: each dial has the session's timeoutMs.
    patienceMs: 0,
    // baseMs: a pause in speech that passes for a hesitation. capMs: two tries at least in every span of four seconds.
    backoff: { baseMs: 250, factor: 2, capMs: 2_000, jitter: 'full', minIntervalMs: 100 },
  },

  // No replacement of a stale token either: one attempt is one.
  never: { ...DEFAULT_RETRY_POLICY, rules: perCode(() => ({ action: 'surface' })), maxAttempts: 1 },
});

/** Rows that a preset has for reasons of its own, each in one clause. */
const OWN_REASONS: Readonly<Record<RetryPresetName, Readonly<Partial<Record<AvatarSDKErrorCode, string>>>>> =
  deepFreeze({
    default: {},
    patient: {
      concurrencyLimit: 'a place becomes free when another session ends, and a job can wait for it',
      serverError: 'incidents also show as errors without a cause; limited, as this request may be at fault',
    },
    interactive: {},
    never: perCode(() => 'one attempt and no reconnect was asked for'),
  });

/** Why the rows of a preset are as they are: one clause for each code, for people. */
export function presetReasons(preset: RetryPresetName): Readonly<Record<AvatarSDKErrorCode, string>> {
  return { ...RULE_REASONS, ...OWN_REASONS[preset] };
}
