/**
 * Refusals that came over HTTP, at the console or at the upgrade → fields of a failure. The body's words go first
 * (its code text, then the text rules), the status last. Nothing is redacted or bounded here.
 */
import type { ClassifiedFailure } from './classification.js';
import { type ErrorBody, readErrorBody } from './error-body.js';
import type { HttpRefused, TokenMissing } from './failure-facts.js';
import { matchHttpStatus, type HttpDoor } from './http-status-rules.js';
import type { MatchedRow } from './matched-row.js';
import { header, retryAfterMs } from './retry-after.js';
import { matchServerWord } from './server-error-rules.js';
import { matchText, searchableText } from './text-rules.js';

export function classifyHttp(facts: HttpRefused | TokenMissing, nowEpochMs: number): ClassifiedFailure {
  const body = readErrorBody(facts.body);
  const httpStatus = realStatus(facts, body);
  const { serverCode, serverTitle, serverDetail } = body;
  const requestId = header(facts.headers, 'x-request-id') ?? body.requestId;
  const hintMs = retryAfterMs(facts.headers, nowEpochMs);
  return {
    normalEnd: false,
    ...matchedRow(facts, body, httpStatus),
    phase: facts.phase,
    step: facts.step,
    origin: 'service',
    message: messageOf(facts, body, httpStatus),
    httpStatus,
    ...(serverCode !== undefined && { serverCode }),
    ...(serverTitle !== undefined && { serverTitle }),
    ...(serverDetail !== undefined && { serverDetail }),
    ...(requestId !== undefined && { requestId }),
    ...(facts.connectionId !== undefined && { connectionId: facts.connectionId }),
    ...(hintMs !== undefined && { retryAfterMs: hintMs }),
    ...(facts.body !== '' && { rawBody: facts.body }),
  };
}

/** Shape A also comes with HTTP 200; then the status within is the real one, unless it claims success too. */
function realStatus(facts: HttpRefused | TokenMissing, body: ErrorBody): number {
  const claimsSuccess = facts.httpStatus >= 200 && facts.httpStatus < 300;
  const named =
    body.shape === 'A' && body.status !== undefined && body.status >= 300 ? body.status : undefined;
  return claimsSuccess ? (named ?? facts.httpStatus) : facts.httpStatus;
}

function matchedRow(facts: HttpRefused | TokenMissing, body: ErrorBody, httpStatus: number): MatchedRow {
  const text = searchableText(body.serverCode, body.serverTitle, body.serverDetail, body.furtherWords);
  const door: HttpDoor = facts.phase === 'session_token' ? 'token' : 'upgrade';
  return (
    matchServerWord(body.serverCode ?? '', text) ??
    matchText(text, false) ??
    matchHttpStatus(httpStatus, door)
  );
}

function messageOf(facts: HttpRefused | TokenMissing, body: ErrorBody, httpStatus: number): string {
  const words = body.serverDetail ?? body.serverTitle;
  const said = words === undefined ? '' : ` (${words})`;
  const request = facts.phase === 'session_token' ? 'token request' : 'upgrade';
  if (facts.kind === 'tokenMissing' && httpStatus === facts.httpStatus) {
    return `the token answer with HTTP ${httpStatus} holds no session token${said}`;
  }
  return `${request} refused with HTTP ${httpStatus}${said}`;
}
