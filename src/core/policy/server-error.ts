/**
 * What a ServerError means for a running connection when it names no request. The session and the command `explain` both
 * ask here. What a lost connection leads to is decided by `decide`.
 */
import type { AvatarSDKErrorCode } from '../failure/avatar-sdk-error-code.js';
import { isRetriedByRule } from './decide.js';
import type { DecidableFailure } from './decide.js';
import type { RetryPolicy } from './rule.js';

/**
 * - `redial`: the policy retries the failure: the connection is abandoned, and its loss is decided like any other
 * - `endSession`: the policy surfaces it, and the session cannot go on: the connection is abandoned, too
 * - `report`: the policy surfaces it: `onError` is called, and the connection stays as the service left it
 */
export type ServerErrorEffect = 'redial' | 'endSession' | 'report';

/** Something was wrong, but the session can go on. */
const REPORTED_ONLY: readonly AvatarSDKErrorCode[] = [
  'serverError',
  'unknown',
  'protocolError',
  'invalidRequest',
];

export function serverErrorEffect(
  policy: RetryPolicy,
  failure: Pick<DecidableFailure, 'code' | 'permanent' | 'retryAfterMs'>,
): ServerErrorEffect {
  if (isRetriedByRule(policy.rules[failure.code], failure)) return 'redial';
  return REPORTED_ONLY.includes(failure.code) ? 'report' : 'endSession';
}
