/** What `policy CODE` shows: which rows of the tables lead to the code, what is decided, and the delays if it lasts. */
import { classificationRows } from '../core/failure/classification-rows.js';
import { remediationFor } from '../core/failure/remediation.js';
import type { AvatarSDKErrorCode, RetryPolicy, RuleAction } from '../index.js';
import { alignColumns } from './align-columns.js';
import { attemptSchedule } from './attempt-schedule.js';
import type { AttemptSchedule } from './attempt-schedule.js';
import { scheduleRows } from './explain-text.js';

export interface CodeExplanation {
  readonly code: AvatarSDKErrorCode;
  readonly action: RuleAction;
  readonly reason: string;
  /** Rows that lead to the code, in words, each once. */
  readonly matchedRows: readonly string[];
  /** Of a session that has lost its connection, and may heal. */
  readonly schedule: AttemptSchedule;
}

/** Of rows that the policy gives up on unless its own row says `retryPermanent`. */
const PERMANENT = ' (permanent)';

export function explainCode(code: AvatarSDKErrorCode, policy: RetryPolicy, reason: string): CodeExplanation {
  const rows = classificationRows().filter((row) => row.code === code);
  const failure = { code, phase: 'websocket_runtime', permanent: false } as const;
  return {
    code,
    action: policy.rules[code].action,
    reason,
    matchedRows: [
      ...new Set(rows.map(({ matchedRow, permanent }) => `${matchedRow}${permanent ? PERMANENT : ''}`)),
    ],
    schedule: attemptSchedule(policy, failure, { attempt: 0, elapsedMs: 0, confirmedBefore: true }),
  };
}

export function codeText({ code, action, reason, matchedRows, schedule }: CodeExplanation): string {
  return alignColumns([
    ['code', code],
    ...(matchedRows.length === 0 ? ['found on this side only'] : matchedRows).map((row, index) => [
      index === 0 ? 'led to by' : '',
      row,
    ]),
    ['action', action],
    ['reason', reason],
    ['why', schedule.first.why],
    ...scheduleRows(schedule),
    ['what to do', remediationFor(code, 'websocket_runtime')],
  ]).join('\n');
}

export function codeJson({ code, action, reason, matchedRows, schedule }: CodeExplanation): string {
  const { first, attempts, end } = schedule;
  return JSON.stringify(
    { code, matchedRows, action, reason, decision: first, schedule: { attempts, end } },
    null,
    2,
  );
}
