/**
 * What a ServerError means for a running connection when it names no request, and whether a close that follows it is news. The session
 * and the command `explain` both ask here. The service often says why in a ServerError and then closes: that is one failure, reported
 * once. Times are the caller's; nothing here closes or reports. What a lost connection leads to is decided by `decide`.
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

/** A close that comes later than this is a failure of its own, milliseconds. Number of the protocol notes, §7.6. */
export const SAME_FAILURE_WINDOW_MS = 1_000;

/** Close codes that say nothing beyond "it closed". */
const SAYS_NOTHING: readonly number[] = Object.freeze([1000, 1005, 1006, 1011]);

/** What counts of a failure; every ClassifiedFailure and AvatarSDKError fits, and as the second a NormalEnd too. */
export interface SeenFailure {
  /** Absent on a normal end. */
  readonly code?: AvatarSDKErrorCode;
  readonly serverCode?: string;
  readonly closeCode?: number;
  readonly connectionId?: string;
}

/**
 * True when `second` is a close, came at most a second after the error `first` (no close itself) on the same
 * connection, and adds nothing: it means the same code, or repeats the ServerError's number, or is one of
 * 1000, 1005, 1006 and 1011 with no telling reason, or is the 1009 that goes with an oversized frame.
 */
export function sameFailure(first: SeenFailure, second: SeenFailure, elapsedMs: number): boolean {
  if (first.closeCode !== undefined || second.closeCode === undefined) return false;
  if (!(elapsedMs >= 0 && elapsedMs <= SAME_FAILURE_WINDOW_MS)) return false;
  if (!sameConnection(first.connectionId, second.connectionId)) return false;
  if (first.code === second.code || first.serverCode === String(second.closeCode)) return true;
  if (first.code === 'protocolError' && second.closeCode === 1009) return true;
  // A plain number whose reason led to a code of its own does say something new.
  const plain = second.code === undefined || second.code === 'connectionClosed';
  return plain && SAYS_NOTHING.includes(second.closeCode);
}

function sameConnection(first: string | undefined, second: string | undefined): boolean {
  return first === undefined || second === undefined || first === second;
}
