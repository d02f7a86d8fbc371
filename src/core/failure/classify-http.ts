/**
 * Refusals over HTTP, at the console or at the upgrade → fields of a failure. The body's words are checked first (its code text, then the
 * text rules), the status last. The wait that the service asked for is read from the headers; the policy decides whether to wait, for how
 * long at most, and with which spread. The current time is an argument, used only when the answer has no date of its own. Nothing is
 * redacted or bounded here.
 */
import { addKnown, bareObject, ownMember } from '../option/plain-object.js';
import type { Match } from './avatar-sdk-error-code.js';
import { type ErrorBody, readErrorBody, pageText } from './error-body.js';
import type { ClassifiedFailure, HttpRefused, TokenMissing } from './failure-facts.js';
import {
  gatewayAnswer,
  isPage,
  notTheService,
  wordsCount,
  matchHttpStatus,
  type HttpDoor,
} from './http-status-rules.js';
import { MAX_QUOTED_CHARACTERS, type Cleanse } from './error-record.js';
import { matchServerWord, matchText, searchableText } from './server-error-rules.js';

export type Headers = Readonly<Record<string, string>>;

const NUMBER = /^\d+(?:\.\d+)?$/;
const IMF_FIXDATE = /^[a-z]{3}, (\d\d) ([a-z]{3}) (\d{4}) (\d\d):(\d\d):(\d\d) gmt$/;
const RFC_850 = /^[a-z]{6,9}, (\d\d)-([a-z]{3})-(\d\d) (\d\d):(\d\d):(\d\d) gmt$/;
const ASCTIME = /^[a-z]{3} ([a-z]{3}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})$/;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * Milliseconds, ≥ 0 and finite, or undefined for no hint. The headers are `retry-after-ms` (has priority; milliseconds), `retry-after` in
 * seconds, and `retry-after` as one of HTTP's three date forms, relative to the answer's own `date`. Zero and a past date are a hint
 * without a wait: 0. A malformed, negative or non-decimal value is no hint and does not throw.
 */
export function retryAfterMs(headers: Headers, nowEpochMs: number): number | undefined {
  return numberOf(header(headers, 'retry-after-ms'), 1) ?? fromRetryAfter(headers, nowEpochMs);
}

/** The value of a header by its lower-case name, trimmed; undefined when absent or empty. */
export function header(headers: Headers, name: string): string | undefined {
  const value: unknown = Object.hasOwn(headers, name) ? headers[name] : undefined;
  const trimmed = typeof value === 'string' ? value.trim() : '';
  return trimmed === '' ? undefined : trimmed;
}

function fromRetryAfter(headers: Headers, nowEpochMs: number): number | undefined {
  const value = header(headers, 'retry-after');
  const delayMs = numberOf(value, 1_000);
  if (delayMs !== undefined) return delayMs;
  const untilMs = dateOf(value, nowEpochMs);
  if (untilMs === undefined) return undefined;
  // Both dates are from the same clock, so that a skewed clock on either side cancels out.
  const fromMs = dateOf(header(headers, 'date'), nowEpochMs) ?? nowEpochMs;
  return Number.isFinite(fromMs) ? Math.max(0, untilMs - fromMs) : undefined;
}

/** Rounded up, because a hint is a lower bound. Rounding errors of decimals (1.1 · 1000) are removed first. */
function numberOf(value: string | undefined, unitMs: number): number | undefined {
  if (value === undefined || !NUMBER.test(value)) return undefined;
  const ms = Number(value) * unitMs;
  return Number.isFinite(ms) ? Math.ceil(Number(ms.toFixed(6))) : undefined;
}

function dateOf(value: string | undefined, nowEpochMs: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.toLowerCase();
  const fixdate = IMF_FIXDATE.exec(text);
  if (fixdate) {
    const [, day, month, year, hour, minute, second] = fixdate;
    return epochMs(Number(year), month, day, hour, minute, second);
  }
  const rfc850 = RFC_850.exec(text);
  if (rfc850) {
    const [, day, month, year, hour, minute, second] = rfc850;
    return epochMs(fullYear(Number(year), nowEpochMs), month, day, hour, minute, second);
  }
  const asctime = ASCTIME.exec(text);
  if (asctime) {
    const [, month, day, hour, minute, second, year] = asctime;
    return epochMs(Number(year), month, day, hour, minute, second);
  }
  return undefined;
}

/** RFC 9110: a two-digit year that would be more than 50 years ahead is in the past. */
function fullYear(twoDigits: number, nowEpochMs: number): number {
  const thisYear = new Date(nowEpochMs).getUTCFullYear();
  const sameCentury = thisYear - (thisYear % 100) + twoDigits;
  return sameCentury > thisYear + 50 ? sameCentury - 100 : sameCentury;
}

