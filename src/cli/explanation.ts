/**
 * What a session does about a failure, for `explain`, as lines and as JSON: the decision of the policy, whether the failure concerns a
 * single request or a session that is over, and the schedule for the case that every further dial fails at once in the same way. Pure;
 * the core makes the decisions.
 */
import type { FailureFacts } from '../core/failure/failure-facts.js';
import { decide, serverErrorEffect } from '../core/policy/decide.js';
import type { DecidableFailure, Decision, GiveUpDecision, RetryDecision } from '../core/policy/decide.js';
import { durationText, isDrainNotice } from '../core/policy/delay.js';
import {
  longestOutageMs,
  mostAttempts,
  attemptStarted,
  beginOutage,
  connectionLost,
  failureNoticed,
  retryDecided,
} from '../core/policy/outage.js';
import type { Outage } from '../core/policy/outage.js';
import { toDecidableFailure } from '../core/policy/decidable-failure.js';
import type { RetryPolicy, AvatarSDKError } from '../index.js';
import type { LoggedError } from './logged-errors.js';
import { alignTexts } from './terminal.js';

/** The most attempts that are listed: for a policy with a limit, and for one without. */
const MAX_ATTEMPTS = 1_000;
const MAX_ENDLESS_ATTEMPTS = 20;
/** The middle of every range, which gives an average schedule. */
const AVERAGE_DRAW = 0.5;

interface ScheduledAttempt extends Pick<RetryDecision, 'minDelayMs' | 'maxDelayMs' | 'source'> {
  /** The number of the attempt that follows the delay, as in the `retry` event. */
  readonly attempt: number;
}

export interface AttemptSchedule {
  readonly first: Decision;
  readonly attempts: readonly ScheduledAttempt[];
  /** Absent if the session would continue after the listed attempts. */
  readonly end: GiveUpDecision | undefined;
}

