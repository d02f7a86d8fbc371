/** How long and how many attempts an outage may last. Knows neither the next delay nor the decision. */
import type { AvatarSDKErrorCode } from '../failure/avatar-sdk-error-code.js';
import type { Outage } from './outage.js';
import type { RetryPolicy } from './rule.js';

/** Dials in an outage, the first included, while `code` is what fails; Infinity for no limit. */
export function mostAttempts(policy: RetryPolicy, code: AvatarSDKErrorCode): number {
  return policy.rules[code].maxAttempts ?? policy.maxAttempts;
}

/** The longest outage that `code` allows, milliseconds, or Infinity; without a failure, what the policy allows. */
export function longestOutageMs(policy: RetryPolicy, code: AvatarSDKErrorCode | undefined): number {
  const rule = code === undefined ? undefined : policy.rules[code];
  return rule?.maxElapsedMs ?? policy.maxElapsedMs;
}

/**
 * How long the outage may still be waited through without a decision, milliseconds; Infinity where nothing limits it. Where
 * the limit has passed already, the application itself has decided to go on: then nothing limits it either.
 */
export function outageLeftMs(
  policy: RetryPolicy,
  outage: Outage,
  code: AvatarSDKErrorCode | undefined,
  nowMs: number,
): number {
  const leftMs = outage.startedAtMs + longestOutageMs(policy, code) - nowMs;
  return leftMs < 0 ? Infinity : leftMs;
}
