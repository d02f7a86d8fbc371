/** `policy`: the effective retry policy as a table, or as JSON. Reads it and formats it; decides nothing. */
import { DEFAULT_RULES, RULE_REASONS } from '../core/policy/default-rules.js';
import { durationText } from '../core/policy/duration-text.js';
import { AVATAR_SDK_ERROR_CODES, DEFAULT_RETRY_POLICY } from '../index.js';
import type { AvatarSDKErrorCode, Backoff, RetryPolicy } from '../index.js';
import { alignColumns } from './align-columns.js';
import type { Command } from './command.js';
import { ExitCode } from './exit-code.js';
import { parseOptions, requirePositionals } from './parse-options.js';
import { readPolicyFile } from './policy-file.js';

const HELP = `avatarkit-session policy [options]

Shows what a session does about each failure: the code, the action, how many attempts, which delays, and why.

  --file FILE    the session's option "retry" as JSON; it is checked, and laid over the defaults
  --json         the effective policy and the reasons as JSON

Examples:
  avatarkit-session policy
  avatarkit-session policy --json
  echo '{"maxAttempts":4,"rules":{"sessionDurationExceeded":"retry"}}' > policy.json
  avatarkit-session policy --file policy.json
`;

export const POLICY_COMMAND: Command = {
  name: 'policy',
  summary: 'show which failures are retried, how, and why',
  help: HELP,
  async run(args, terminal) {
    const { values, positionals } = parseOptions('policy', args, {
      file: { type: 'string' },
      json: { type: 'boolean' },
    });
    requirePositionals('policy', positionals, []);
    const policy =
      values.file === undefined ? DEFAULT_RETRY_POLICY : (await readPolicyFile(values.file)).policy;
    const reasonFor = (code: AvatarSDKErrorCode): string =>
      policy.rules[code].action === DEFAULT_RULES[code].action
        ? RULE_REASONS[code]
        : `set in ${values.file ?? 'the options'}`;
    if (values.json === true) {
      const reasons = Object.fromEntries(AVATAR_SDK_ERROR_CODES.map((code) => [code, reasonFor(code)]));
      terminal.write(`${JSON.stringify({ policy, reasons }, null, 2)}\n`);
      return ExitCode.fine;
    }
    const rows = AVATAR_SDK_ERROR_CODES.map((code) => [...policyRow(policy, code), reasonFor(code)]);
    const lines = alignColumns([['code', 'action', 'attempts', 'delays', 'reason'], ...rows]);
    terminal.write(`${[...lines, '', ...numbers(policy)].join('\n')}\n`);
    return ExitCode.fine;
  },
};

function policyRow(policy: RetryPolicy, code: AvatarSDKErrorCode): readonly string[] {
  const rule = policy.rules[code];
  if (rule.action === 'surface') return [code, rule.action, '1', 'none'];
  const attempts = String(rule.maxAttempts ?? policy.maxAttempts);
  const backoff = backoffText({ ...policy.backoff, ...rule.backoff });
  return [
    code,
    rule.action,
    attempts,
    rule.action === 'retryIfHinted' ? `asked for, or ${backoff}` : backoff,
  ];
}

function backoffText({ baseMs, factor, capMs, jitter }: Backoff): string {
  const from = jitter === 'full' ? '0 to ' : '';
  return `${from}${durationText(baseMs)}, then ×${factor} up to ${durationText(capMs)}`;
}

function numbers(policy: RetryPolicy): readonly string[] {
  const { maxElapsedMs, stableAfterMs, maxHintMs, backoff } = policy;
  const limit = (ms: number): string => (ms === Infinity ? 'no limit' : durationText(ms));
  return alignColumns([
    ['an outage is given up after', limit(maxElapsedMs)],
    ['a connection counts as stable after', durationText(stableAfterMs)],
    ['the service may ask for a wait of', durationText(maxHintMs)],
    ['dials are apart by at least', durationText(backoff.minIntervalMs)],
    ['jitter', backoff.jitter],
  ]);
}
