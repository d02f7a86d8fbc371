/**
 * What a retry policy is: the table's vocabulary, the numbers that go with it, and what an application may write.
 * Plain data, no functions: `decide` reads it, `resolveRetryPolicy` makes it, default-rules.ts holds the defaults.
 */
import type { AvatarSDKErrorCode } from '../failure/avatar-sdk-error-code.js';
import { AVATAR_SDK_ERROR_CODES } from '../failure/avatar-sdk-error-code.js';

/**
 * - `retry`: goes on, unless the failure is permanent or a limit of the outage is reached
 * - `retryIfHinted`: as `retry`, but only when the service said how long to wait
 * - `surface`: gives up at once
 */
export const RULE_ACTIONS = ['retry', 'retryIfHinted', 'surface'] as const;
export type RuleAction = (typeof RULE_ACTIONS)[number];

/**
 * - `full`: uniform between 0 and the bound
 * - `none`: always the bound, and hints without their spread: chance plays no part (for tests and single clients)
 */
export const JITTERS = ['full', 'none'] as const;
export type Jitter = (typeof JITTERS)[number];

/**
 * - `default`: for most sessions
 * - `patient`: for a background job that waits through a long incident
 * - `interactive`: for a session that a person waits for
 * - `never`: one attempt and no reconnect, as `retry: false`
 */
export const RETRY_PRESET_NAMES = ['default', 'patient', 'interactive', 'never'] as const;
export type RetryPresetName = (typeof RETRY_PRESET_NAMES)[number];

export interface Backoff {
  /** Upper bound of the first delay, milliseconds, 0 to 2³¹−1. Default 1000. */
  readonly baseMs: number;
  /** Growth of that bound from delay to delay, ≥ 1. Default 2. */
  readonly factor: number;
  /** The bound never grows above this, milliseconds, `baseMs` to 2³¹−1. Default 45 000. */
  readonly capMs: number;
  /** Default `full`. */
  readonly jitter: Jitter;
  /**
   * Least time between the starts of two dials of one session, milliseconds, 0 to 2³¹−1. Default 100.
   * It raises a shorter delay, one above `capMs` too; the replacement of a stale token does not wait for it.
   */
  readonly minIntervalMs: number;
}

export interface Rule {
  readonly action: RuleAction;
  /** Also retry what time can't heal (bad certificate, invalid URL, close codes 4000–4499). Default false. */
  readonly retryPermanent?: boolean;
  /** Overrides of the policy's own numbers while this code is what failed. */
  readonly maxAttempts?: number;
  readonly maxElapsedMs?: number;
  readonly backoff?: Partial<Backoff>;
}

export type RuleTable = Readonly<Record<AvatarSDKErrorCode, Rule>>;

/** A policy with every number filled in; what `decide` reads. */
export interface RetryPolicy {
  readonly rules: RuleTable;
  /** Dials per outage, first included; a whole number ≥ 1, or Infinity. Default Infinity. */
  readonly maxAttempts: number;
  /**
   * An outage longer than this is given up, milliseconds, 0 to 2³¹−1, or Infinity. Default 300 000. The time in which a
   * connection works does not count. No sleep goes past it, and a step of a dial is cut to what is left.
   */
  readonly maxElapsedMs: number;
  /**
   * A connection that lived this long ends the outage and clears its counts, milliseconds, 0 to 2³¹−1. It lives from its
   * confirmation to its last sign of life.
   * Default 5000. With 0 every confirmed connection does, so that an accept-and-drop service is dialled without end.
   */
  readonly stableAfterMs: number;
  /** A longer wait than this asked for by the service is surfaced, milliseconds, 0 to 2³¹−1. Default 120 000. */
  readonly maxHintMs: number;
  /**
   * From the third dial of an outage on a step of a dial may take this long, milliseconds, 0 to 2³¹−1. Default 30 000. It counts
   * where the session's `timeoutMs` is shorter, and never beyond what `maxElapsedMs` leaves; 0 keeps `timeoutMs` for all dials.
   */
  readonly patienceMs: number;
  readonly backoff: Backoff;
}

/** Any part of T; a name that holds undefined counts as not given. */
type Given<T> = { readonly [Name in keyof T]?: T[Name] | undefined };

export type BackoffOptions = Given<Backoff>;

/**
 * A part of a row, laid over the preset's row. Numbers for a code that the preset surfaces need an `action`
 * beside them: alone they would have no effect, and are refused.
 */
export interface RuleOptions extends Given<Omit<Rule, 'backoff' | 'maxAttempts' | 'maxElapsedMs'>> {
  /** null means Infinity, as JSON has no word for that. */
  readonly maxAttempts?: number | null | undefined;
  /** null means Infinity. */
  readonly maxElapsedMs?: number | null | undefined;
  readonly backoff?: BackoffOptions | undefined;
}

/**
 * A policy as it is written, in a program or as JSON in a file; every policy that was resolved is one too, also after
 * `JSON.parse(JSON.stringify(policy))`.
 */
export interface RetryOptions extends Given<
  Omit<RetryPolicy, 'rules' | 'backoff' | 'maxAttempts' | 'maxElapsedMs'>
> {
  /** What the rest is laid over. Default `default`. */
  readonly preset?: RetryPresetName | undefined;
  /** An action alone keeps the row's other numbers. Codes that are not named keep the preset's rows. */
  readonly rules?: Given<Record<AvatarSDKErrorCode, RuleAction | RuleOptions>> | undefined;
  /** null means Infinity, as JSON has no word for that. */
  readonly maxAttempts?: number | null | undefined;
  /** null means Infinity. */
  readonly maxElapsedMs?: number | null | undefined;
  readonly backoff?: BackoffOptions | undefined;
  /** Where an editor finds the schema of the file; ignored. */
  readonly $schema?: string | undefined;
}

/** The entries stand in the order of `AVATAR_SDK_ERROR_CODES`. */
export function perCode<T>(
  entryFor: (code: AvatarSDKErrorCode) => T,
): Readonly<Record<AvatarSDKErrorCode, T>> {
  const entries = AVATAR_SDK_ERROR_CODES.map((code) => [code, entryFor(code)] as const);
  // fromEntries forgets the key type; the list above is all of it.
  return Object.fromEntries(entries) as Record<AvatarSDKErrorCode, T>;
}
