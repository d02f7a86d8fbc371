/**
 * An error as JSON, under the names of the vendor's error page. The list is the whole of it: a field that is not
 * here is not shown. Redaction has happened long before.
 */

import { ownMember } from '../option/plain-object.js';

/** Field → name in JSON, in the order of the output. `cause` is last and becomes a text. */
export const ERROR_JSON_NAMES = Object.freeze({
  code: 'code',
  message: 'message',
  phase: 'phase',
  step: 'step',
  origin: 'origin',
  httpStatus: 'http_status',
  serverCode: 'server_code',
  serverTitle: 'server_title',
  serverDetail: 'server_detail',
  requestId: 'request_id',
  connectionId: 'connection_id',
  reqId: 'req_id',
  closeCode: 'close_code',
  closeReason: 'close_reason',
  retryAfterMs: 'retry_after_ms',
  rawBody: 'raw_body',
  attempt: 'attempt',
  willRetry: 'will_retry',
  reason: 'reason',
  outcome: 'outcome',
  permanent: 'permanent',
  remediation: 'remediation',
  cause: 'cause',
} as const);

/** What is read of an error; AvatarSDKError fits, and is not named so that it can use this file. */
export type JsonErrorSource = Readonly<Partial<Record<keyof typeof ERROR_JSON_NAMES, unknown>>>;

/** Absent fields are left out; nothing in the result is an Error. */
export function errorToJson(error: JsonErrorSource): Record<string, unknown> {
  const members = (Object.entries(ERROR_JSON_NAMES) as [keyof typeof ERROR_JSON_NAMES, string][]).map(
    ([field, name]): [string, unknown] => [
      name,
      field === 'cause' ? causeText(error) : ownMember(error, field),
    ],
  );
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

/** The cause's message; its name where it has none. Absent for what is no Error, and for what can't be read. */
function causeText(error: JsonErrorSource): string | undefined {
  try {
    const cause = ownMember(error, 'cause');
    if (!(cause instanceof Error)) return undefined;
    const text: unknown = cause.message === '' ? cause.name : cause.message;
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined; // A revoked Proxy, or a getter that throws.
  }
}
