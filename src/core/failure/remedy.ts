/**
 * What an operator should do about one failure: by its facts where a table lists them, otherwise by the code and the phase. Only texts
 * are chosen here. The table of close codes is in this file, those of HTTP and of the transport are in other files of this folder. A
 * remedy may quote the host of a redirect and the title of a page: pass it through the redactor.
 */
import { remediationFor } from './avatar-sdk-error-code.js';
import type { AvatarSDKErrorCode, Phase, Step } from './avatar-sdk-error-code.js';
import type { ClassifiedFailure, FailureFacts } from './failure-facts.js';
import { httpRemedy, HTTP_REMEDIES, maybeOfGateway, PLAIN_HTTP_REMEDIES } from './http-remedies.js';
import type { HttpRemedy } from './http-remedies.js';
import { LOCAL_PROBLEMS } from './local-problem.js';
import type { LocalProblem, ProblemRow } from './local-problem.js';
import type { Cleanse } from './error-record.js';
import { transportRemedy, TRANSPORT_REMEDIES } from './transport-remedies.js';

interface CloseRemedy {
  readonly from: number;
  readonly to: number;
  /** The code that the row applies to: the reason of the close may have led to another one. */
  readonly code: AvatarSDKErrorCode;
  readonly remediation: string;
}

const RESTARTED =
  'Nothing to do: the service restarted, and retries bridge that time; allow more attempts if it takes longer.';

const CLOSE_ROWS: readonly CloseRemedy[] = [
  { from: 1001, to: 1001, code: 'connectionClosed', remediation: RESTARTED },
  { from: 1012, to: 1013, code: 'connectionClosed', remediation: RESTARTED },
  {
    from: 1006,
    to: 1006,
    code: 'connectionClosed',
    remediation:
      'Check the network and the proxies between this host and the service: the connection broke without a close frame.',
  },
  {
    from: 1011,
    to: 1011,
    code: 'connectionClosed',
    remediation:
      "Send the connection id to the service's support if it lasts: the service closed with an internal error.",
  },
  {
    from: 1014,
    to: 1014,
    code: 'connectionClosed',
    remediation:
      'Check the proxy in front of the service if it lasts: it lost its own connection to the service.',
  },
  {
    from: 1008,
    to: 1008,
    code: 'invalidRequest',
    remediation: 'See the close reason for the rule of the service or of a proxy that this session broke.',
  },
  {
    from: 1009,
    to: 1009,
    code: 'invalidRequest',
    remediation:
      'Shorten extraParams and the egress attributes, or raise the message limit of the proxy: a message was too big.',
  },
  {
    from: 1015,
    to: 1015,
    code: 'connectionFailed',
    remediation: 'Check the TLS certificate and the TLS versions of both ends: the TLS handshake failed.',
  },
  {
    from: 4000,
    to: 4499,
    code: 'connectionClosed',
    remediation:
      'See the close reason and update this package: the service closed on purpose, with a code that this version does not know.',
  },
];

const CLOSE_REMEDIES: readonly CloseRemedy[] = Object.freeze(CLOSE_ROWS.map((row) => Object.freeze(row)));

const OWN_REMEDIES: ReadonlySet<string> = new Set([
  ...[...CLOSE_ROWS, ...Object.values(LOCAL_PROBLEMS)].map(({ remediation }) => remediation),
  ...PLAIN_HTTP_REMEDIES,
]);

/**
 * Whether the remedy is a text of the tables for codes, close codes, HTTP answers and local problems, so that it contains no foreign
 * text.
 */
export function isOwnRemedy(text: string, code: AvatarSDKErrorCode, phase: Phase): boolean {
  const ofCode = remediationFor(code, phase);
  return text === ofCode || text === maybeOfGateway(ofCode) || OWN_REMEDIES.has(text);
}

/** Undefined where the number adds nothing to the remediation of the code. */
function closeRemedy(closeCode: number, code: AvatarSDKErrorCode): string | undefined {
  return CLOSE_ROWS.find((row) => closeCode >= row.from && closeCode <= row.to && row.code === code)
    ?.remediation;
}

/** Never empty. @param failure the result of `classify` for the same facts */
export function remedyFor(facts: FailureFacts, failure: ClassifiedFailure, cleanse: Cleanse): string {
  return special(facts, failure, cleanse) ?? remediationFor(failure.code, failure.phase);
}

