/**
 * Every row of the tables with the code that it leads to, in the words of `classify`: what could have led to a code. For
 * people; classification itself does not use it.
 */
import { REFUSED_BY_PAGE } from './classify-http.js';
import { NO_ROW, TOKEN_RAN_OUT } from './classify-socket.js';
import { ROWS_BY_KIND } from './classify.js';
import { CLOSE_CODE_RULES, closeCodeRow, OTHER_CLOSE_CODE_RULES } from './close-code-rules.js';
import { gatewayRows } from './gateway-answer.js';
import { HTTP_STATUS_RULES, httpStatusRow } from './http-status-rules.js';
import type { Match } from './avatar-sdk-error-code.js';
import { SERVER_ERROR_RULES, serverErrorRows } from './server-error-rules.js';
import { TEXT_RULES, textRow } from './text-rules.js';
import { OTHER_TRANSPORT, TRANSPORT_RULES, transportRow } from './transport-rules.js';
import type { TransportVerdict } from './transport-rules.js';

export interface ListedRow extends Match {
  /** Waiting does not heal it, so the policy gives up unless its row says `retryPermanent`. */
  readonly permanent: boolean;
}

/** In the order in which they are looked up. What is found on this side can have any code, and is not among them. */
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

/** Before the confirmation and after it. */
function codesOf(verdict: TransportVerdict): readonly Match['code'][] {
  return verdict === 'malformed' ? ['protocolError'] : ['connectionFailed', 'connectionClosed'];
}
