/**
 * `explain`: facts of a failure in; the row that matched, the code and the decision out, by the functions and
 * with the words of a session. test/cli/run.test.ts compares the help with the accepted options.
 */
import { classify } from '../core/failure/classify.js';
import { createRedactor } from '../core/failure/redactor.js';
import { toAvatarSDKError } from '../core/failure/to-avatar-sdk-error.js';
import { MAX_TIMER_MS } from '../core/option/option-check.js';
import { ExitCode, parseNumber, parseOptions, requirePositionals } from './command.js';
import type { Command } from './command.js';
import { FACT_OPTIONS, readFacts } from './explain-facts.js';
import { jsonText, NORMAL_END, plainText, verdictOn } from './explanation.js';
import { POLICY_OPTIONS, readPolicyChoice } from './policy-choice.js';

const EXPLAIN_HELP = `avatarkit-session explain FACT [options]

Shows what a session does about a failure: the code, the phase, the row of the tables that matched, the decision and
its reason, the delays if the failure continues, and what an operator should do. session.explain() uses the same words
for real failures. Where a delay is drawn, 'why' shows the average one. The facts are one of:

  --close CODE           the WebSocket was closed; --reason TEXT, --idle when no request was unfinished
  --http STATUS          the upgrade (or, with --phase session_token, the token request) was refused;
                         --body TEXT, --retry-after VALUE, --header 'Name: value' (as often as needed)
  --server-error CODE    a ServerError message; --text TEXT, --req-id ID when it names an open request
  --errno CODE           the transport failed: ECONNREFUSED, CERT_HAS_EXPIRED, ...; --text TEXT
  --timeout MS           a step was not answered in time
  --silence MS           a ping was not answered

  --phase PHASE    session_token, websocket_connect or websocket_runtime; by default where the fact is usual
  --egress         the session publishes into a LiveKit or Agora room
  --reconnect      the session has had a connection before: the same credentials were accepted at the same addresses
  --attempt N      which dial of the outage failed (default 1); 0 when a stable connection was lost (default at runtime)
  --elapsed MS     how long the outage has lasted by then (default 0)
  --sessions N     how many sessions the process has at the endpoint (default 1): a drain notice spreads them
  --preset NAME    the policy to ask: default, patient, interactive or never
  --file FILE      the policy to ask: the session's option "retry" as JSON; see: policy --help
  --json           the same as JSON

Examples:
  avatarkit-session explain --close 4503 --reason "restarting"
  avatarkit-session explain --http 429 --phase websocket_connect --retry-after 30 --body '{"message":"too many"}'
  avatarkit-session explain --server-error 14 --text "failed to create egress connection" --egress
  avatarkit-session explain --errno ECONNREFUSED --phase session_token --json
  avatarkit-session explain --close 1012 --sessions 400
`;

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
