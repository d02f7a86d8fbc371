/**
 * `explain`: takes the facts of a failure, and prints the row that matched, the code and the decision, with the functions and words of a
 * session. The options form one kind of evidence, with the step where it was observed; this file does not interpret them.
 * test/cli/run.test.ts compares the help with the accepted options.
 */
import { retryAfterMs } from '../core/failure/classify-http.js';
import { classify } from '../core/failure/classify.js';
import type { FailureFacts } from '../core/failure/failure-facts.js';
import { PHASES } from '../core/failure/avatar-sdk-error-code.js';
import { createRedactor } from '../core/redaction/redactor.js';
import { toAvatarSDKError } from '../core/failure/to-avatar-sdk-error.js';
import { MAX_TIMER_MS, requireOneOf } from '../core/option/option-check.js';
import { shownValue } from '../core/option/shown-value.js';
import type { Phase, Step } from '../index.js';
import { asInput, InputError, parseNumber, ExitCode, parseOptions, requirePositionals } from './command.js';
import type { Command } from './command.js';
import { explainLogged, jsonText, NORMAL_END, plainText, verdictOn } from './explanation.js';
import type { Explanation } from './explanation.js';
import { POLICY_OPTIONS, readPolicyChoice } from './command-choices.js';
import { MAX_LOGGED_ERRORS, readLoggedErrors } from './logged-errors.js';
import type { LoggedError } from './logged-errors.js';
import { MAX_TEXT_BYTES, readInputText, readStandardInput } from './named-files.js';
import { shownPath } from './terminal.js';
import type { Terminal } from './terminal.js';

const FACT_OPTIONS = {
  close: { type: 'string' },
  reason: { type: 'string' },
  idle: { type: 'boolean' },
  http: { type: 'string' },
  body: { type: 'string' },
  header: { type: 'string', multiple: true },
  'retry-after': { type: 'string' },
  'server-error': { type: 'string' },
  text: { type: 'string' },
  'req-id': { type: 'string' },
  errno: { type: 'string' },
  timeout: { type: 'string' },
  silence: { type: 'string' },
  phase: { type: 'string' },
  egress: { type: 'boolean' },
  reconnect: { type: 'boolean' },
} as const;

export interface FactValues extends Readonly<
  Partial<
    Record<Exclude<keyof typeof FACT_OPTIONS, 'idle' | 'egress' | 'reconnect' | 'header'>, string | undefined>
  >
> {
  readonly idle?: boolean | undefined;
  readonly egress?: boolean | undefined;
  readonly reconnect?: boolean | undefined;
  readonly header?: readonly string[] | undefined;
}

type Kind = 'close' | 'http' | 'server-error' | 'errno' | 'timeout' | 'silence';

interface KindRule {
  /** The phases in which this kind can be observed, and the step in each; the first phase is the default. */
  readonly steps: ReadonlyMap<Phase, Step>;
  /** The details that can be given with it. */
  readonly details: readonly (keyof FactValues)[];
}

const KINDS: Readonly<Record<Kind, KindRule>> = {
  close: {
    steps: new Map([
      ['websocket_runtime', 'close'],
      ['websocket_connect', 'handshake'],
    ]),
    details: ['reason', 'idle'],
  },
  http: {
    steps: new Map([
      ['websocket_connect', 'upgrade'],
      ['session_token', 'request'],
    ]),
    details: ['body', 'header', 'retry-after'],
  },
  'server-error': {
    steps: new Map([
      ['websocket_runtime', 'receive'],
      ['websocket_connect', 'handshake'],
    ]),
    details: ['text', 'req-id'],
  },
  errno: {
    steps: new Map([
      ['websocket_connect', 'upgrade'],
      ['session_token', 'request'],
      ['websocket_runtime', 'close'],
    ]),
    details: ['text'],
  },
  timeout: {
    steps: new Map([
      ['websocket_connect', 'upgrade'],
      ['session_token', 'request'],
    ]),
    details: [],
  },
  silence: { steps: new Map([['websocket_runtime', 'heartbeat']]), details: [] },
};

const DETAILS = ['reason', 'idle', 'body', 'header', 'retry-after', 'text', 'req-id'] as const;

