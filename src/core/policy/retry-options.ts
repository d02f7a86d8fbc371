/**
 * What an application may write as a retry policy: any part of one. The members of the interfaces are made from the rows of
 * retry-fields.ts: change those, then run `UPDATE_README=1 npx vitest run test/docs`.
 */
import type { AvatarSDKErrorCode } from '../failure/avatar-sdk-error-code.js';
import type { Jitter, RetryPresetName, RuleAction } from './rule.js';

/** The delays of a policy, as an application gives them. Absent members keep the value of the preset. */
export interface BackoffOptions {
  /**
   * Upper bound of the first delay, milliseconds, 0 to 2³¹−1.
   * @default 1_000
   */
  readonly baseMs?: number | undefined;
  /**
   * Growth of that bound from delay to delay, ≥ 1.
   * @default 2
   */
  readonly factor?: number | undefined;
  /**
   * The bound never grows above this, milliseconds, 0 to 2³¹−1. If `baseMs` is given as well, `capMs` must
   * not be below it.
   *
   * @default 45_000
   */
  readonly capMs?: number | undefined;
  /**
   * full: uniform between 0 and the bound; none: always the bound, and hints without their spread.
   * @default full
   */
  readonly jitter?: Jitter | undefined;
  /**
   * Least time between the starts of two dials of one session, milliseconds, 0 to 2³¹−1. A shorter delay is
   * raised to this value, even if this value is above `capMs`. The replacement of a stale token does not wait
   * for it.
   *
   * @default 100
   */
  readonly minIntervalMs?: number | undefined;
}

/**
 * Changes of a preset's row. For a code that the preset surfaces, numbers need an `action`: alone they would have no effect, and are
 * refused.
 */
export interface RuleOptions {
  /**
   * The action; required with the other names if the preset surfaces the code.
   * @default the action of the preset
   */
  readonly action?: RuleAction | undefined;
  /**
   * Also retry failures that waiting can’t remedy. Such as a bad certificate, an invalid URL, and the close
   * codes 4000 to 4499.
   *
   * @default false
   */
  readonly retryPermanent?: boolean | undefined;
  /**
   * Dials per outage, first included, a whole number ≥ 1, or Infinity.
   * @default the number of the policy
   */
  readonly maxAttempts?: number | null | undefined;
  /**
   * An outage longer than this is given up, milliseconds, 0 to 2³¹−1, or Infinity. The time in which a
   * connection works does not count. No wait goes beyond it, and a step of a dial is cut to what is left.
   *
   * @default the number of the policy
   */
  readonly maxElapsedMs?: number | null | undefined;
  /**
   * How the delays between dials grow.
   * @default the numbers of the policy
   */
  readonly backoff?: BackoffOptions | undefined;
}

/**
 * The rules of a policy, as an application gives them: an action alone keeps the other numbers of the row, an absent code keeps its row.
 */
export type RuleTableOptions = Readonly<
  Partial<Record<AvatarSDKErrorCode, RuleAction | RuleOptions | undefined>>
>;

/**
 * A policy as an application gives it, in a program or as JSON in a file. Every resolved policy is valid here too, also after
 * `JSON.parse(JSON.stringify(policy))`. null means Infinity, which JSON can't express.
 */
export interface RetryOptions {
  /**
   * What is done about each code. An action, or a part of a row: `action`, `retryPermanent`, `maxAttempts`,
   * `maxElapsedMs`, `backoff`.
   *
   * @default the table of the preset
   */
  readonly rules?: RuleTableOptions | undefined;
  /**
   * Dials per outage, first included, a whole number ≥ 1, or Infinity.
   * @default Infinity
   */
  readonly maxAttempts?: number | null | undefined;
  /**
   * An outage longer than this is given up, milliseconds, 0 to 2³¹−1, or Infinity. The time in which a
   * connection works does not count. No wait goes beyond it, and a step of a dial is cut to what is left.
   *
   * @default 300_000
   */
  readonly maxElapsedMs?: number | null | undefined;
  /**
   * A connection that lived this long ends the outage and clears its counts, milliseconds, 0 to 2³¹−1. The
   * time counts from its confirmation to its last received bytes. With 0 every confirmed connection ends the
   * outage, so a service that accepts and drops is dialled without end.
   *
   * @default 5_000
   */
  readonly stableAfterMs?: number | undefined;
  /**
   * If the service asks for a longer wait than this, the failure is surfaced, milliseconds, 0 to 2³¹−1.
   * @default 120_000
   */
  readonly maxHintMs?: number | undefined;
  /**
   * From the third dial of an outage on a step of a dial may take this long, milliseconds, 0 to 2³¹−1. It
   * applies if the session’s `timeoutMs` is shorter, and is cut to the rest of `maxElapsedMs`; 0 keeps
   * `timeoutMs` for all dials.
   *
   * @default 30_000
   */
  readonly patienceMs?: number | undefined;
  /**
   * How the delays between dials grow.
   * @default the numbers of the preset
   */
  readonly backoff?: BackoffOptions | undefined;
  /**
   * The preset that the other members change.
   * @default default
   */
  readonly preset?: RetryPresetName | undefined;
  /**
   * Where an editor finds the schema of the file; ignored.
   * @default none
   */
  readonly $schema?: string | undefined;
}
