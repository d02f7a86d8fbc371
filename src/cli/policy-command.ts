/**
 * `policy`: the effective retry policy as a table or as JSON, the schema of its file, or, with a CODE, the
 * rows of the tables that lead to it, the decision, and the delays if the failure continues. Formats only.
 */
import { classificationRows } from '../core/failure/classify.js';
import { remediationFor } from '../core/failure/avatar-sdk-error-code.js';
import { requireOneOf } from '../core/option/option-check.js';
import { durationText } from '../core/policy/delay.js';
import { mostAttempts } from '../core/policy/outage.js';
import {
  allowsReconnectRule,
  RECONNECT_RULE_NAMES,
  RECONNECT_RULES,
} from '../core/policy/reconnect-rules.js';
import { retryPolicySchema } from '../core/policy/retry-fields.js';
import { presetReasons, RETRY_PRESETS } from '../core/policy/retry-presets.js';
import { AVATAR_SDK_ERROR_CODES } from '../index.js';
import type { AvatarSDKErrorCode, Backoff, RetryPolicy, RuleAction } from '../index.js';
import { attemptSchedule, scheduleRows } from './explanation.js';
import type { AttemptSchedule } from './explanation.js';
import { asInput, ExitCode, InputError, parseOptions, requirePositionals } from './command.js';
import type { Command } from './command.js';
import { alignColumns, alignTexts } from './terminal.js';
import { POLICY_OPTIONS, readPolicyChoice } from './command-choices.js';
import type { PolicyChoice } from './command-choices.js';

const HELP = `avatarkit-session policy [CODE] [options]

Shows what a session does about each failure: the code, the action, how many
attempts, which delays, and why. With a CODE, what is done about that one: the
rows of the tables that lead to it, the first delay, and the whole schedule if
it lasts.

  --preset NAME  default, patient (a background job), interactive (a person is
                 waiting) or never
  --file FILE    the session's option "retry" as JSON: a preset's name, false,
                 or an object that changes a preset
  --json         the effective policy and the reasons as JSON; the policy can
                 be written to a file and used again
  --schema       the JSON Schema of such a file; the package has it, too, as
                 avatarkit-session/retry-policy.schema.json

Examples:
  avatarkit-session policy
  avatarkit-session policy --preset patient
  avatarkit-session policy upstreamError
  echo '{"rules":{"sessionDurationExceeded":"retry"}}' > policy.json
  avatarkit-session policy --file policy.json --json
`;

export const POLICY_COMMAND: Command = {
  name: 'policy',
  summary: 'show which failures are retried, how, and why',
  help: HELP,
  async run(args, terminal) {
    const { values, positionals } = parseOptions('policy', args, {
      ...POLICY_OPTIONS,
      json: { type: 'boolean' },
      schema: { type: 'boolean' },
    });
    const [code, ...extra] = positionals;
    requirePositionals('policy', extra, []);
    const one =
      code === undefined ? undefined : asInput(() => requireOneOf('CODE', code, AVATAR_SDK_ERROR_CODES));
    const choice = await readPolicyChoice('policy', values);
    if (one !== undefined) {
      if (values.schema === true) throw new InputError('policy: --schema is about no single code');
      const explanation = explainCode(one, choice.policy, reasonFor(one, choice));
      terminal.write(
        `${values.json === true ? codeJson(explanation) : codeText(explanation, terminal.liveColumns)}\n`,
      );
      return ExitCode.fine;
    }
    const text =
      values.schema === true
        ? JSON.stringify(retryPolicySchema(), null, 2)
        : values.json === true
          ? jsonText(choice)
          : plainText(choice, terminal.liveColumns);
    terminal.write(`${text}\n`);
    return ExitCode.fine;
  },
};

function jsonText(choice: PolicyChoice): string {
  const { policy } = choice;
  const reasons = Object.fromEntries(AVATAR_SDK_ERROR_CODES.map((code) => [code, reasonFor(code, choice)]));
  return JSON.stringify({ policy, reasons }, null, 2);
}

/** @param columns the width of the terminal; if the table is wider, its texts are placed below each other */
function plainText(choice: PolicyChoice, columns: number | undefined): string {
  const rows = AVATAR_SDK_ERROR_CODES.map((code) => [
    ...policyRow(choice.policy, code),
    reasonFor(code, choice),
  ]);
  const lines = tableWithin(columns, ['code', 'action', 'attempts', 'delays', 'reason'], rows);
  const reconnect = reconnectRows(choice.policy, columns);
  return [...lines, '', ...reconnect, ...numbers(choice, columns)].join('\n');
}

