/**
 * HTTP status → code, first matching row counts; and which answers are not from the service. A proxy, firewall, rate limiter or portal in
 * front of the service may answer in its place. Such an answer has a status that the service does not use, or a body in none of the
 * service's shapes. If the session had been confirmed before, it may also be a message that any server may have written, or an answer to
 * the handshake that is no message of the protocol. Words that a table lists are the service's own where `wordsCount` returns true: check
 * that first.
 */
import type { AvatarSDKErrorCode, Match } from './avatar-sdk-error-code.js';
import { bodyShape } from './error-body.js';
import type { FailureFacts, SocketClosed } from './failure-facts.js';

/** The endpoint that refused: the console (a token request) or the ingress (an upgrade). */
export type HttpDoor = 'token' | 'upgrade';

export interface HttpStatusRule {
  readonly door: HttpDoor | 'any';
  /** Inclusive. */
  readonly from: number;
  readonly to: number;
  readonly code: AvatarSDKErrorCode;
  readonly reason: string;
}

/** Also matches NaN. */
const NO_STATUS: HttpStatusRule = {
  door: 'any',
  from: -Infinity,
  to: Infinity,
  code: 'unknown',
  reason: 'no HTTP status',
};

const ROWS: readonly HttpStatusRule[] = [
  {
    door: 'upgrade',
    from: 400,
    to: 400,
    code: 'sessionTokenInvalid',
    reason: 'the answer of the ingress to an invalid token',
  },
  {
    door: 'upgrade',
    from: 401,
    to: 401,
    code: 'sessionTokenExpired',
    reason: 'well-formed, but not valid now',
  },
  { door: 'token', from: 401, to: 401, code: 'sessionTokenInvalid', reason: 'the API key was refused' },
  { door: 'token', from: 403, to: 403, code: 'sessionTokenInvalid', reason: 'the API key may not do this' },
  { door: 'upgrade', from: 403, to: 403, code: 'sessionTokenInvalid', reason: 'the token may not do this' },
  { door: 'any', from: 402, to: 402, code: 'billingRequired', reason: 'payment required' },
  {
    door: 'any',
    from: 404,
    to: 404,
    code: 'appIDUnrecognized',
    reason: 'for an unknown avatar the answer contains words',
  },
  {
    door: 'any',
    from: 408,
    to: 408,
    code: 'connectionFailed',
    reason: 'the request came too slowly: temporary',
  },
  {
    door: 'any',
    from: 425,
    to: 425,
    code: 'connectionFailed',
    reason: 'too early for TLS early data: temporary',
  },
  { door: 'any', from: 429, to: 429, code: 'concurrencyLimit', reason: 'plan limit or rate limit' },
  { door: 'any', from: 500, to: 500, code: 'serverError', reason: 'a failure that may occur again' },
  {
    door: 'any',
    from: 502,
    to: 504,
    code: 'upstreamError',
    reason: 'a gateway that does not reach the service: temporary',
  },
  {
    door: 'any',
    from: 520,
    to: 524,
    code: 'upstreamError',
    reason: 'a CDN that does not reach the service: temporary',
  },
  {
    door: 'any',
    from: 530,
    to: 530,
    code: 'upstreamError',
    reason: 'a CDN that does not find the service: temporary',
  },
  { door: 'any', from: 500, to: 599, code: 'serverError', reason: 'other faults of the service' },
  { door: 'any', from: 400, to: 499, code: 'invalidRequest', reason: 'other refusals of this request' },
  {
    door: 'any',
    from: 300,
    to: 399,
    code: 'invalidRequest',
    reason: 'never followed: the API key is in a header',
  },
  {
    door: 'any',
    from: 100,
    to: 299,
    code: 'protocolError',
    reason: 'a success without the requested content',
  },
  NO_STATUS,
];

export const HTTP_STATUS_RULES: readonly HttpStatusRule[] = Object.freeze(
  ROWS.map((row) => Object.freeze(row)),
);

interface FoundRow {
  readonly rule: HttpStatusRule;
  readonly match: Match;
}

const found = (rule: HttpStatusRule): FoundRow => ({
  rule,
  match: Object.freeze({ code: rule.code, matchedRow: httpStatusRow(rule) }),
});

/** Always finds a row: the last one matches values that are no HTTP status. */
export function matchHttpStatus(httpStatus: number, door: HttpDoor): Match {
  const known = MATCHED[door].get(httpStatus);
  if (known !== undefined) return known;
  const matching = FOUND_ROWS.find(
    ({ rule }) =>
      (rule.door === 'any' || rule.door === door) && httpStatus >= rule.from && httpStatus <= rule.to,
  );
  const { match } = matching ?? NO_STATUS_FOUND;
  // A peer may answer with any number: those of HTTP are kept.
  if (Number.isInteger(httpStatus) && httpStatus >= 100 && httpStatus < 600)
    MATCHED[door].set(httpStatus, match);
  return match;
}

/** The rows that were found before. */
const MATCHED: Readonly<Record<HttpDoor, Map<number, Match>>> = { token: new Map(), upgrade: new Map() };

const DOORS: Readonly<Record<HttpStatusRule['door'], string>> = {
  any: '',
  token: ' to the token request',
  upgrade: ' to the upgrade',
};

const FOUND_ROWS = HTTP_STATUS_RULES.map(found);
const NO_STATUS_FOUND = found(NO_STATUS);

/** The row in words. */
export function httpStatusRow({ door, from, to, reason }: HttpStatusRule): string {
  if (from === -Infinity) return reason;
  const range = from === to ? `HTTP ${from}` : `HTTP ${from} to ${to}`;
  return `${range}${DOORS[door]}: ${reason}`;
}

