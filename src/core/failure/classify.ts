/**
 * Facts → one of the 20 codes with everything the service said, or "nothing failed". The order is: the kind of fact, numbers, words, HTTP
 * status, transport; each step is a table in this folder. Independent of the policy, which decides what follows from a failure. The
 * result still contains secrets. `classificationRows` lists every row of the tables with its code, in the same words, for the documents.
 */
import { inheritingNothing, ownMember } from '../option/plain-object.js';
import type { AvatarSDKErrorCode, Match, FailureOrigin, Phase } from './avatar-sdk-error-code.js';
import { classifyHttp, REFUSED_BY_PAGE } from './classify-http.js';
import {
  classifyClose,
  classifyServerError,
  NO_ROW,
  TOKEN_RAN_OUT,
  CLOSE_CODE_RULES,
  closeCodeRow,
  OTHER_CLOSE_CODE_RULES,
} from './classify-socket.js';
import type {
  Classification,
  ClassifiedFailure,
  FailureFacts,
  StepTimedOut,
  TransportFailed,
} from './failure-facts.js';
import { malformedAnswer, gatewayRows, HTTP_STATUS_RULES, httpStatusRow } from './http-status-rules.js';
import { LOCAL_PROBLEMS } from './local-problem.js';
import type { LocalProblem, ProblemRow } from './local-problem.js';
import { MAX_QUOTED_CHARACTERS, asItIs, type Cleanse } from './error-record.js';
import { remedyFor } from './remedy.js';
import { SERVER_ERROR_RULES, serverErrorRows, TEXT_RULES, textRow } from './server-error-rules.js';
import { matchTransport, OTHER_TRANSPORT, TRANSPORT_RULES, transportRow } from './transport-rules.js';
import type { TransportVerdict } from './transport-rules.js';

/** Kinds of facts that need no table: the kind alone determines the code. */
const ROWS_BY_KIND = Object.freeze({
  stepTimedOut: 'a step that was not answered in time',
  heartbeatMissed: 'a ping that was not answered',
  protocolViolated: 'a message that the protocol does not allow here',
  tokenProviderFailed: 'a token provider that failed: treated as a network failure on the way to its backend',
  refusedLocally: 'found on this side, which also sets the code',
});

const VIOLATION: Match = { code: 'protocolError', matchedRow: ROWS_BY_KIND.protocolViolated };
const PROVIDER_FAILED: Match = {
  code: 'connectionFailed',
  matchedRow: ROWS_BY_KIND.tokenProviderFailed,
};

const SUBJECTS: Readonly<Record<Phase, string>> = Object.freeze({
  session_token: 'token request',
  websocket_connect: 'connection attempt',
  websocket_runtime: 'connection',
});

/** The application's function that runs in each phase. */
const FUNCTIONS: Readonly<Record<Phase, string>> = Object.freeze({
  session_token: 'the token provider',
  websocket_connect: 'the egress function',
  websocket_runtime: 'the egress function',
});

/**
 * Never throws. `nowEpochMs` is only used for a Retry-After date in an answer without a `Date` header. The result is neither redacted nor
 * bounded, except the words that `cleanse` has changed because our own sentence quotes them: pass a failure to `toAvatarSDKError`.
 */
export function classify(facts: FailureFacts, nowEpochMs: number, cleanse: Cleanse = asItIs): Classification {
  const found = meaningOf(facts, nowEpochMs, cleanse);
  if (found.normalEnd) return found;
  const failure = inheritingNothing(found) as {
    -readonly [Name in keyof ClassifiedFailure]: ClassifiedFailure[Name];
  };
  failure.remediation = remedyFor(facts, found, cleanse);
  return failure;
}

function meaningOf(facts: FailureFacts, nowEpochMs: number, cleanse: Cleanse): Classification {
  switch (facts.kind) {
    case 'httpRefused':
    case 'tokenMissing':
      return classifyHttp(facts, nowEpochMs, cleanse);
    case 'socketClosed':
      return classifyClose(facts, cleanse);
    case 'serverErrorReceived':
      return classifyServerError(facts, cleanse);
    case 'transportFailed':
      return classifyTransport(facts, cleanse);
    case 'stepTimedOut':
      return failure(
        facts,
        { code: brokenIn(facts.phase), matchedRow: ROWS_BY_KIND.stepTimedOut },
        facts.ofApplication === true ? 'application' : 'transport',
        timedOut(facts),
      );
    case 'heartbeatMissed': {
      const { silentMs, neverAnswered } = facts;
      const never =
        neverAnswered === undefined
          ? ''
          : `, and no ping was ever answered on the last ${neverAnswered} connections lost this way`;
      const message = `connection lost: no sign of life from the service for ${silentMs} ms${never}`;
      const match = { code: 'connectionClosed', matchedRow: ROWS_BY_KIND.heartbeatMissed } as const;
      return { ...failure(facts, match, 'transport', message), step: 'heartbeat' };
    }
    case 'protocolViolated':
      return answered(
        facts,
        failure(
          facts,
          VIOLATION,
          'service',
          quoting('the service broke the protocol', facts.message, cleanse),
        ),
      );
    case 'tokenProviderFailed':
      // Most often a short failure of the application's own backend, so it is treated like a network failure.
      return failure(
        facts,
        PROVIDER_FAILED,
        'application',
        quoting(`${FUNCTIONS[facts.phase]} failed`, facts.message, cleanse),
      );
    case 'refusedLocally': {
      const match = { code: facts.code, matchedRow: ROWS_BY_KIND.refusedLocally };
      const refused = failure(facts, match, facts.origin ?? originOf(facts.problem), facts.message);
      return facts.reqId === undefined ? refused : { ...refused, reqId: facts.reqId };
    }
  }
}