/** @throws InputError unless exactly one kind of evidence is given, in a phase where it can occur, with details that fit it */
export function readFacts(values: FactValues): FailureFacts {
  const kinds = Object.keys(KINDS) as Kind[];
  const [kind, second] = kinds.filter((name) => values[name] !== undefined);
  const all = kinds.map((name) => `--${name}`).join(', ');
  if (kind === undefined) {
    const logged = 'FILE, or - for standard input, with a logged error';
    throw new InputError(`explain: nothing to explain; give ${logged}, or one of ${all}`);
  }
  if (second !== undefined) throw new InputError(`explain: --${kind} and --${second} exclude each other`);
  const stray = DETAILS.find((name) => values[name] !== undefined && !KINDS[kind].details.includes(name));
  if (stray !== undefined) throw new InputError(`explain: --${stray} means nothing beside --${kind}`);

  const { phase, step } = whereOf(kind, values.phase);
  const confirmed = phase === 'websocket_runtime';
  const confirmedBefore = confirmed || values.reconnect === true;
  const where = { phase, step, usesEgress: values.egress === true, confirmedBefore };
  const number = (min: number, max: number): number =>
    parseNumber(`--${kind}`, values[kind], { min, max, integer: true }) ?? 0;
  switch (kind) {
    case 'close':
      return {
        ...where,
        kind: 'socketClosed',
        closeCode: number(1000, 4999),
        closeReason: values.reason ?? '',
        confirmed,
        unfinishedRequests: values.idle === true ? 0 : 1,
      };
    case 'http': {
      const httpStatus = number(200, 599);
      const headers = readHeaders(values);
      // The console answered with success, but without a usable token: that is another kind of evidence.
      const tokenMissing = phase === 'session_token' && httpStatus < 300;
      const body = values.body ?? '';
      return { ...where, kind: tokenMissing ? 'tokenMissing' : 'httpRefused', httpStatus, headers, body };
    }
    case 'server-error': {
      const serverCode = number(-(2 ** 31), 2 ** 31 - 1);
      const reqId = values['req-id'];
      const message = values.text ?? '';
      const request = reqId === undefined ? {} : { reqId };
      return { ...where, ...request, kind: 'serverErrorReceived', serverCode, message, confirmed };
    }
    case 'errno':
      return { ...where, kind: 'transportFailed', errno: values.errno ?? '', message: values.text ?? '' };
    case 'timeout':
      return { ...where, kind: 'stepTimedOut', timeoutMs: number(1, MAX_TIMER_MS) };
    case 'silence':
      return { ...where, kind: 'heartbeatMissed', silentMs: number(1, MAX_TIMER_MS) };
  }
}

function whereOf(kind: Kind, asked: string | undefined): { readonly phase: Phase; readonly step: Step } {
  const { steps } = KINDS[kind];
  const phase = asInput(() => requireOneOf('--phase', asked ?? [...steps.keys()][0], PHASES));
  const step = steps.get(phase);
  if (step === undefined) throw new InputError(`explain: --${kind} can't happen in phase ${phase}`);
  return { phase, step };
}

function readHeaders(values: FactValues): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of values.header ?? []) {
    const [, name, value] = /^([^\s:]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      throw new InputError(`--header must look like "Name: value", got ${shownValue(line)}`);
    }
    headers[name.toLowerCase()] = value;
  }
  const retryAfter = values['retry-after'];
  if (retryAfter === undefined) return headers;
  if (retryAfterMs({ 'retry-after': retryAfter }, Date.now()) === undefined) {
    throw new InputError(`--retry-after must be seconds or an HTTP date, got ${shownValue(retryAfter)}`);
  }
  return { ...headers, 'retry-after': retryAfter };
}

