/**
 * What a failure is evidence about, as the connect gate needs it: not whether the session may go on (that is `decide`'s), but
 * whether others had better wait, and which others: those of the endpoint, or those of the account. One row per code.
 */
import type { AvatarSDKErrorCode } from '../failure/avatar-sdk-error-code.js';
import type { DecidableFailure } from './decide.js';
import { usableHintMs } from './delay.js';

/**
 * - `unreachable`: no answer, or one from something in front of the service which says that the service is not there
 * - `refused`: an answer to this session alone: the service is alive
 * - `inconclusive`: the dial was no evidence, and the next one may take its turn at once
 * - `none`: not about this; nothing changes
 */
export type GateVerdict = 'unreachable' | 'refused' | 'inconclusive' | 'none';

export interface GateEvidence {
  readonly endpoint: GateVerdict;
  readonly account: 'throttled' | 'none';
  /** Whose floor the wait is that the service asked for; undefined where none was asked for. */
  readonly hintOf: 'endpoint' | 'account' | undefined;
}

const UNREACHABLE: GateEvidence = { endpoint: 'unreachable', account: 'none', hintOf: 'endpoint' };
const REFUSED: GateEvidence = { endpoint: 'refused', account: 'none', hintOf: 'account' };
const INCONCLUSIVE: GateEvidence = { endpoint: 'inconclusive', account: 'none', hintOf: 'account' };
/** The limit of an account: the service is alive, and others may dial. */
const LIMITED: GateEvidence = { endpoint: 'refused', account: 'throttled', hintOf: 'account' };
/** A rate limit in front of the service counts the dials of everybody. */
const RATE_LIMITED: GateEvidence = { endpoint: 'unreachable', account: 'throttled', hintOf: 'account' };
/** An answer that is not the service's does not prove the service alive. */
const REFUSED_IN_FRONT: GateEvidence = { endpoint: 'none', account: 'none', hintOf: 'account' };
const LIMITED_IN_FRONT: GateEvidence = { endpoint: 'none', account: 'throttled', hintOf: 'account' };
const NONE: GateEvidence = { endpoint: 'none', account: 'none', hintOf: undefined };

const EVIDENCE: Readonly<Record<AvatarSDKErrorCode, GateEvidence>> = {
  sessionTokenExpired: REFUSED,
  sessionTokenInvalid: REFUSED,
  appIDUnrecognized: REFUSED,
  appIDMismatch: REFUSED,
  avatarNotFound: REFUSED,
  billingRequired: REFUSED,
  creditsExhausted: REFUSED,
  sessionDurationExceeded: REFUSED,
  concurrencyLimit: LIMITED,
  unsupportedSampleRate: REFUSED,
  invalidEgressConfig: REFUSED,
  egressUnavailable: REFUSED,
  idleTimeout: REFUSED,
  // 502, 503, 504 and 4503: something answers, but no session comes of it, and it is often overload.
  upstreamError: UNREACHABLE,
  protocolError: REFUSED,
  connectionFailed: UNREACHABLE,
  connectionClosed: UNREACHABLE,
  serverError: UNREACHABLE,
  invalidRequest: REFUSED,
  unknown: INCONCLUSIVE,
};

/** A failed dial, or a failed token request at its own endpoint. */
export function dialEvidence(failure: DecidableFailure): GateEvidence {
  const { code, origin, permanent, retryAfterMs } = failure;
  const evidence = EVIDENCE[code];
  // What the application's own functions do, and what this package refuses, happened at no endpoint.
  if (origin === 'application' || origin === 'local') return NONE;
  if (origin === 'gateway') {
    if (evidence === REFUSED) return REFUSED_IN_FRONT;
    if (evidence === LIMITED)
      return usableHintMs(retryAfterMs) === undefined ? RATE_LIMITED : LIMITED_IN_FRONT;
  }
  // What can't heal by waiting (a bad certificate, an invalid URL) is this configuration's own.
  return evidence === UNREACHABLE && permanent ? INCONCLUSIVE : evidence;
}

/** A confirmed connection that was lost: the endpoint may have gone with it, or the account is at its limit. */
export function lossEvidence({ code, origin }: Pick<DecidableFailure, 'code' | 'origin'>): GateEvidence {
  const evidence = origin === 'application' || origin === 'local' ? NONE : EVIDENCE[code];
  return evidence.endpoint === 'unreachable' || evidence.account === 'throttled' ? evidence : NONE;
}
