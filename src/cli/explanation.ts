/**
 * What a session does about a failure, for `explain`, as lines and as JSON: the decision of the policy, and
 * whether the failure concerns a single request or a session that is over. The decisions are made in the
 * core.
 */
import type { FailureFacts } from '../core/failure/failure-facts.js';
import { durationText } from '../core/policy/delay.js';
import { isDrainNotice } from '../core/policy/gate-drain-window.js';
import { serverErrorEffect } from '../core/policy/server-error.js';
import { toDecidableFailure } from '../core/policy/to-decidable-failure.js';
import type { AvatarSDKError, RetryPolicy } from '../index.js';
import { attemptSchedule } from './attempt-schedule.js';
import type { AttemptSchedule, ScheduledAttempt } from './attempt-schedule.js';
import { alignColumns } from './output-text.js';

/** Those with a schedule are the policy's. */
type Verdict =
  | ({ readonly action: 'retry' | 'giveUp' | 'sendAgain' | 'failRequest' } & AttemptSchedule)
  | { readonly action: 'report' | 'end'; readonly why: string };

/** How far the outage has come. */
interface Progress {
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

interface Explanation {
  /** Which row of which table led to the code. */
  readonly matchedRow: string;
  /** Absent when nothing failed. */
  readonly error: AvatarSDKError | undefined;
  readonly verdict: Verdict;
}

const WORDS: Readonly<Record<Verdict['action'], string>> = {
  retry: 'retry',
  giveUp: 'give up: the session ends',
  sendAgain: 'send the request again: the session goes on',
  failRequest: 'fail the request: the session goes on',
  report: 'report only',
  end: 'end the session normally',
};

export function plainText({ matchedRow, error, verdict }: Explanation): string {
  const asked = 'first' in verdict;
  const rows = [
    ...(error === undefined ? [] : errorRows(error)),
    ['matched row', matchedRow],
    ['decision', WORDS[verdict.action]],
    ['why', asked ? verdict.first.why : verdict.why],
    ...(asked ? scheduleRows(verdict) : []),
    ...(error === undefined ? [] : [['what to do', error.remediation]]),
  ];
  return alignColumns(rows).join('\n');
}

function errorRows(error: AvatarSDKError): readonly (readonly string[])[] {
  const { code, phase, step, message, permanent, retryAfterMs } = error;
  return [
    ['code', code],
    ['phase', phase],
    ['step', step],
    ['message', message],
    ...(permanent ? [['permanent', 'yes: waiting heals nothing']] : []),
    ...(retryAfterMs === undefined ? [] : [['retry after', durationText(retryAfterMs)]]),
  ];
}

/** The delays that are possible; empty where there is none. */
export function scheduleRows({ first, attempts, end }: AttemptSchedule): readonly (readonly string[])[] {
  if (first.action === 'giveUp') return [];
  const last = end === undefined ? 'and so on' : `then ${end.why}`;
  return [
    ['delay', `${rangeText(first)}, from ${first.source}`],
    ...[...stretches(attempts), last].map((text, index) => [index === 0 ? 'if it lasts' : '', text]),
  ];
}

function rangeText({ minDelayMs, maxDelayMs }: Pick<ScheduledAttempt, 'minDelayMs' | 'maxDelayMs'>): string {
  return minDelayMs === maxDelayMs
    ? durationText(maxDelayMs)
    : `${durationText(minDelayMs)} to ${durationText(maxDelayMs)}`;
}

/** One text for neighbours whose delays have the same range. */
function stretches(attempts: readonly ScheduledAttempt[]): readonly string[] {
  const found: { range: string; from: number; to: number }[] = [];
  for (const scheduled of attempts) {
    const range = rangeText(scheduled);
    const latest = found.at(-1);
    if (latest?.range === range) latest.to = scheduled.attempt;
    else found.push({ range, from: scheduled.attempt, to: scheduled.attempt });
  }
  return found.map(({ range, from, to }) =>
    from === to ? `attempt ${from} after ${range}` : `attempts ${from} to ${to}, each after ${range}`,
  );
}

export function jsonText({ matchedRow, error, verdict }: Explanation): string {
  const asked = 'first' in verdict;
  const { action } = verdict;
  const decision = asked ? verdict.first : { action, why: verdict.why };
  const schedule = asked ? { attempts: verdict.attempts, end: verdict.end } : undefined;
  const shown = { matchedRow, error: shownError(error), action, decision, schedule };
  return JSON.stringify(shown, null, 2);
}

/** Without `will_retry`: no decision was made for this error. */
function shownError(error: AvatarSDKError | undefined): Record<string, unknown> | undefined {
  if (error === undefined) return undefined;
  const json = error.toJSON();
  delete json['will_retry'];
  return json;
}