type Cells = readonly string[];

function tableWithin(columns: number | undefined, head: Cells, rows: readonly Cells[]): readonly string[] {
  const table = alignColumns([head, ...rows]);
  if (columns === undefined || table.every((line) => line.length <= columns)) return table;
  const texts = rows.flatMap(([name = '', ...cells]) =>
    cells.map((cell, at) => [at === 0 ? name : '', `${head[at + 1] ?? ''}: ${cell}`]),
  );
  return alignTexts(texts, columns);
}

/** The rows for a session that has had a connection; empty if the policy allows none. */
function reconnectRows(policy: RetryPolicy, columns: number | undefined): readonly string[] {
  const names = RECONNECT_RULE_NAMES.filter((name) => allowsReconnectRule(policy, name));
  const rows = names.map((name) => {
    const { code, when, action, reason } = RECONNECT_RULES[name];
    return [code, when, action, reason];
  });
  if (rows.length === 0) return [];
  const lines = tableWithin(columns, ['code', 'when', 'action', 'reason'], rows);
  return ['in a session that has had a connection:', ...lines, ''];
}

/** The reason for a row; none if the file has changed its action. */
function reasonFor(code: AvatarSDKErrorCode, { policy, preset, file }: PolicyChoice): string {
  return policy.rules[code].action === RETRY_PRESETS[preset].rules[code].action
    ? presetReasons(preset)[code]
    : `set in ${file ?? 'the options'}`;
}

function policyRow(policy: RetryPolicy, code: AvatarSDKErrorCode): readonly string[] {
  const rule = policy.rules[code];
  if (rule.action === 'surface') return [code, rule.action, '1', 'none'];
  const maxAttempts = mostAttempts(policy, code);
  const within = rule.maxElapsedMs === undefined ? '' : `, within ${limitText(rule.maxElapsedMs)}`;
  const backoff = backoffText({ ...policy.backoff, ...rule.backoff });
  return [
    code,
    rule.action,
    `${maxAttempts === Infinity ? 'no limit' : maxAttempts}${within}`,
    rule.action === 'retryIfHinted' ? `as the service asks, otherwise ${backoff}` : backoff,
  ];
}

function backoffText({ baseMs, factor, capMs, jitter }: Backoff): string {
  const from = jitter === 'full' ? '0 to ' : '';
  return `${from}${durationText(baseMs)}, then ×${factor} up to ${durationText(capMs)}`;
}

function limitText(ms: number): string {
  return ms === Infinity ? 'no limit' : durationText(ms);
}

function numbers({ policy, preset, file }: PolicyChoice, columns: number | undefined): readonly string[] {
  const { maxElapsedMs, stableAfterMs, maxHintMs, patienceMs, backoff } = policy;
  const rows = [
    ['preset', file === undefined ? preset : `${preset}, changed by ${file}`],
    ['an outage is given up after', limitText(maxElapsedMs)],
    ['a connection counts as stable after', durationText(stableAfterMs)],
    ['the service may ask for a wait of', durationText(maxHintMs)],
    ['from its third dial on, a step may take', patienceMs === 0 ? 'timeoutMs' : durationText(patienceMs)],
    ['least time between two dials', durationText(backoff.minIntervalMs)],
    ['jitter', backoff.jitter],
  ];
  return alignTexts(rows, columns);
}

interface CodeExplanation {
  readonly code: AvatarSDKErrorCode;
  readonly action: RuleAction;
  readonly reason: string;
  /** Rows that lead to the code, in words, without repetitions. */
  readonly matchedRows: readonly string[];
  /** The schedule of a session that has lost its connection, and may reconnect. */
  readonly schedule: AttemptSchedule;
}

/** Marks rows after which the policy gives up unless its own row has `retryPermanent`. */
const PERMANENT = ' (permanent)';

function explainCode(code: AvatarSDKErrorCode, policy: RetryPolicy, reason: string): CodeExplanation {
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

function codeText(
  { code, action, reason, matchedRows, schedule }: CodeExplanation,
  columns: number | undefined,
): string {
  const rows = [
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
  ];
  return alignTexts(rows, columns).join('\n');
}

function codeJson({ code, action, reason, matchedRows, schedule }: CodeExplanation): string {
  const { first, attempts, end } = schedule;
  return JSON.stringify(
    { code, matchedRows, action, reason, decision: first, schedule: { attempts, end } },
    null,
    2,
  );
}