/** The moment of the failure in an outage. */
export interface Moment {
  /** The number of the dial in the outage, from 1; 0 for the loss of a stable connection. */
  readonly attempt: number;
  /** How long the outage has lasted at that moment, milliseconds. */
  readonly elapsedMs: number;
  /** Whether the outage began with the loss of a connection, and not with the first connect. */
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
  const next = (after: DecidableFailure): Decision => {
    outage = failureNoticed(outage, after, nowMs);
    return decide(policy, outage, after, nowMs, () => AVERAGE_DRAW);
  };
  // Only the first failure is the loss of a connection. What follows are failed dials.
  const later = { ...failure, isLone: false };
  const first = next(failure);
  for (let decision = first; attempts.length < most; decision = next(later)) {
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

/** Verdicts with a schedule are decisions of the policy. */
type Verdict =
  | ({ readonly action: 'retry' | 'giveUp' | 'sendAgain' | 'failRequest' } & AttemptSchedule)
  | { readonly action: 'report' | 'end'; readonly why: string };

/** The progress of the outage. */
interface Progress {
  readonly attempt: number | undefined;
  readonly elapsedMs: number;
  /** Sessions of the process at the endpoint, this one included: the delay after a drain notice depends on it. */
  readonly sessions: number;
}

/** Facts that affect the verdict in addition to the error that was made of them. */
interface Observed {
  readonly kind: string;
  readonly phase: FailureFacts['phase'];
  readonly confirmed?: boolean;
  readonly confirmedBefore?: boolean;
  readonly reqId?: string;
}

/** The verdict for a normal end. */
export const NORMAL_END: Verdict = {
  action: 'end',
  why: 'no failure: the service ended the session while no request was open',
};

export function verdictOn(
  facts: Observed,
  error: AvatarSDKError,
  policy: RetryPolicy,
  { attempt = usualAttempt(facts), elapsedMs, sessions }: Progress,
): Verdict {
  const drained = error.phase === 'websocket_runtime' && isDrainNotice(error.closeCode);
  const lost = error.phase === 'websocket_runtime' && !ofRequest(facts);
  const failure = toDecidableFailure(
    error,
    drained ? { drainedSessions: sessions } : { isLone: lost && sessions === 1 },
  );
  // The history of a request's refusals is independent of connections.
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
    why: `${error.code} is reported, and the connection stays as it is`,
  };
}

/** Explains an error from a log: what a session would do about it now, and what the logged session did. */
export function explainLogged(
  { error, hasVerdict }: LoggedError,
  policy: RetryPolicy,
  progress: Progress,
  hadConnection: boolean,
): Explanation {
  const { phase, step, reqId, attempt } = error;
  const isServerError = phase === 'websocket_runtime' && step === 'receive' && error.serverCode !== undefined;
  const told = {
    kind: isServerError ? 'serverErrorReceived' : 'other',
    phase,
    confirmed: isServerError,
    confirmedBefore: hadConnection || phase === 'websocket_runtime',
    ...(reqId === undefined ? {} : { reqId }),
  } as const;
  const known = { ...progress, attempt: progress.attempt ?? attempt };
  const verdict = verdictOn(told, error, policy, known);
  return { matchedRow: undefined, error, verdict, logged: hasVerdict ? loggedVerdict(error) : undefined };
}

function loggedVerdict({ willRetry, reason, attempt }: AvatarSDKError): string {
  const at = attempt === undefined ? '' : `, attempt ${attempt}`;
  return willRetry
    ? `the session went on${at}`
    : `the session did not go on${at}: ${reason ?? 'no reason is logged'}`;
}

/** The first dial, or the first sending of a request; 0 for the loss of a stable connection. */
function usualAttempt(facts: Observed): number {
  return facts.phase === 'websocket_runtime' && !ofRequest(facts) ? 0 : 1;
}

function ofRequest(facts: Observed): boolean {
  return facts.kind === 'serverErrorReceived' && facts.reqId !== undefined;
}

export interface Explanation {
  /** The row of the table that led to the code; undefined for a logged error, which does not contain it. */
  readonly matchedRow: string | undefined;
  /** Absent when nothing failed. */
  readonly error: AvatarSDKError | undefined;
  readonly verdict: Verdict;
  /** What the session did, according to the log. */
  readonly logged?: string | undefined;
}

const WORDS: Readonly<Record<Verdict['action'], string>> = {
  retry: 'retry',
  giveUp: 'give up: the session ends',
  sendAgain: 'send the request again: the session continues',
  failRequest: 'fail the request: the session continues',
  report: 'report only',
  end: 'end the session normally',
};

/** @param columns the width of the terminal; undefined: each text in one line */
export function plainText({ matchedRow, error, verdict, logged }: Explanation, columns?: number): string {
  const asked = 'first' in verdict;
  const rows = [
    ...(error === undefined ? [] : errorRows(error)),
    ...(matchedRow === undefined ? [] : [['matched row', matchedRow]]),
    ...(logged === undefined ? [] : [['logged', logged]]),
    ['decision', WORDS[verdict.action]],
    ['why', asked ? verdict.first.why : verdict.why],
    ...(asked ? scheduleRows(verdict) : []),
    ...(error === undefined ? [] : [['what to do', error.remediation]]),
  ];
  return alignTexts(rows, columns).join('\n');
}

function errorRows(error: AvatarSDKError): readonly (readonly string[])[] {
  const { code, phase, step, message, permanent, retryAfterMs } = error;
  return [
    ['code', code],
    ['phase', phase],
    ['step', step],
    ['message', message],
    ...(permanent ? [['permanent', 'yes: waiting does not help']] : []),
    ...(retryAfterMs === undefined ? [] : [['retry after', durationText(retryAfterMs)]]),
  ];
}

/** The possible delays; empty if there is none. */
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

/** One text for successive attempts whose delays have the same range. */
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

export function jsonText({ matchedRow, error, verdict, logged }: Explanation): string {
  const asked = 'first' in verdict;
  const { action } = verdict;
  const decision = asked ? verdict.first : { action, why: verdict.why };
  const schedule = asked ? { attempts: verdict.attempts, end: verdict.end } : undefined;
  const shown = { matchedRow, logged, error: shownError(error), action, decision, schedule };
  return JSON.stringify(shown, null, 2);
}

/** Without `will_retry`, because no decision was made for this error. */
function shownError(error: AvatarSDKError | undefined): Record<string, unknown> | undefined {
  if (error === undefined) return undefined;
  const json = error.toJSON();
  delete json['will_retry'];
  return json;
}