function originOf(problem: LocalProblem | undefined): FailureOrigin {
  const row: ProblemRow | undefined = problem && LOCAL_PROBLEMS[problem];
  return (row && ownMember(row, 'origin')) ?? 'local';
}

function timedOut({ phase, timeoutMs, ofApplication, cut }: StepTimedOut): string {
  const said =
    ofApplication === true
      ? `${FUNCTIONS[phase]} did not settle within ${timeoutMs} ms`
      : `${SUBJECTS[phase]} timed out after ${timeoutMs} ms`;
  return cut === true ? `${said}, the rest of maxElapsedMs` : said;
}

function classifyTransport(facts: TransportFailed, cleanse: Cleanse): ClassifiedFailure {
  const { verdict, origin, matchedRow } = matchTransport(facts.errno);
  const code = verdict === 'malformed' ? 'protocolError' : brokenIn(facts.phase);
  const words = [facts.errno ?? '', facts.message].filter((word) => word !== '');
  // Most system messages repeat their code ("connect ECONNREFUSED …"): it is shown only once.
  const shown = facts.errno !== undefined && facts.message.includes(facts.errno) ? [facts.message] : words;
  const base = failure(
    facts,
    { code, matchedRow },
    facts.ofApplication === true ? 'application' : origin,
    quoting(
      `${facts.ofApplication === true ? 'httpPost' : SUBJECTS[facts.phase]} failed`,
      shown.join(', '),
      cleanse,
    ),
  );
  if (verdict === 'malformed') return answered(facts, base);
  return verdict === 'permanent' ? { ...base, permanent: true } : base;
}

/** For an answer that could not be read: `failure`, unless an intermediary must have sent the answer. */
function answered(facts: FailureFacts, failure: ClassifiedFailure): ClassifiedFailure {
  const gateway = malformedAnswer(facts);
  return gateway === undefined ? failure : { ...failure, ...gateway, origin: 'gateway' };
}

/** The code of a broken or silent transport: before the confirmation there was no connection that could close. */
function brokenIn(phase: Phase): AvatarSDKErrorCode {
  return phase === 'websocket_runtime' ? 'connectionClosed' : 'connectionFailed';
}

function failure(
  facts: FailureFacts,
  match: Match,
  origin: FailureOrigin,
  message: string,
): ClassifiedFailure {
  const { phase, step, connectionId } = facts;
  const cause = 'cause' in facts ? facts.cause : undefined;
  return {
    normalEnd: false,
    ...match,
    phase,
    step,
    origin,
    message,
    ...(connectionId !== undefined && { connectionId }),
    ...(cause !== undefined && { cause }),
  };
}

/** Our sentence, followed by the other side's words. If those begin with our sentence, the repetition is left out. */
function quoting(sentence: string, words: string, cleanse: Cleanse): string {
  const repeats = words.toLowerCase().startsWith(sentence.toLowerCase());
  const own = repeats ? words.slice(sentence.length).replace(/^[\s:.,]+/, '') : words;
  return own === '' ? sentence : `${sentence}: ${cleanse(own, MAX_QUOTED_CHARACTERS)}`;
}

export interface ListedRow extends Match {
  /** Waiting does not help, so the policy ends the session unless its row has `retryPermanent`. */
  readonly permanent: boolean;
}

/** In the order in which they are looked up. Failures that are found on this side can have any code, and are not listed. */
export function classificationRows(): readonly ListedRow[] {
  return [
    ...closeCodeRows(),
    ...healing([
      ...SERVER_ERROR_RULES.flatMap(serverErrorRows),
      NO_ROW,
      ...TEXT_RULES.map((rule) => ({ code: rule.code, matchedRow: textRow(rule) })),
      TOKEN_RAN_OUT,
      ...gatewayRows(),
      REFUSED_BY_PAGE,
      ...HTTP_STATUS_RULES.map((rule) => ({ code: rule.code, matchedRow: httpStatusRow(rule) })),
    ]),
    ...transportRows(),
    ...healing([
      ...codesOf('healable').map((code) => ({ code, matchedRow: ROWS_BY_KIND.stepTimedOut })),
      { code: 'connectionClosed', matchedRow: ROWS_BY_KIND.heartbeatMissed },
      { code: 'protocolError', matchedRow: ROWS_BY_KIND.protocolViolated },
      { code: 'connectionFailed', matchedRow: ROWS_BY_KIND.tokenProviderFailed },
    ]),
  ];
}

function healing(rows: readonly Match[]): readonly ListedRow[] {
  return rows.map((row) => ({ ...row, permanent: false }));
}

function closeCodeRows(): readonly ListedRow[] {
  return [...CLOSE_CODE_RULES, ...OTHER_CLOSE_CODE_RULES].flatMap((rule) => {
    const row = { matchedRow: closeCodeRow(rule, 'close code'), permanent: rule.permanent === true };
    const { code, codeWhenExpired } = rule;
    return [{ code, ...row }, ...(codeWhenExpired === undefined ? [] : [{ code: codeWhenExpired, ...row }])];
  });
}

function transportRows(): readonly ListedRow[] {
  const listed = TRANSPORT_RULES.map((rule) => ({ verdict: rule.verdict, matchedRow: transportRow(rule) }));
  return [...listed, OTHER_TRANSPORT].flatMap(({ verdict, matchedRow }) =>
    codesOf(verdict).map((code) => ({ code, matchedRow, permanent: verdict === 'permanent' })),
  );
}

/** The codes before the confirmation and after it. */
function codesOf(verdict: TransportVerdict): readonly Match['code'][] {
  return verdict === 'malformed' ? ['protocolError'] : ['connectionFailed', 'connectionClosed'];
}