interface GatewayStatusRule {
  /** Inclusive. */
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** Statuses that the service itself does not use, whatever body comes with them. */
const GATEWAY_STATUS_RULES: readonly GatewayStatusRule[] = Object.freeze(
  [
    { from: 300, to: 399, reason: 'a redirect: the service has one address' },
    { from: 405, to: 405, reason: 'a method that a proxy does not let through' },
    { from: 407, to: 407, reason: 'a proxy that requires a login' },
    { from: 421, to: 421, reason: 'a request that a proxy sent to the wrong server' },
    { from: 426, to: 426, reason: 'a proxy that speaks another protocol' },
    { from: 507, to: 507, reason: 'storage that is used up in front of the service' },
    { from: 509, to: 509, reason: 'bandwidth that is used up in front of the service' },
    { from: 511, to: 511, reason: 'a portal that requires a login' },
    { from: 520, to: 527, reason: 'a CDN that does not reach the service' },
    { from: 530, to: 530, reason: 'a CDN without a route to the service' },
  ].map((row) => Object.freeze(row)),
);

/** Kinds of bodies in none of the service's shapes, in words. */
const GATEWAY_BODY_ROWS = Object.freeze({
  empty: 'an empty body',
  page: 'a page',
  foreign: 'a body in no shape of the service',
});

/** Applies only in a session that had been confirmed: on a first connect such a message may be the service's. */
const UNKNOWN_MESSAGE = 'a message alone, in words that the service does not use';
/** Statuses of account limits. A body with a message alone does not show that a gateway answered. */
const ACCOUNT_STATUSES: readonly number[] = Object.freeze([402, 429]);

/** Error texts for an answer that is not HTTP, or no WebSocket upgrade. */
const MALFORMED = 'an answer that violates the protocol';

/** Close codes that refuse a first message which the service had accepted before. */
const REFUSED_HANDSHAKE_CODES: readonly number[] = Object.freeze([1002, 1003, 1007, 1008, 1009]);
const REFUSED_HANDSHAKE = `a handshake that is closed with ${REFUSED_HANDSHAKE_CODES.join(', ')}, without known words of the service`;

/**
 * Why this answer is not from the service, as a row in words; undefined if it is.
 *
 * @param confirmedBefore whether the service had confirmed the session before
 */
export function gatewayAnswer(
  httpStatus: number,
  body: string,
  confirmedBefore: boolean,
): string | undefined {
  const rule = GATEWAY_STATUS_RULES.find(({ from, to }) => httpStatus >= from && httpStatus <= to);
  if (rule !== undefined) return gatewayStatusRow(rule);
  if (body.trim() === '') return GATEWAY_BODY_ROWS.empty;
  if (isPage(body)) return GATEWAY_BODY_ROWS.page;
  const shape = bodyShape(body);
  if (shape === 'none') return GATEWAY_BODY_ROWS.foreign;
  const isUnknown = shape === 'anyone' && confirmedBefore && !ACCOUNT_STATUSES.includes(httpStatus);
  return isUnknown ? UNKNOWN_MESSAGE : undefined;
}

/**
 * Whether words in this body may be the service's, although other servers use the same ones. In a session that had been confirmed the
 * shape of the body decides: proxies also send "session denied" and "token is expired", as plain text or in JSON of their own, and the
 * service had accepted the same credentials.
 */
export function wordsCount(body: string, confirmedBefore: boolean): boolean {
  return !confirmedBefore || bodyShape(body) !== 'none';
}

/** Whether the body is HTML or other markup; no body of the service begins like that. */
export function isPage(body: string): boolean {
  return /^\s*</.test(body);
}

/** The row in words. */
function gatewayStatusRow({ from, to, reason }: GatewayStatusRule): string {
  return `HTTP ${from === to ? from : `${from} to ${to}`}, ${reason}`;
}

/**
 * The meaning of such an answer in a session that had been confirmed: the service had accepted the same credentials at the same address,
 * so this is no refusal of them.
 */
export function notTheService(gatewayRow: string): Match {
  return {
    code: 'upstreamError',
    matchedRow: `${gatewayRow}: not the service’s answer, as it had confirmed the session before`,
  };
}

/**
 * The same as `notTheService`, for an unreadable answer in a session that had been confirmed; undefined for all other facts. A message of
 * the protocol is from the service, even where it is the wrong one.
 */
export function malformedAnswer(facts: FailureFacts): Match | undefined {
  const { confirmedBefore, phase } = facts;
  const ofService = facts.kind === 'protocolViolated' && facts.ofService === true;
  const isAnswer = phase !== 'websocket_runtime' && !ofService;
  return isAnswer && confirmedBefore === true ? notTheService(MALFORMED) : undefined;
}

/** The same as `notTheService`, for a close in answer to the handshake, by its number; call it after the text rules. */
export function refusedHandshake({ confirmedBefore, confirmed, closeCode }: SocketClosed): Match | undefined {
  const isRefusal = !confirmed && REFUSED_HANDSHAKE_CODES.includes(closeCode);
  return isRefusal && confirmedBefore === true ? notTheService(REFUSED_HANDSHAKE) : undefined;
}

/** Every row that leads to `upstreamError` in a session that had been confirmed. */
export function gatewayRows(): readonly Match[] {
  const statuses = GATEWAY_STATUS_RULES.map(gatewayStatusRow);
  const others = [UNKNOWN_MESSAGE, MALFORMED, REFUSED_HANDSHAKE];
  return [...statuses, ...Object.values(GATEWAY_BODY_ROWS), ...others].map(notTheService);
}
