/** What `explain` found out, as lines and as JSON. Formats, and adds nothing of its own. */
import { durationText } from '../core/policy/duration-text.js';
import type { AvatarSDKError } from '../index.js';
import { alignColumns } from './align-columns.js';
import type { AttemptSchedule, ScheduledAttempt } from './attempt-schedule.js';
import type { Verdict } from './explain-verdict.js';

export interface Explanation {
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

/** Without what only the policy's verdict would say: nothing was decided about this error. */
function shownError(error: AvatarSDKError | undefined): Record<string, unknown> | undefined {
  if (error === undefined) return undefined;
  const json = error.toJSON();
  delete json['will_retry'];
  return json;
}
