/**
 * Close codes → code, first matching row wins. The same numbers arrive in close frames and as ServerError.code;
 * who closed what, and whether a retry pays, is not known here. Ranges are inclusive; the last rows catch all.
 */
import type { AvatarSDKErrorCode } from './avatar-sdk-error-code.js';

export interface CloseCodeRule {
  readonly from: number;
  readonly to: number;
  readonly code: AvatarSDKErrorCode;
  /** Instead of `code`, when the text says "expired" or the session had already been confirmed. */
  readonly codeWhenExpired?: AvatarSDKErrorCode;
  /** The close reason goes through the text rules before this row counts. */
  readonly textFirst?: true;
  /** Time does not heal it: an application code that this version does not know is a refusal. */
  readonly permanent?: true;
  /** No failure at all on a confirmed connection that owes nothing. */
  readonly endsNormally?: true;
  readonly reason: string;
}

/** Numbers that name a meaning of their own, in a close frame and in a ServerError alike. */
export const CLOSE_CODE_RULES: readonly CloseCodeRule[] = freezeRows([
  { from: 4001, to: 4001, code: 'creditsExhausted', reason: 'the service counts credits while it streams' },
  {
    from: 4002,
    to: 4002,
    code: 'sessionDurationExceeded',
    reason: 'a limit of the plan, enforced by billing',
  },
  { from: 4003, to: 4003, code: 'concurrencyLimit', reason: 'newer services; older ones say it in words' },
  {
    from: 4010,
    to: 4010,
    code: 'sessionTokenInvalid',
    codeWhenExpired: 'sessionTokenExpired',
    reason: 'one number for both; a token that was accepted once can only have run out',
  },
  { from: 4503, to: 4503, code: 'upstreamError', reason: 'a rolling deploy or a failed inner service' },
  {
    from: 4000,
    to: 4499,
    code: 'connectionClosed',
    textFirst: true,
    permanent: true,
    reason: 'the 4xx of closing: the service means this client, so dialling again repeats it',
  },
  {
    from: 4500,
    to: 4999,
    code: 'connectionClosed',
    reason: 'the 5xx of closing: trouble on the service side',
  },
  {
    from: 1000,
    to: 1000,
    code: 'connectionClosed',
    textFirst: true,
    endsNormally: true,
    reason: 'a polite close; unexpected while a request still waits for frames',
  },
  { from: 1001, to: 1001, code: 'connectionClosed', textFirst: true, reason: 'going away: restart or drain' },
  { from: 1002, to: 1002, code: 'protocolError', textFirst: true, reason: 'RFC 6455: protocol error' },
  { from: 1003, to: 1003, code: 'protocolError', textFirst: true, reason: 'RFC 6455: unacceptable data' },
  { from: 1005, to: 1005, code: 'connectionClosed', textFirst: true, reason: 'a close frame without a code' },
  { from: 1006, to: 1006, code: 'connectionClosed', textFirst: true, reason: 'broken without a close frame' },
  { from: 1007, to: 1007, code: 'protocolError', textFirst: true, reason: 'RFC 6455: inconsistent payload' },
  { from: 1008, to: 1008, code: 'invalidRequest', textFirst: true, reason: 'RFC 6455: policy violation' },
  { from: 1009, to: 1009, code: 'invalidRequest', textFirst: true, reason: 'RFC 6455: message too big' },
  {
    from: 1011,
    to: 1011,
    code: 'connectionClosed',
    textFirst: true,
    reason: 'an internal error; often restarts',
  },
  { from: 1012, to: 1012, code: 'connectionClosed', textFirst: true, reason: 'service restart' },
  { from: 1013, to: 1013, code: 'connectionClosed', textFirst: true, reason: 'try again later' },
  { from: 1014, to: 1014, code: 'connectionClosed', textFirst: true, reason: 'bad gateway' },
  { from: 1015, to: 1015, code: 'connectionFailed', textFirst: true, reason: 'TLS handshake failed' },
]);

/** What any other number means in a close frame. A ServerError with such a number is not about closing. */
export const OTHER_CLOSE_CODE_RULES: readonly CloseCodeRule[] = freezeRows([
  {
    from: 1000,
    to: 1999,
    code: 'connectionClosed',
    textFirst: true,
    reason: 'reserved by the RFC, no meaning yet',
  },
  {
    from: -Infinity,
    to: Infinity,
    code: 'connectionClosed',
    reason: 'no meaning is known: at least it closed',
  },
]);

/** The row for a number that has a meaning of its own; undefined for all others. */
export function closeCodeRule(closeCode: number): CloseCodeRule | undefined {
  return CLOSE_CODE_RULES.find(covers(closeCode));
}

/** The row for a number that no other row explains; undefined only for what is no number at all. */
export function otherCloseCodeRule(closeCode: number): CloseCodeRule | undefined {
  return OTHER_CLOSE_CODE_RULES.find(covers(closeCode));
}

/**
 * The row in words, without anything that the service said.
 *
 * @param number what arrived with the number: a close frame, or a ServerError that borrows its meaning
 */
export function closeCodeRow(
  { from, to, reason }: CloseCodeRule,
  number: 'close code' | 'ServerError',
): string {
  if (from === -Infinity) return `any other ${number}: ${reason}`;
  return `${number}${from === to ? ` ${from}` : `s ${from} to ${to}`}: ${reason}`;
}

function covers(closeCode: number): (rule: CloseCodeRule) => boolean {
  return ({ from, to }) => closeCode >= from && closeCode <= to;
}

function freezeRows(rows: readonly CloseCodeRule[]): readonly CloseCodeRule[] {
  return Object.freeze(rows.map((row) => Object.freeze(row)));
}
