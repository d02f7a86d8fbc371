/**
 * Rows of the policy table that apply only in a session that has had a connection: failures with another meaning when the same
 * credentials were accepted at the same addresses before. They retry where the row of the code alone would surface. Pure data and one
 * look-up; `decide` applies the delay and the limits of the outage.
 */
import type { AvatarSDKErrorCode } from '../failure/avatar-sdk-error-code.js';
import { deepFreeze } from '../option/plain-object.js';
import { usableHintMs } from './delay.js';
import type { Outage } from './outage.js';
import type { RetryPolicy } from './rule.js';
import { isBadCertificate } from './decidable-failure.js';
import type { DecidableFailure } from './decidable-failure.js';

/**
 * How long a service may take to notice that a connection is gone, milliseconds: its own heartbeat, and the time-out after it.
 * Figure of the protocol notes, §8.
 */
const UNNOTICED_LOSS_MS = 60_000;
/** How long an endpoint may present certificates that do not match while they are replaced, milliseconds. */
const CERTIFICATE_ROTATION_MS = 60_000;

export interface ReconnectRule {
  readonly code: AvatarSDKErrorCode;
  /** The condition in addition to the code, in words. */
  readonly when: string;
  /** What is done, in words. */
  readonly action: string;
  /** Why: one clause for people. */
  readonly reason: string;
}

export const RECONNECT_RULE_NAMES = [
  'tokenRanOut',
  'roomTokenRanOut',
  'ownGhost',
  'rateLimited',
  'certificateRotation',
  'tokenAnswer',
  'egressAnswer',
] as const;
export type ReconnectRuleName = (typeof RECONNECT_RULE_NAMES)[number];

/** Deeply frozen. */
export const RECONNECT_RULES: Readonly<Record<ReconnectRuleName, ReconnectRule>> = deepFreeze({
  tokenRanOut: {
    code: 'sessionTokenExpired',
    when: 'a confirmed connection ends with it',
    action: 'retried once in an outage, with a new token',
    reason: 'the token had been accepted, so it has expired',
  },
  roomTokenRanOut: {
    code: 'invalidEgressConfig',
    when: 'the service refuses the token of the room on a reconnect, or ends a confirmed connection with that, and egress is a function',
    action: 'retried once in an outage: the function is called again, with the reason `refused`',
    reason: 'the function had returned a token that was accepted: this one has expired',
  },
  ownGhost: {
    code: 'concurrencyLimit',
    when: 'a reconnect is refused with it, or ends with it before it is stable, and the service does not say when',
    action: 'retried until 60 s after the connection ended, then surfaced',
    reason: 'the service still counts the connection that was lost',
  },
  rateLimited: {
    code: 'concurrencyLimit',
    when: 'a gateway refuses a reconnect with it, and does not say when',
    action: 'retried within the limits',
    reason: 'a rate limit in front of the service, which many reconnects reach at once',
  },
  certificateRotation: {
    code: 'connectionFailed',
    when: 'a reconnect meets a bad certificate',
    action: 'retried for 60 s from the first one in the outage, then surfaced',
    reason: 'the certificate was good before: it is being replaced',
  },
  tokenAnswer: {
    code: 'sessionTokenInvalid',
    when: 'on a reconnect `tokenProvider` or `httpPost` returns no valid token',
    action: 'retried within the limits',
    reason: 'the function had returned a token before: the backend that it calls has an outage of its own',
  },
  egressAnswer: {
    code: 'invalidEgressConfig',
    when: 'on a reconnect the egress function returns no valid configuration',
    action: 'retried within the limits',
    reason:
      'the function had returned a configuration before: the backend that it calls has an outage of its own',
  },
});

export interface AppliedRule {
  readonly name: ReconnectRuleName;
  /** The last dial begins at this time at the latest, milliseconds; Infinity where only the limits of the outage apply. */
  readonly untilMs: number;
}

/** The row that allows a retry; undefined where only the row of the code applies. */
export function reconnectRule(
  policy: RetryPolicy,
  outage: Outage,
  failure: DecidableFailure,
  nowMs: number,
): AppliedRule | undefined {
  const applied = candidate(outage, failure);
  const counts =
    applied !== undefined && nowMs < applied.untilMs && allowsReconnectRule(policy, applied.name);
  return counts ? applied : undefined;
}

/** Whether the policy allows the row. It does not where the application surfaces the code, or replaces no connection. */
export function allowsReconnectRule({ rules }: RetryPolicy, name: ReconnectRuleName): boolean {
  switch (name) {
    case 'tokenRanOut':
    case 'roomTokenRanOut':
      return rules.connectionClosed.action !== 'surface';
    case 'ownGhost':
    case 'rateLimited':
      return rules.concurrencyLimit.action === 'retryIfHinted';
    case 'certificateRotation':
    case 'tokenAnswer':
    case 'egressAnswer':
      return rules.connectionFailed.action === 'retry';
  }
}

function candidate(outage: Outage, failure: DecidableFailure): AppliedRule | undefined {
  const { lastEndedAtMs, badCertificateAtMs } = outage;
  if (lastEndedAtMs === undefined) return undefined;
  const { code, phase, origin, permanent, retryAfterMs } = failure;
  if (failure.roomTokenRefused === true && !outage.roomTokenReplaced) {
    return { name: 'roomTokenRanOut', untilMs: Infinity };
  }
  if (phase === 'websocket_runtime') return runtimeCandidate(outage, failure);
  // With a hint of the service, the hint decides.
  if (code === 'concurrencyLimit' && !permanent && usableHintMs(retryAfterMs) === undefined) {
    return origin === 'gateway'
      ? { name: 'rateLimited', untilMs: Infinity }
      : { name: 'ownGhost', untilMs: lastEndedAtMs + UNNOTICED_LOSS_MS };
  }
  if (origin === 'application' && code === 'sessionTokenInvalid')
    return { name: 'tokenAnswer', untilMs: Infinity };
  if (origin === 'application' && code === 'invalidEgressConfig')
    return { name: 'egressAnswer', untilMs: Infinity };
  return isBadCertificate(failure) && badCertificateAtMs !== undefined
    ? { name: 'certificateRotation', untilMs: badCertificateAtMs + CERTIFICATE_ROTATION_MS }
    : undefined;
}

/**
 * For a failure that ended a confirmed connection. The service itself ended that connection, so only the one before it may still count
 * against the limit.
 */
function runtimeCandidate(
  { tokenReplaced, replacedEndedAtMs }: Outage,
  { code, permanent, retryAfterMs }: DecidableFailure,
): AppliedRule | undefined {
  if (code === 'sessionTokenExpired' && !tokenReplaced) return { name: 'tokenRanOut', untilMs: Infinity };
  const limited = code === 'concurrencyLimit' && !permanent && usableHintMs(retryAfterMs) === undefined;
  return limited && replacedEndedAtMs !== undefined
    ? { name: 'ownGhost', untilMs: replacedEndedAtMs + UNNOTICED_LOSS_MS }
    : undefined;
}