function special(facts: FailureFacts, failure: ClassifiedFailure, cleanse: Cleanse): string | undefined {
  switch (facts.kind) {
    case 'httpRefused':
    case 'tokenMissing':
      return httpRemedy(facts, failure, cleanse);
    case 'socketClosed':
      return facts.idleCuts === undefined
        ? closeRemedy(facts.closeCode, failure.code)
        : SILENCE_REMEDIES[facts.idleCuts.pingEveryMs === undefined ? 'idleCutsWithoutPings' : 'idleCuts']
            .remediation;
    case 'transportFailed':
      return facts.ofApplication === true
        ? LOCAL_PROBLEMS.httpPost.remediation
        : transportRemedy(facts.errno, facts.message, facts.phase);
    case 'stepTimedOut':
      return facts.ofApplication === true
        ? LOCAL_PROBLEMS[TIMED_OUT_FUNCTION[facts.phase]].remediation
        : STEP_REMEDIES[`${facts.phase} ${facts.step}`];
    case 'tokenProviderFailed':
      return LOCAL_PROBLEMS[FAILED_FUNCTION[facts.phase]].remediation;
    case 'refusedLocally':
      return facts.problem && LOCAL_PROBLEMS[facts.problem].remediation;
    case 'protocolViolated':
      // The message of a transport on Node for a port that answers in TLS.
      return facts.message.includes('TLS alert')
        ? transportRemedy('HPE_INVALID_CONSTANT', facts.message, facts.phase)
        : undefined;
    case 'heartbeatMissed':
      return facts.neverAnswered === undefined ? undefined : SILENCE_REMEDIES.neverAnswered.remediation;
    case 'serverErrorReceived':
      return undefined;
  }
}

/** The remedy for several losses in a row that show a proxy on the path to the service, or a peer that answers no pings. */
const SILENCE_REMEDIES = {
  idleCuts: {
    when: 'two connections in a row cut after the same silence',
    remediation:
      'Raise the idle time-out of the proxy or balancer on the way to the service, or set heartbeat.intervalMs below half of it: it cuts silent connections.',
  },
  idleCutsWithoutPings: {
    when: 'two connections in a row cut after the same silence, without a heartbeat',
    remediation:
      'Turn the heartbeat on, with intervalMs below half of that silence, or raise the idle time-out of the proxy or balancer on the way to the service.',
  },
  neverAnswered: {
    when: 'two connections in a row lost by the heartbeat without one answer to a ping',
    remediation:
      'Set heartbeat: false, or longer heartbeat.intervalMs and timeoutMs, if the service works but does not answer pings; otherwise find out why it stops sending.',
  },
} as const satisfies Readonly<Record<string, ProblemRow>>;

/** The application's function that runs in a phase. */
const FAILED_FUNCTION: Readonly<Record<Phase, LocalProblem>> = {
  session_token: 'tokenProvider',
  websocket_connect: 'egressFunction',
  websocket_runtime: 'egressFunction',
};
const TIMED_OUT_FUNCTION: Readonly<Record<Phase, LocalProblem>> = {
  session_token: 'tokenProviderTimeout',
  websocket_connect: 'egressTimeout',
  websocket_runtime: 'egressTimeout',
};

/** Remedies for steps of a dial that timed out. */
const STEP_REMEDIES: Readonly<Partial<Record<`${Phase} ${Step}`, string>>> = {
  'session_token request':
    'Check consoleEndpointUrl, and proxies and firewalls on the way, or raise timeoutMs: the console did not answer in time.',
  'websocket_connect upgrade':
    'Check ingressEndpointUrl, and proxies and firewalls on the way, or raise timeoutMs: the upgrade was not answered in time.',
  'websocket_connect handshake':
    'Wait for the service to recover, or raise timeoutMs: it took the connection, and did not confirm the session in time.',
};

/** Codes with the same sentence share one row. */
export function remedyRows(): readonly ProblemRow[] {
  const whens = new Map<string, string[]>();
  for (const { when, remediation } of allRows()) {
    const known = whens.get(remediation) ?? [];
    if (!known.includes(when)) known.push(when);
    whens.set(remediation, known);
  }
  return [...whens].map(([remediation, when]) => ({ when: when.join('; '), remediation }));
}

function allRows(): readonly ProblemRow[] {
  return [
    ...Object.values(LOCAL_PROBLEMS),
    ...Object.values(SILENCE_REMEDIES),
    ...HTTP_REMEDIES.map((row) => ({ when: httpWords(row), remediation: row.remediation })),
    ...CLOSE_REMEDIES.map(({ from, to, remediation }) => ({
      when: `close code ${from === to ? from : `${from} to ${to}`}`,
      remediation,
    })),
    ...TRANSPORT_REMEDIES.map(({ errno, words, remediation }) => ({
      when: `\`${errno}\`${words === undefined ? '' : ` that says "${words}"`}`,
      remediation,
    })),
    ...Object.entries(STEP_REMEDIES).map(([step, remediation]) => ({
      when: `time-out of ${step}`,
      remediation,
    })),
  ];
}

function httpWords({ door, from, to, ofGateway, words, unless }: HttpRemedy): string {
  const range = `HTTP ${from === to ? from : `${from} to ${to}`}`;
  const at = { any: '', token: ' to the token request', upgrade: ' to the upgrade' }[door];
  const by = ofGateway === true ? ', not from the service' : '';
  const says = words === undefined ? '' : ` that says "${words}"`;
  return `${range}${at}${by}${says}${unless === undefined ? '' : ' without words of a plan'}`;
}
