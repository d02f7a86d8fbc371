/**
 * What a session would do about one failure if every further dial failed in the same way at once: the first
 * decision, the range of each delay, and where it gives up. Pure; the decisions are `decide`'s own.
 */
import { decide } from '../core/policy/decide.js';
import type { DecidableFailure, Decision, GiveUpDecision, RetryDecision } from '../core/policy/decide.js';
import { longestOutageMs, mostAttempts } from '../core/policy/outage-end.js';
import {
  attemptStarted,
  beginOutage,
  connectionLost,
  failureNoticed,
  retryDecided,
} from '../core/policy/outage.js';
import type { Outage } from '../core/policy/outage.js';
import type { RetryPolicy } from '../index.js';

/** Most attempts that are listed: for a policy with a limit, and for one without. */
const MAX_ATTEMPTS = 1_000;
const MAX_ENDLESS_ATTEMPTS = 20;
/** The middle of every range: the schedule of an average session. */
const AVERAGE_DRAW = 0.5;

export interface ScheduledAttempt extends Pick<RetryDecision, 'minDelayMs' | 'maxDelayMs' | 'source'> {
  /** The number of the attempt that follows the delay, as in the `retry` event. */
  readonly attempt: number;
}

export interface AttemptSchedule {
  readonly first: Decision;
  readonly attempts: readonly ScheduledAttempt[];
  /** Absent when the session would go on beyond the attempts that are listed. */
  readonly end: GiveUpDecision | undefined;
}

/** When in an outage the failure comes. */
export interface Moment {
  /** Which dial of the outage it is, from 1; 0 for the loss of a connection that had been stable. */
  readonly attempt: number;
  /** How long the outage has lasted by then, milliseconds. */
  readonly elapsedMs: number;
  /** The outage began with the loss of a connection, and not with the first connect. */
  readonly confirmedBefore: boolean;
}

export function attemptSchedule(
  policy: RetryPolicy,
  failure: DecidableFailure,
  moment: Moment,
): AttemptSchedule {
  let nowMs = 0;
  let outage: Outage = outageAt(moment, policy);
  const limits = [mostAttempts(policy, failure.code), longestOutageMs(policy, failure.code)];
  const most = limits.every((limit) => limit === Infinity) ? MAX_ENDLESS_ATTEMPTS : MAX_ATTEMPTS;
  const attempts: ScheduledAttempt[] = [];
  const next = (): Decision => {
    outage = failureNoticed(outage, failure, nowMs);
    return decide(policy, outage, failure, nowMs, () => AVERAGE_DRAW);
  };
  const first = next();
  for (let decision = first; attempts.length < most; decision = next()) {
    if (decision.action === 'giveUp') return { first, attempts, end: decision };
    const { delayMs, minDelayMs, maxDelayMs, source } = decision;
    nowMs += delayMs;
    outage = attemptStarted(retryDecided(outage, failure), nowMs);
    attempts.push({ attempt: outage.attempts, minDelayMs, maxDelayMs, source });
  }
  return { first, attempts, end: undefined };
}

function outageAt({ attempt, elapsedMs, confirmedBefore }: Moment, { stableAfterMs }: RetryPolicy): Outage {
  const startedAtMs = -elapsedMs;
  let outage = beginOutage(startedAtMs);
  if (attempt === 0 || confirmedBefore) {
    const confirmedAtMs = startedAtMs - stableAfterMs;
    outage = connectionLost(outage, { confirmedAtMs, nowMs: startedAtMs, stableAfterMs });
  }
  for (let dial = 0; dial < attempt; dial++) outage = attemptStarted(outage, 0);
  return outage;
}
