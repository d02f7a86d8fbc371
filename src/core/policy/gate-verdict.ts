/**
 * What a failure says about the endpoint, as the connect gate needs it: not whether the session may go on (that is
 * `decide`'s), but whether the others had better wait. One row per code.
 */
import type { AvatarSDKErrorCode } from '../failure/avatar-sdk-error-code.js';
import type { DecidableFailure } from './decide.js';

/**
 * - `unreachable`: nobody answered, or somebody in front of the service who said that it is not there
 * - `throttled`: the service answered, and wants fewer dials
 * - `refused`: the service answered, and refused this session: it is alive
 * - `inconclusive`: nothing about the endpoint
 */
export type GateVerdict = 'unreachable' | 'throttled' | 'refused' | 'inconclusive';

const VERDICTS: Readonly<Record<AvatarSDKErrorCode, GateVerdict>> = {
  sessionTokenExpired: 'refused',
  sessionTokenInvalid: 'refused',
  appIDUnrecognized: 'refused',
  appIDMismatch: 'refused',
  avatarNotFound: 'refused',
  billingRequired: 'refused',
  creditsExhausted: 'refused',
  sessionDurationExceeded: 'refused',
  concurrencyLimit: 'throttled',
  unsupportedSampleRate: 'refused',
  invalidEgressConfig: 'refused',
  egressUnavailable: 'refused',
  idleTimeout: 'refused',
  // 502, 503, 504 and 4503: something answers, but no session comes of it, and it is often overload.
  upstreamError: 'unreachable',
  protocolError: 'refused',
  connectionFailed: 'unreachable',
  connectionClosed: 'unreachable',
  serverError: 'unreachable',
  invalidRequest: 'refused',
  unknown: 'inconclusive',
};

/**
 * The verdict on a failed dial. A session that is refused its token proves the console alive and not the ingress; a
 * failure that can't heal by waiting (bad certificate, invalid URL) is this configuration's own: both say nothing.
 */
export function dialVerdict(failure: DecidableFailure): GateVerdict {
  const verdict = VERDICTS[failure.code];
  switch (verdict) {
    case 'unreachable':
      return failure.permanent ? 'inconclusive' : verdict;
    case 'refused':
      return failure.phase === 'session_token' ? 'inconclusive' : verdict;
    case 'throttled':
    case 'inconclusive':
      return verdict;
  }
}

/** Whether the loss of a confirmed connection is a reason to dial with care: the endpoint may have gone with it. */
export function lossIsTrouble(failure: Pick<DecidableFailure, 'code'>): boolean {
  return VERDICTS[failure.code] === 'unreachable';
}
