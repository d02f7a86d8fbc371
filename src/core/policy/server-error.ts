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

/** No close has one of these codes: close numbers and the texts beside them lead to others. */
const NEVER_OF_A_CLOSE: readonly AvatarSDKErrorCode[] = ['serverError', 'unknown'];

/**
 * Whether a close of the same meaning would end the session, after the error of one request that is over.
 *
 * @param atLimit the policy retries such a failure, and a limit is why the request was given up
 */
export function closeMayEndSession(
  policy: RetryPolicy,
  failure: Pick<DecidableFailure, 'code' | 'permanent' | 'retryAfterMs'>,
  atLimit: boolean,
): boolean {
  const isSurfaced = atLimit || serverErrorEffect(policy, failure) !== 'redial';
  return isSurfaced && !NEVER_OF_A_CLOSE.includes(failure.code);
}
