/**
 * `explain`: the facts of a failure in, the row that matched, the code and the decision out, by the same functions that a
 * session uses, and in the same words.
 */
import { classify } from '../core/failure/classify.js';
import { createRedactor } from '../core/failure/redactor.js';
import { toAvatarSDKError } from '../core/failure/to-avatar-sdk-error.js';
import { MAX_TIMER_MS } from '../core/option/option-check.js';
import type { Command } from './command.js';
import { ExitCode } from './exit-code.js';
import { FACT_OPTIONS, readFacts } from './explain-facts.js';
import { EXPLAIN_HELP } from './explain-help.js';
import { jsonText, plainText } from './explain-text.js';
import { NORMAL_END, verdictOn } from './explain-verdict.js';
import { parseNumber, parseOptions, requirePositionals } from './parse-options.js';
import { POLICY_OPTIONS, readPolicyChoice } from './policy-choice.js';

export const EXPLAIN_COMMAND: Command = {
  name: 'explain',
  summary: 'facts of a failure in, code and decision out',
  help: EXPLAIN_HELP,
  async run(args, terminal) {
    const { values, positionals } = parseOptions('explain', args, {
      ...FACT_OPTIONS,
      attempt: { type: 'string' },
      elapsed: { type: 'string' },
      sessions: { type: 'string' },
      ...POLICY_OPTIONS,
      json: { type: 'boolean' },
    });
    requirePositionals('explain', positionals, []);
    const facts = readFacts(values);
    const progress = {
      attempt: parseNumber('--attempt', values.attempt, { min: 0, max: 1_000, integer: true }),
      elapsedMs: parseNumber('--elapsed', values.elapsed, { min: 0, max: MAX_TIMER_MS }) ?? 0,
      sessions: parseNumber('--sessions', values.sessions, { min: 1, max: 1e6, integer: true }) ?? 1,
    };
    const { policy } = await readPolicyChoice('explain', values);

    const classification = classify(facts, Date.now());
    const error = classification.normalEnd ? undefined : toAvatarSDKError(classification, createRedactor());
    const verdict = error === undefined ? NORMAL_END : verdictOn(facts, error, policy, progress);
    const explanation = { matchedRow: classification.matchedRow, error, verdict };
    terminal.write(`${values.json === true ? jsonText(explanation) : plainText(explanation)}\n`);
    return ExitCode.fine;
  },
};
