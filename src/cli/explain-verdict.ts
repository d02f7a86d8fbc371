/**
 * What a session does about a failure, for `explain`: what the policy says, and where the failure concerns a single request or
 * nothing that is still going on. The decisions are the core's own.
 */
import type { FailureFacts } from '../core/failure/failure-facts.js';
import { isDrainNotice } from '../core/policy/gate-drain-window.js';
import { serverErrorEffect } from '../core/policy/server-error.js';
import { toDecidableFailure } from '../core/policy/to-decidable-failure.js';
import type { AvatarSDKError, RetryPolicy } from '../index.js';
import { attemptSchedule } from './attempt-schedule.js';
import type { AttemptSchedule } from './attempt-schedule.js';

/** Those with a schedule are the policy's. */
export type Verdict =
  | ({ readonly action: 'retry' | 'giveUp' | 'sendAgain' | 'failRequest' } & AttemptSchedule)
  | { readonly action: 'report' | 'end'; readonly why: string };

/** How far the outage has come. */
export interface Progress {
  readonly attempt: number | undefined;
  readonly elapsedMs: number;
  /** Sessions of the process at the endpoint, this one included: what a drain notice means depends on it. */
  readonly sessions: number;
}

/** Nothing failed. */
export const NORMAL_END: Verdict = {
  action: 'end',
  why: 'no failure: the service ended a session that owed nothing',
};

export function verdictOn(
  facts: FailureFacts,
  error: AvatarSDKError,
  policy: RetryPolicy,
  { attempt = usualAttempt(facts), elapsedMs, sessions }: Progress,
): Verdict {
  const drained = error.phase === 'websocket_runtime' && isDrainNotice(error.closeCode);
  const failure = toDecidableFailure(error, drained ? { drainedSessions: sessions } : {});
  // The history of a request's refusals does not depend on a connection.
  const confirmedBefore = facts.confirmedBefore === true && !ofRequest(facts);
  const schedule = attemptSchedule(policy, failure, { attempt, elapsedMs, confirmedBefore });
  const { action } = schedule.first;
  if (facts.kind !== 'serverErrorReceived' || !facts.confirmed) return { action, ...schedule };
  if (facts.reqId !== undefined) {
    return { action: action === 'retry' ? 'sendAgain' : 'failRequest', ...schedule };
  }
  if (serverErrorEffect(policy, failure) !== 'report') return { action, ...schedule };
  return {
    action: 'report',
    why: `${error.code} is reported, and the connection left as the service left it`,
  };
}

/** The first dial, or what was sent once; none for the loss of a connection that had been stable. */
function usualAttempt(facts: FailureFacts): number {
  return facts.phase === 'websocket_runtime' && !ofRequest(facts) ? 0 : 1;
}

function ofRequest(facts: FailureFacts): boolean {
  return facts.kind === 'serverErrorReceived' && facts.reqId !== undefined;
}
