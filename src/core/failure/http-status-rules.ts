/**
 * HTTP statuses of a refused token request or upgrade → code, first matching row wins. Consulted after the words
 * of the answer, which know better. The same status can mean another credential at each door.
 */
import type { AvatarSDKErrorCode, Match } from './avatar-sdk-error-code.js';

/** Whom the refused request asked: the console for a token, or the ingress for an upgrade. */
export type HttpDoor = 'token' | 'upgrade';

export interface HttpStatusRule {
  readonly door: HttpDoor | 'any';
  /** Inclusive. */
  readonly from: number;
  readonly to: number;
  readonly code: AvatarSDKErrorCode;
  readonly reason: string;
}

/** Takes also what is in no range: NaN. */
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
    reason: 'what the ingress answers to one',
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
    reason: 'an unknown avatar says so in words',
  },
  { door: 'any', from: 408, to: 408, code: 'connectionFailed', reason: 'the request came too slowly: heals' },
  {
    door: 'any',
    from: 425,
    to: 425,
    code: 'connectionFailed',
    reason: 'too early for TLS early data: heals',
  },
  { door: 'any', from: 429, to: 429, code: 'concurrencyLimit', reason: 'plan limit or rate limit' },
  { door: 'any', from: 500, to: 500, code: 'serverError', reason: 'a fault that a repetition may repeat' },
  { door: 'any', from: 502, to: 504, code: 'upstreamError', reason: 'a gateway without its service: heals' },
  {
    door: 'any',
    from: 520,
    to: 524,
    code: 'upstreamError',
    reason: 'a CDN that does not reach the service: heals',
  },
  {
    door: 'any',
    from: 530,
    to: 530,
    code: 'upstreamError',
    reason: 'a CDN that does not find the service: heals',
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
  { door: 'any', from: 100, to: 299, code: 'protocolError', reason: 'success without what was asked for' },
  NO_STATUS,
];

export const HTTP_STATUS_RULES: readonly HttpStatusRule[] = Object.freeze(
  ROWS.map((row) => Object.freeze(row)),
);

/** Always a row: the last one takes what is no HTTP status. */
export function matchHttpStatus(httpStatus: number, door: HttpDoor): Match {
  const matching = HTTP_STATUS_RULES.find(
    (row) => (row.door === 'any' || row.door === door) && httpStatus >= row.from && httpStatus <= row.to,
  );
  const rule = matching ?? NO_STATUS;
  return { code: rule.code, matchedRow: httpStatusRow(rule) };
}

/** The row in words. */
export function httpStatusRow({ door, from, to, reason }: HttpStatusRule): string {
  if (from === -Infinity) return reason;
  const range = from === to ? `HTTP ${from}` : `HTTP ${from} to ${to}`;
  return `${range}${DOORS[door]}: ${reason}`;
}

const DOORS: Readonly<Record<HttpStatusRule['door'], string>> = {
  any: '',
  token: ' to the token request',
  upgrade: ' to the upgrade',
};
