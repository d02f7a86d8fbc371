/**
 * How long and how many attempts an outage may last, and how long one step of a dial. Knows neither the next delay nor the decision.
 */
import type { AvatarSDKErrorCode } from '../failure/avatar-sdk-error-code.js';
import { ownMember } from '../option/plain-object.js';
import { elapsedMs } from './outage.js';
import type { Outage } from './outage.js';
import type { RetryPolicy } from './rule.js';

/** Dials in an outage, the first included, while `code` is what fails; Infinity for no limit. */
export function mostAttempts(policy: RetryPolicy, code: AvatarSDKErrorCode): number {
  return ownMember(policy.rules[code], 'maxAttempts') ?? policy.maxAttempts;
}

/** The longest outage that `code` allows, milliseconds, or Infinity; without a failure, what the policy allows. */
export function longestOutageMs(policy: RetryPolicy, code: AvatarSDKErrorCode | undefined): number {
  const limitMs = code === undefined ? undefined : ownMember(policy.rules[code], 'maxElapsedMs');
  return limitMs ?? policy.maxElapsedMs;
}

/**
 * How long the outage may still last, milliseconds; 0 when its time is over, Infinity where nothing limits it. Dials and waits
 * are cut to it.
 */
export function outageLeftMs(
  policy: RetryPolicy,
  outage: Outage,
  code: AvatarSDKErrorCode | undefined,
  nowMs: number,
): number {
  return Math.max(longestOutageMs(policy, code) - elapsedMs(outage, nowMs), 0);
}

/**
 * How long a dial may take, milliseconds: what is left of the outage. A step that is cut short fails as `connectionFailed`, so of
 * that row and the row of the latest failure the more patient one counts. A limit of 0 means that nothing is retried; it cuts no
 * dial.
 */
export function dialLeftMs(
  policy: RetryPolicy,
  outage: Outage,
  latest: AvatarSDKErrorCode | undefined,
  nowMs: number,
): number {
  const limitMs = Math.max(longestOutageMs(policy, latest), longestOutageMs(policy, 'connectionFailed'));
  return limitMs === 0 ? Infinity : Math.max(limitMs - elapsedMs(outage, nowMs), 0);
}

/** The first dial of an outage whose steps have `patienceMs`: one failure may be chance, two in a row are an outage. */
const FIRST_PATIENT_ATTEMPT = 3;

/**
 * A service that comes back after an outage may have many dials in its queue. A dial that gives up its place there costs the
 * service as much as one that is served, and its session begins again at the end. So later dials of an outage wait longer.
 *
 * The limit of each step of a dial (token, upgrade, handshake), milliseconds: `timeoutMs`, and from the third dial of the outage on `patienceMs` where that is
 * longer.
 *
 * @param attempt the dial's number in its outage, from 1
 * @param timeoutMs the session's ordinary limit
 */
export function stepLimitMs({ patienceMs }: RetryPolicy, attempt: number, timeoutMs: number): number {
  return attempt < FIRST_PATIENT_ATTEMPT ? timeoutMs : Math.max(timeoutMs, patienceMs);
}