function epochMs(
  year: number,
  month = '',
  ...[day, hour, minute, second]: (string | undefined)[]
): number | undefined {
  const monthIndex = MONTHS.indexOf(month);
  const parts = [Number(day), Number(hour), Number(minute), Number(second)] as const;
  const [dayOfMonth, hours, minutes, seconds] = parts;
  if (monthIndex < 0 || hours > 23 || minutes > 59 || seconds > 60) return undefined;
  const ms = Date.UTC(year, monthIndex, dayOfMonth, hours, minutes, seconds);
  // 31 Feb rolls over to March: well-formed, but not a date.
  return new Date(Date.UTC(year, monthIndex, dayOfMonth)).getUTCDate() === dayOfMonth ? ms : undefined;
}

export function classifyHttp(
  facts: HttpRefused | TokenMissing,
  nowEpochMs: number,
  cleanse: Cleanse,
): ClassifiedFailure {
  const body = readErrorBody(facts.body);
  const httpStatus = realStatus(facts, body);
  const requestId = header(facts.headers, 'x-request-id') ?? body.requestId;
  const { code, matchedRow, origin } = meaning(facts, body, httpStatus);
  const failure = bareObject() as ToldRefusal;
  failure.normalEnd = false;
  failure.code = code;
  failure.matchedRow = matchedRow;
  failure.origin = origin;
  failure.phase = facts.phase;
  failure.step = facts.step;
  failure.message = messageOf(facts, body, httpStatus, cleanse);
  failure.httpStatus = httpStatus;
  addKnown(failure, 'serverCode', ownMember(body, 'serverCode'));
  addKnown(failure, 'serverTitle', ownMember(body, 'serverTitle'));
  addKnown(failure, 'serverDetail', ownMember(body, 'serverDetail'));
  addKnown(failure, 'requestId', requestId);
  addKnown(failure, 'connectionId', facts.connectionId);
  addKnown(failure, 'retryAfterMs', retryAfterMs(facts.headers, nowEpochMs));
  addKnown(failure, 'rawBody', facts.body === '' ? undefined : facts.body);
  return failure;
}

type ToldRefusal = { -readonly [Name in keyof ClassifiedFailure]: ClassifiedFailure[Name] };

/** Shape A also comes with HTTP 200; then the status in the body counts, unless it is a success too. */
function realStatus(facts: HttpRefused | TokenMissing, body: ErrorBody): number {
  const claimsSuccess = facts.httpStatus >= 200 && facts.httpStatus < 300;
  const named =
    body.shape === 'A' && body.status !== undefined && body.status >= 300 ? body.status : undefined;
  return claimsSuccess ? (named ?? facts.httpStatus) : facts.httpStatus;
}

/** Checks in this order: words that a table lists, if they count; whether a gateway answered; the status. */
function meaning(
  facts: HttpRefused | TokenMissing,
  body: ErrorBody,
  httpStatus: number,
): Match & Pick<ClassifiedFailure, 'origin'> {
  const confirmedBefore = facts.confirmedBefore === true;
  const words = wordsCount(facts.body, confirmedBefore) ? knownWords(body) : undefined;
  if (words !== undefined) return from('service', words);
  const door: HttpDoor = facts.phase === 'session_token' ? 'token' : 'upgrade';
  const byStatus = matchHttpStatus(httpStatus, door);
  const gateway = gatewayAnswer(httpStatus, facts.body, confirmedBefore);
  if (gateway === undefined) return from('service', byStatus);
  const page = door === 'upgrade' && httpStatus === 400 && isPage(facts.body) ? REFUSED_BY_PAGE : undefined;
  // A limit keeps its code, whether the service or a gateway sets it. By the origin the connect gate limits the account or the endpoint.
  const isLimit = byStatus.code === 'concurrencyLimit';
  const match = confirmedBefore && !isLimit ? notTheService(gateway) : (page ?? byStatus);
  return from('gateway', match);
}

function from(
  origin: 'service' | 'gateway',
  { code, matchedRow }: Match,
): Match & Pick<ClassifiedFailure, 'origin'> {
  return { code, matchedRow, origin };
}

function knownWords(body: ErrorBody): Match | undefined {
  // Most refusals of an intermediary contain no such words.
  if (body.shape === 'D' && body.serverDetail === undefined) return undefined;
  const text = searchableText(body.serverCode, body.serverTitle, body.serverDetail, body.furtherWords);
  return matchServerWord(body.serverCode ?? '', text) ?? matchText(text, false);
}

/** The meaning of a page with 400 at the upgrade: a proxy refuses the request itself, and has not seen the token. */
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
  return said === '' ? refusedWith(request, httpStatus) : `${request} refused with HTTP ${httpStatus}${said}`;
}

const REFUSED = { 'token request': new Map<number, string>(), upgrade: new Map<number, string>() };

/** The message of a refusal without words. One text for each status: a new one would have to be hashed each time. */
function refusedWith(request: keyof typeof REFUSED, httpStatus: number): string {
  const known = REFUSED[request].get(httpStatus);
  if (known !== undefined) return known;
  const message = `${request} refused with HTTP ${httpStatus}`;
  // A peer may answer with any number.
  if (Number.isInteger(httpStatus) && httpStatus >= 100 && httpStatus < 600)
    REFUSED[request].set(httpStatus, message);
  return message;
}
