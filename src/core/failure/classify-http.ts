/**
 * Refusals that came over HTTP, at the console or at the upgrade → fields of a failure. The body's words go first
 * (its code text, then the text rules), the status last. Nothing is redacted or bounded here.
 */
import type { ClassifiedFailure } from './classification.js';
import { type ErrorBody, readErrorBody } from './error-body.js';
import type { HttpRefused, TokenMissing } from './failure-facts.js';
import { gatewayAnswer, isPage, notTheService, wordsCount } from './gateway-answer.js';
import { matchHttpStatus, type HttpDoor } from './http-status-rules.js';
import type { Match } from './avatar-sdk-error-code.js';
import { pageText } from './page-title.js';
import { MAX_QUOTED_CHARACTERS, type Cleanse } from './reduce-cause.js';
import { header, retryAfterMs } from './retry-after.js';
import { matchServerWord } from './server-error-rules.js';
import { matchText, searchableText } from './text-rules.js';

export function classifyHttp(
  facts: HttpRefused | TokenMissing,
  nowEpochMs: number,
  cleanse: Cleanse,
): ClassifiedFailure {
  const body = readErrorBody(facts.body);
  const httpStatus = realStatus(facts, body);
  const { serverCode, serverTitle, serverDetail } = body;
  const requestId = header(facts.headers, 'x-request-id') ?? body.requestId;
  const hintMs = retryAfterMs(facts.headers, nowEpochMs);
  return {
    normalEnd: false,
    ...meaning(facts, body, httpStatus),
    phase: facts.phase,
    step: facts.step,
    message: messageOf(facts, body, httpStatus, cleanse),
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

/** Words that a table knows first, where they count, then who answered, then the status. */
function meaning(
  facts: HttpRefused | TokenMissing,
  body: ErrorBody,
  httpStatus: number,
): Match & Pick<ClassifiedFailure, 'origin'> {
  const confirmedBefore = facts.confirmedBefore === true;
  const words = wordsCount(facts.body, confirmedBefore) ? knownWords(body) : undefined;
  if (words !== undefined) return { ...words, origin: 'service' };
  const door: HttpDoor = facts.phase === 'session_token' ? 'token' : 'upgrade';
  const byStatus = matchHttpStatus(httpStatus, door);
  const gateway = gatewayAnswer(httpStatus, facts.body, confirmedBefore);
  if (gateway === undefined) return { ...byStatus, origin: 'service' };
  const page = door === 'upgrade' && httpStatus === 400 && isPage(facts.body) ? REFUSED_BY_PAGE : undefined;
  // A limit keeps its code, whichever side sets it; the origin decides which line is slowed.
  const isLimit = byStatus.code === 'concurrencyLimit';
  const match = confirmedBefore && !isLimit ? notTheService(gateway) : (page ?? byStatus);
  return { ...match, origin: 'gateway' };
}

function knownWords(body: ErrorBody): Match | undefined {
  const text = searchableText(body.serverCode, body.serverTitle, body.serverDetail, body.furtherWords);
  return matchServerWord(body.serverCode ?? '', text) ?? matchText(text, false);
}

/** What a page with 400 means at the upgrade: a proxy refuses the request itself, and has not seen the token. */
export const REFUSED_BY_PAGE: Match = {
  code: 'invalidRequest',
  matchedRow: 'HTTP 400 to the upgrade, with a page: a proxy refuses the request itself',
};

function messageOf(
  facts: HttpRefused | TokenMissing,
  body: ErrorBody,
  httpStatus: number,
  cleanse: Cleanse,
): string {
  const own = body.serverDetail ?? body.serverTitle;
  const words = own === undefined ? pageText(facts.body, cleanse) : cleanse(own, MAX_QUOTED_CHARACTERS);
  const said = words === undefined ? '' : ` (${words})`;
  const request = facts.phase === 'session_token' ? 'token request' : 'upgrade';
  if (facts.kind === 'tokenMissing' && httpStatus === facts.httpStatus) {
    return `the token answer with HTTP ${httpStatus} holds no session token${said}`;
  }
  return `${request} refused with HTTP ${httpStatus}${said}`;
}
