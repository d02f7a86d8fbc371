/**
 * Messages and closes of the socket → fields of a failure, or a normal end. First the table of close codes, whose first matching row
 * counts: the same numbers arrive in close frames and as ServerError.code; ranges are inclusive, and the last rows match every number.
 * Then the reasons and texts. Independent of the policy. Nothing is redacted or bounded here.
 */
import type { AvatarSDKErrorCode, Match } from './avatar-sdk-error-code.js';
import { addKnown, bareObject, ownMember } from '../option/plain-object.js';
import type {
  Classification,
  ClassifiedFailure,
  ServerErrorReceived,
  SocketClosed,
} from './failure-facts.js';
import { refusedHandshake } from './http-status-rules.js';
import { MAX_QUOTED_CHARACTERS } from './error-record.js';
import type { Cleanse } from './error-record.js';
import { matchServerNumber, matchText, searchableText } from './server-error-rules.js';

export interface CloseCodeRule {
  readonly from: number;
  readonly to: number;
  readonly code: AvatarSDKErrorCode;
  /** Instead of `code`, when the text says "expired" or the session had already been confirmed. */
  readonly codeWhenExpired?: AvatarSDKErrorCode;
  /** The text rules are applied to the close reason before this row. */
  readonly textFirst?: true;
  /** Waiting does not help: an application code that this version does not list is a refusal. */
  readonly permanent?: true;
  /** No failure if the connection is confirmed and has no open requests. */
  readonly endsNormally?: true;
  readonly reason: string;
}

/** Numbers with a specific meaning, in a close frame and in a ServerError alike. */
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
    reason: 'one number for both; a token that was accepted before can only have expired',
  },
  { from: 4503, to: 4503, code: 'upstreamError', reason: 'a rolling deploy or a failed inner service' },
  {
    from: 4000,
    to: 4499,
    code: 'connectionClosed',
    textFirst: true,
    permanent: true,
    reason: 'like HTTP 4xx: the service refuses this client, and would refuse a new dial, too',
  },
  {
    from: 4500,
    to: 4999,
    code: 'connectionClosed',
    reason: 'like HTTP 5xx: a failure of the service',
  },
  {
    from: 1000,
    to: 1000,
    code: 'connectionClosed',
    textFirst: true,
    endsNormally: true,
    reason: 'a normal close; unexpected while a request still waits for frames',
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
    reason: 'an internal error of the service, which often restarts then',
  },
  { from: 1012, to: 1012, code: 'connectionClosed', textFirst: true, reason: 'service restart' },
  { from: 1013, to: 1013, code: 'connectionClosed', textFirst: true, reason: 'try again later' },
  { from: 1014, to: 1014, code: 'connectionClosed', textFirst: true, reason: 'bad gateway' },
  { from: 1015, to: 1015, code: 'connectionFailed', textFirst: true, reason: 'TLS handshake failed' },
]);

/** The meaning of any other number in a close frame. A ServerError with such a number is not about closing. */
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
    reason: 'no known meaning: only the close is certain',
  },
]);

/** The rows that cover one number. */
const BY_NUMBER: ReadonlyMap<number, CloseCodeRule | undefined> = new Map(
  CLOSE_CODE_RULES.filter(({ from, to }) => from === to).map(({ from }) => [
    from,
    CLOSE_CODE_RULES.find(covers(from)),
  ]),
);

/** The row of a number with a specific meaning; undefined for all others. */
export function closeCodeRule(closeCode: number): CloseCodeRule | undefined {
  return BY_NUMBER.get(closeCode) ?? CLOSE_CODE_RULES.find(covers(closeCode));
}

/** The row of a number without a specific meaning; undefined only for a value that is no number. */
export function otherCloseCodeRule(closeCode: number): CloseCodeRule | undefined {
  return OTHER_CLOSE_CODE_RULES.find(covers(closeCode));
}

/**
 * The row in words, without any text of the service.
 *
 * @param number the source of the number: a close frame, or a ServerError with the number of a close code
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

/** The classification by code and text; `permanent` depends only on the code. */
interface Meaning extends Match {
  readonly permanent?: true;
}

export function classifyClose(facts: SocketClosed, cleanse: Cleanse): Classification {
  const { closeCode, closeReason, connectionId, cause } = facts;
  const text = searchableText(closeReason);
  const rule = closeCodeRule(closeCode) ?? otherCloseCodeRule(closeCode);
  const words = matchText(text, facts.usesEgress);
  // A normal close in answer to the handshake is a failure: no session had begun.
  const owesNothing = facts.confirmed && facts.unfinishedRequests === 0;
  const ranOut = rule?.endsNormally === true && words === undefined ? tokenRanOut(text, facts) : undefined;
  if (rule?.endsNormally === true && owesNothing && words === undefined && ranOut === undefined) {
    const matchedRow = `${closeCodeRow(rule, 'close code')}; here no request was open`;
    return {
      normalEnd: true,
      matchedRow,
      closeCode,
      closeReason,
      ...(connectionId !== undefined && { connectionId }),
    };
  }
  const gateway = words === undefined ? refusedHandshake(facts) : undefined;
  const meaning: Meaning =
    gateway ?? ranOut ?? (rule === undefined ? NO_NUMBER : meaningOf(rule, text, facts, words));
  // It inherits nothing from the beginning, and is made by name: a copy that is extended would have a hidden class of its own.
  const failure = bareObject() as { -readonly [Name in keyof ClassifiedFailure]: ClassifiedFailure[Name] };
  failure.normalEnd = false;
  failure.code = meaning.code;
  failure.matchedRow = meaning.matchedRow;
  addKnown(failure, 'permanent', ownMember(meaning, 'permanent'));
  failure.phase = facts.phase;
  failure.step = facts.step;
  failure.origin = gateway === undefined ? closeOrigin(closeCode) : 'gateway';
  failure.message = `${closeSentence(closeCode)}${closeReason === '' ? '' : ` (${cleanse(closeReason, MAX_QUOTED_CHARACTERS)})`}${afterSilence(facts)}`;
  addKnown(failure, 'connectionId', connectionId);
  failure.closeCode = closeCode;
  addKnown(failure, 'closeReason', closeReason === '' ? undefined : closeReason);
  addKnown(failure, 'cause', cause);
  return failure;
}