const EXPLAIN_HELP = `avatarkit-session explain FACT | FILE | - [options]

Shows what a session does about a failure: the code, the phase, the row of the
tables that matched, the decision and its reason, the delays if the failure
continues, and what an operator should do. session.explain() uses the same
words for real failures. Where a delay is drawn, 'why' shows the average one.
FILE, or "-" for standard input, has an error that was logged: toJSON() of one,
an object that has it as err or error, or lines of those, as pino writes them.
Else the facts are one of:

  --close CODE         the WebSocket was closed; --reason TEXT, --idle when no
                       request was unfinished
  --http STATUS        the upgrade (or, with --phase session_token, the token
                       request) was refused; --body TEXT, --retry-after VALUE,
                       --header 'Name: value' (as often as needed)
  --server-error CODE  a ServerError message; --text TEXT, --req-id ID when it
                       names an open request
  --errno CODE         the transport failed: ECONNREFUSED, CERT_HAS_EXPIRED, …;
                       --text TEXT
  --timeout MS         a step was not answered in time
  --silence MS         a ping was not answered

  --phase PHASE    session_token, websocket_connect or websocket_runtime; by
                   default where the fact is usual
  --egress         the session publishes into a LiveKit or Agora room
  --reconnect      the session has had a connection before: the same
                   credentials were accepted at the same addresses
  --attempt N      which dial of the outage failed (default 1); 0 when a stable
                   connection was lost (default at runtime)
  --elapsed MS     how long the outage has lasted by then (default 0)
  --sessions N     how many sessions the process has at the endpoint (default
                   1): one that is lost alone comes back sooner, a drain notice
                   spreads them
  --preset NAME    the policy to ask: default, patient, interactive or never
  --file FILE      the policy to ask: the session's option "retry" as JSON, as
                   the command policy shows it
  --json           the same as JSON

Examples:
  avatarkit-session explain --close 4503 --reason "restarting"
  avatarkit-session explain --http 429 --retry-after 30
  avatarkit-session explain --server-error 14 --text "egress failed" --egress
  avatarkit-session explain --errno ECONNREFUSED --phase session_token --json
  avatarkit-session explain --close 1012 --sessions 400
  avatarkit-session explain error.json
  tail -n 50 app.log | avatarkit-session explain -
`;

export const EXPLAIN_COMMAND: Command = {
  name: 'explain',
  summary: 'show the code and the decision for a failure or a logged error',
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
    const [path, ...extra] = positionals;
    requirePositionals('explain', extra, []);
    const progress = {
      attempt: parseNumber('--attempt', values.attempt, { min: 0, max: 1_000, integer: true }),
      elapsedMs: parseNumber('--elapsed', values.elapsed, { min: 0, max: MAX_TIMER_MS }) ?? 0,
      sessions: parseNumber('--sessions', values.sessions, { min: 1, max: 1e6, integer: true }) ?? 1,
    };
    if (path !== undefined) refuseFactsBesideFile(values);
    const facts = path === undefined ? readFacts(values) : undefined;
    const { policy } = await readPolicyChoice('explain', values);
    const asJson = values.json === true;
    const asText = (one: Explanation): string => plainText(one, terminal.liveColumns);
    if (path !== undefined) {
      const logged = await loggedIn(path, terminal);
      const hadConnection = values.reconnect === true;
      const shown = logged
        .slice(-MAX_LOGGED_ERRORS)
        .map((one) => explainLogged(one, policy, progress, hadConnection));
      terminal.write(
        asJson ? `[${shown.map(jsonText).join(',\n')}]\n` : `${shown.map(asText).join('\n\n')}\n`,
      );
      const left = logged.length - shown.length;
      if (left > 0) terminal.complain(`avatarkit-session: explain: ${left} older errors are left out`);
      return ExitCode.fine;
    }
    if (facts === undefined) return ExitCode.fine;
    const classification = classify(facts, Date.now());
    const error = classification.normalEnd ? undefined : toAvatarSDKError(classification, createRedactor());
    const verdict = error === undefined ? NORMAL_END : verdictOn(facts, error, policy, progress);
    const explanation = { matchedRow: classification.matchedRow, error, verdict };
    terminal.write(`${asJson ? jsonText(explanation) : asText(explanation)}\n`);
    return ExitCode.fine;
  },
};

/** With a file, the failure is in the file, so options with facts are refused. */
function refuseFactsBesideFile(values: FactValues): void {
  const names = (Object.keys(FACT_OPTIONS) as (keyof FactValues)[]).filter((name) => name !== 'reconnect');
  const given = names.find((name) => values[name] !== undefined);
  if (given !== undefined) throw new InputError(`explain: --${given} and a file exclude each other`);
}

/** @throws InputError if there is none */
async function loggedIn(path: string, terminal: Terminal): Promise<readonly LoggedError[]> {
  const isInput = path === '-';
  const text = isInput
    ? new TextDecoder().decode(await readStandardInput(terminal, MAX_TEXT_BYTES))
    : await readInputText(path);
  const logged = readLoggedErrors(text);
  if (logged.length > 0) return logged;
  throw new InputError(
    `${isInput ? 'standard input' : shownPath(path)}: no error of a session in it, as toJSON() or a logger writes one`,
  );
}
