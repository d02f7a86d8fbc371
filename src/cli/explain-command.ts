/**
 * `explain`: the facts of a failure in, the code and the decision out, by the same functions that a session uses. Formats
 * what they say and adds nothing of its own.
 */
import { classify } from '../core/failure/classify.js';
import { endsSession } from '../core/failure/ends-session.js';
import type { FailureFacts } from '../core/failure/failure-facts.js';
import { createRedactor } from '../core/failure/redactor.js';
import { toAvatarSDKError } from '../core/failure/to-avatar-sdk-error.js';
import { durationText } from '../core/policy/duration-text.js';
import { DEFAULT_RETRY_POLICY } from '../index.js';
import type { AvatarSDKError } from '../index.js';
import { alignColumns } from './align-columns.js';
import { attemptSchedule } from './attempt-schedule.js';
import type { AttemptSchedule } from './attempt-schedule.js';
import type { Command } from './command.js';
import { ExitCode } from './exit-code.js';
import { FACT_OPTIONS, readFacts } from './explain-facts.js';
import { EXPLAIN_HELP } from './explain-help.js';
import { parseNumber, parseOptions, requirePositionals } from './parse-options.js';
import { readPolicyFile } from './policy-file.js';

/** What a failure leads to; only the first asks the policy. */
type Verdict =
  | ({ readonly action: 'retry' | 'giveUp' } & AttemptSchedule)
  | { readonly action: 'failRequest' | 'report' | 'end'; readonly why: string };

export const EXPLAIN_COMMAND: Command = {
  name: 'explain',
  summary: 'facts of a failure in, code and decision out',
  help: EXPLAIN_HELP,
  async run(args, terminal) {
    const { values, positionals } = parseOptions('explain', args, {
      ...FACT_OPTIONS,
      attempt: { type: 'string' },
      file: { type: 'string' },
      json: { type: 'boolean' },
    });
    requirePositionals('explain', positionals, []);
    const facts = readFacts(values);
    const attempt = parseNumber('--attempt', values.attempt, { min: 0, max: 1_000, integer: true });
    const policy =
      values.file === undefined ? DEFAULT_RETRY_POLICY : (await readPolicyFile(values.file)).policy;

    const classification = classify(facts, Date.now());
    const error = classification.normalEnd ? undefined : toAvatarSDKError(classification, createRedactor());
    const verdict: Verdict =
      error === undefined
        ? { action: 'end', why: 'no failure: the service ended a session that owed nothing' }
        : verdictOn(facts, error, attemptSchedule(policy, error, attempt ?? usualAttempt(facts)));
    const text = values.json === true ? jsonText(error, verdict) : plainText(error, verdict);
    terminal.write(`${text}\n`);
    return ExitCode.fine;
  },
};

/** Without `--attempt`: the first dial, or the loss of a connection that had been stable. */
function usualAttempt({ phase }: FailureFacts): number {
  return phase === 'websocket_runtime' ? 0 : 1;
}

/** A ServerError at runtime need not be about the connection. */
function verdictOn(facts: FailureFacts, error: AvatarSDKError, schedule: AttemptSchedule): Verdict {
  const policyVerdict = { action: schedule.first.action, ...schedule };
  if (facts.kind !== 'serverErrorReceived' || !facts.confirmed) return policyVerdict;
  if (facts.reqId !== undefined) {
    return { action: 'failRequest', why: 'it names a request: that one fails, the session goes on' };
  }
  if (schedule.first.action === 'retry' || endsSession(error.code)) return policyVerdict;
  return {
    action: 'report',
    why: `${error.code} is reported, and the connection left as the service left it`,
  };
}

const WORDS: Readonly<Record<Verdict['action'], string>> = {
  retry: 'retry',
  giveUp: 'give up: the session ends',
  failRequest: 'fail the request',
  report: 'report only',
  end: 'end the session normally',
};

function plainText(error: AvatarSDKError | undefined, verdict: Verdict): string {
  const asked = 'first' in verdict;
  const rows = [
    ...(error === undefined ? [] : errorRows(error)),
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
function scheduleRows({ attempts, end }: AttemptSchedule): readonly (readonly string[])[] {
  if (attempts.length === 0) return [];
  const texts = attempts.map(({ attempt, minDelayMs, maxDelayMs }) => {
    const range = minDelayMs === maxDelayMs ? '' : `${durationText(minDelayMs)} to `;
    return `attempt ${attempt} after ${range}${durationText(maxDelayMs)}`;
  });
  const last = end === undefined ? 'and so on' : `then ${end.why}`;
  return [...texts, last].map((text, index) => [index === 0 ? 'if it lasts' : '', text]);
}

function jsonText(error: AvatarSDKError | undefined, verdict: Verdict): string {
  const asked = 'first' in verdict;
  const decision = asked ? verdict.first : { action: verdict.action, why: verdict.why };
  const schedule = asked ? { attempts: verdict.attempts, end: verdict.end } : undefined;
  return JSON.stringify({ error: shownError(error), decision, schedule }, null, 2);
}

/** Without what only the policy's verdict would say: nothing was decided about this error. */
function shownError(error: AvatarSDKError | undefined): Record<string, unknown> | undefined {
  if (error === undefined) return undefined;
  const json = error.toJSON();
  delete json['will_retry'];
  return json;
}