export function classifyServerError(facts: ServerErrorReceived, cleanse: Cleanse): ClassifiedFailure {
  const { serverCode, message, reqId, connectionId } = facts;
  return {
    normalEnd: false,
    ...serverErrorMeaning(facts),
    phase: facts.phase,
    step: facts.step,
    origin: 'service',
    message: `the service reported error ${serverCode}${message === '' ? '' : ` (${cleanse(message, MAX_QUOTED_CHARACTERS)})`}`,
    serverCode: String(serverCode),
    ...(message !== '' && { serverDetail: message }),
    ...(connectionId !== undefined && { connectionId }),
    ...(reqId !== undefined && reqId !== '' && { reqId }),
  };
}

function serverErrorMeaning(facts: ServerErrorReceived): Meaning {
  const text = searchableText(facts.message);
  const rule = closeCodeRule(facts.serverCode);
  if (rule !== undefined) return meaningOf(rule, text, facts, matchText(text, facts.usesEgress));
  const byNumber = matchServerNumber(facts.serverCode, text, facts.usesEgress);
  if (facts.serverCode === UNAUTHENTICATED) return tokenRanOut(text, facts) ?? byNumber ?? NO_ROW;
  return byNumber ?? matchText(text, facts.usesEgress) ?? tokenRanOut(text, facts) ?? NO_ROW;
}

/**
 * Words about an expired token that the text rules do not list. On a confirmed connection the session token had been accepted, so it has
 * expired since. In a session with egress they count only where they name that token, because the room has a token as well.
 */
function tokenRanOut(text: string, facts: SocketClosed | ServerErrorReceived): Match | undefined {
  if (!facts.confirmed || !text.includes('expired')) return undefined;
  return (facts.usesEgress ? SESSION_TOKEN_WORDS : TOKEN_WORDS).test(text) ? TOKEN_RAN_OUT : undefined;
}

/** The only number that may refer to the session token. */
const UNAUTHENTICATED = 16;
/** Names of the thing that expired, lower-cased: without egress, and with it. */
export const TOKEN_WORDS = /\b(?:token|jwt|credential|auth|session|login)|^\W*expired\W*$/;
export const SESSION_TOKEN_WORDS = /\bsession (?:token|key)/;

/** @param words what `matchText` gives for the text */
function meaningOf(
  rule: CloseCodeRule,
  text: string,
  facts: SocketClosed | ServerErrorReceived,
  words: Match | undefined,
): Meaning {
  const said = rule.textFirst === true ? (words ?? tokenRanOut(text, facts)) : undefined;
  if (said !== undefined) return said;
  const row = closeCodeRow(rule, facts.kind === 'socketClosed' ? 'close code' : 'ServerError');
  const codeWhenExpired = ownMember(rule, 'codeWhenExpired');
  if (codeWhenExpired !== undefined && (facts.confirmed || text.includes('expired'))) {
    const because = facts.confirmed ? 'the session had been confirmed' : 'the text says "expired"';
    return { code: codeWhenExpired, matchedRow: `${row}; here ${because}` };
  }
  return { code: rule.code, matchedRow: row, ...(rule.permanent === true && { permanent: true }) };
}

const NO_NUMBER: Match = { code: 'connectionClosed', matchedRow: 'no close code: only the close is certain' };
/** The meaning of words about an expired token on a confirmed connection. */
export const TOKEN_RAN_OUT: Match = {
  code: 'sessionTokenExpired',
  matchedRow: 'words about an expired token: the session had been confirmed with it, so it has expired since',
};
/** The meaning of a ServerError that fits no row. */
export const NO_ROW: Match = {
  code: 'serverError',
  matchedRow: 'a ServerError whose number and words have no row',
};

function afterSilence({ idleCuts }: SocketClosed): string {
  if (idleCuts === undefined) return '';
  const { silentMs, pingEveryMs } = idleCuts;
  const answer = pingEveryMs === undefined ? '' : `; pings go out every ${pingEveryMs} ms from now on`;
  return `, after ${silentMs} ms of silence, as the connection before it${answer}`;
}

function closeSentence(closeCode: number): string {
  if (closeCode === 1006) return 'connection lost without a close frame (1006)';
  if (closeCode === 1005) return 'connection closed by the service without a close code (1005)';
  return `connection closed by the service with ${closeCode}`;
}

/** 1005 stands for a close frame without a number, 1006 for no close frame, 1015 for a failed TLS handshake. */
function closeOrigin(closeCode: number): 'service' | 'transport' {
  return closeCode === 1006 || closeCode === 1015 ? 'transport' : 'service';
}
