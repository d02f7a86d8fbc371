/**
 * What an operator should do about one failure: by what happened where a table knows it, else by the code and the phase. Only
 * words are chosen here. A remedy may quote the host of a redirect and the title of a page: pass it through the redactor.
 */
import type { ClassifiedFailure } from './classification.js';
import { closeRemedy } from './close-remedies.js';
import type { FailureFacts } from './failure-facts.js';
import { httpRemedy } from './http-remedies.js';
import { LOCAL_PROBLEMS } from './local-problem.js';
import type { LocalProblem, ProblemRow } from './local-problem.js';
import type { Phase, Step } from './phase.js';
import type { Cleanse } from './reduce-cause.js';
import { remediationFor } from './remediation.js';
import { transportRemedy } from './transport-remedies.js';

/** Never empty. `failure` is what `classify` made of the same facts. */
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
      // What a transport on Node says of a port that answers in TLS.
      return facts.message.includes('TLS alert')
        ? transportRemedy('HPE_INVALID_CONSTANT', facts.message, facts.phase)
        : undefined;
    case 'heartbeatMissed':
      return facts.neverAnswered === undefined ? undefined : SILENCE_REMEDIES.neverAnswered.remediation;
    case 'serverErrorReceived':
      return undefined;
  }
}

/** Of several losses in a row that show what stands between this host and the service. */
export const SILENCE_REMEDIES = {
  idleCuts: {
    when: 'two connections in a row cut after the same silence',
    remediation:
      'Raise the idle time-out of the proxy or balancer on the way to the service, or set heartbeat.intervalMs below half of it: it cuts silent connections.',
  },
  idleCutsWithoutPings: {
    when: 'the same without a heartbeat',
    remediation:
      'Turn the heartbeat on, with intervalMs below half of that silence, or raise the idle time-out of the proxy or balancer on the way to the service.',
  },
  neverAnswered: {
    when: 'two connections in a row lost by the heartbeat without one answer to a ping',
    remediation:
      'Set heartbeat: false, or longer heartbeat.intervalMs and timeoutMs, if the service lives and only answers no pings; else see why it falls silent.',
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

/** Of steps of a dial that were not answered in time. */
export const STEP_REMEDIES: Readonly<Partial<Record<`${Phase} ${Step}`, string>>> = {
  'session_token request':
    'Check consoleEndpointUrl, and proxies and firewalls on the way, or raise timeoutMs: the console did not answer in time.',
  'websocket_connect upgrade':
    'Check ingressEndpointUrl, and proxies and firewalls on the way, or raise timeoutMs: the upgrade was not answered in time.',
  'websocket_connect handshake':
    'Wait for the service to recover, or raise timeoutMs: it took the connection, and did not confirm the session in time.',
};
