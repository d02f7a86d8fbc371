/**
 * What a retry policy is: the vocabulary of the table and its numbers. For the form that an application gives, see retry-options.ts.
 * Plain data, no functions: `decide` reads it, `resolveRetryPolicy` makes it, retry-presets.ts has the defaults. The members of the
 * interfaces are made from the rows of retry-fields.ts: change those, then run `UPDATE_README=1 npx vitest run test/docs`.
 */
import type { AvatarSDKErrorCode } from '../failure/avatar-sdk-error-code.js';
import { AVATAR_SDK_ERROR_CODES } from '../failure/avatar-sdk-error-code.js';

/**
 * - `retry`: retries, unless the failure is permanent or a limit of the outage is reached
 * - `retryIfHinted`: as `retry`, but only when the service said how long to wait
 * - `surface`: gives up at once
 */
export type RuleAction = 'retry' | 'retryIfHinted' | 'surface';
export const RULE_ACTIONS = ['retry', 'retryIfHinted', 'surface'] as const satisfies readonly RuleAction[];

/**
 * - `full`: uniform between 0 and the bound
 * - `none`: always the bound, and hints without their spread: nothing is random (for tests and single clients)
 */
export type Jitter = 'full' | 'none';
export const JITTERS = ['full', 'none'] as const satisfies readonly Jitter[];

/**
 * - `default`: for most sessions
 * - `patient`: for a background job that waits through a long incident
 * - `interactive`: for a session with a waiting user
 * - `never`: one attempt and no reconnect, as `retry: false`
 * - `test`: for the tests of an application: the rules of `default` without waits
 */
export type RetryPresetName = 'default' | 'patient' | 'interactive' | 'never' | 'test';
export const RETRY_PRESET_NAMES = [
  'default',
  'patient',
  'interactive',
  'never',
  'test',
] as const satisfies readonly RetryPresetName[];

/** How the delays between dials grow, with every number filled in. */
export interface Backoff {
  /**
   * Upper bound of the first delay, milliseconds, 0 to 2³¹−1.
   * @default 1_000
   */
  readonly baseMs: number;
  /**
   * Growth of that bound from delay to delay, ≥ 1.
   * @default 2
   */
  readonly factor: number;
  /**
   * The bound never grows above this, milliseconds, 0 to 2³¹−1. If `baseMs` is given as well, `capMs` must
   * not be below it.
   *
   * @default 45_000
   */
  readonly capMs: number;
  /**
   * full: uniform between 0 and the bound; none: always the bound, and hints without their spread.
   * @default full
   */
  readonly jitter: Jitter;
  /**
   * Least time between the starts of two dials of one session, milliseconds, 0 to 2³¹−1. A shorter delay is
   * raised to this value, even if this value is above `capMs`. The replacement of a stale token does not wait
   * for it.
   *
   * @default 100
   */
  readonly minIntervalMs: number;
}

/** What is done about one code, and its own limits. */
export interface Rule {
  /**
   * The action; required with the other names if the preset surfaces the code.
   * @default the action of the preset
   */
  readonly action: RuleAction;
  /**
   * Also retry failures that waiting can’t remedy. Such as a bad certificate, an invalid URL, and the close
   * codes 4000 to 4499.
   *
   * @default false
   */
  readonly retryPermanent?: boolean;
  /**
   * Dials per outage, first included, a whole number ≥ 1, or Infinity.
   * @default the number of the policy
   */
  readonly maxAttempts?: number;
  /**
   * An outage longer than this is given up, milliseconds, 0 to 2³¹−1, or Infinity. The time in which a
   * connection works does not count. No wait goes beyond it, and a step of a dial is cut to what is left.
   *
   * @default the number of the policy
   */
  readonly maxElapsedMs?: number;
  /**
   * How the delays between dials grow.
   * @default the numbers of the policy
   */
  readonly backoff?: Partial<Backoff>;
}

/** The rule of each code. */
export type RuleTable = Readonly<Record<AvatarSDKErrorCode, Rule>>;

/** A policy with every number filled in; what `decide` reads. */
export interface RetryPolicy {
  /**
   * What is done about each code. An action, or a part of a row: `action`, `retryPermanent`, `maxAttempts`,
   * `maxElapsedMs`, `backoff`.
   *
   * @default the table of the preset
   */
  readonly rules: RuleTable;
  /**
   * Dials per outage, first included, a whole number ≥ 1, or Infinity.
   * @default Infinity
   */
  readonly maxAttempts: number;
  /**
   * An outage longer than this is given up, milliseconds, 0 to 2³¹−1, or Infinity. The time in which a
   * connection works does not count. No wait goes beyond it, and a step of a dial is cut to what is left.
   *
   * @default 300_000
   */
  readonly maxElapsedMs: number;
  /**
   * A connection that lived this long ends the outage and clears its counts, milliseconds, 0 to 2³¹−1. The
   * time counts from its confirmation to its last received bytes. With 0 every confirmed connection ends the
   * outage, so a service that accepts and drops is dialled without end.
   *
   * @default 5_000
   */
  readonly stableAfterMs: number;
  /**
   * If the service asks for a longer wait than this, the failure is surfaced, milliseconds, 0 to 2³¹−1.
   * @default 120_000
   */
  readonly maxHintMs: number;
  /**
   * From the third dial of an outage on a step of a dial may take this long, milliseconds, 0 to 2³¹−1. It
   * applies if the session’s `timeoutMs` is shorter, and is cut to the rest of `maxElapsedMs`; 0 keeps
   * `timeoutMs` for all dials.
   *
   * @default 30_000
   */
  readonly patienceMs: number;
  /**
   * How the delays between dials grow.
   * @default the numbers of the preset
   */
  readonly backoff: Backoff;
}

/** The entries are in the order of `AVATAR_SDK_ERROR_CODES`. */
export function perCode<T>(
  entryFor: (code: AvatarSDKErrorCode) => T,
): Readonly<Record<AvatarSDKErrorCode, T>> {
  const entries = AVATAR_SDK_ERROR_CODES.map((code) => [code, entryFor(code)] as const);
  // The type of fromEntries loses the keys; the list above is complete.
  return Object.fromEntries(entries) as Record<AvatarSDKErrorCode, T>;
}
