/**
 * What the service said over the socket, in a close frame or in a ServerError → fields of a failure, or the news
 * that nothing failed. Numbers first, then words, except where the close-code table puts the words first.
 */
import { ownMember } from '../option/plain-object.js';
import type {
  Classification,
  ClassifiedFailure,
  ServerErrorReceived,
  SocketClosed,
} from './failure-facts.js';
import { type CloseCodeRule, closeCodeRow, closeCodeRule, otherCloseCodeRule } from './close-code-rules.js';
import { refusedHandshake } from './gateway-answer.js';
import type { Match } from './avatar-sdk-error-code.js';
import { MAX_QUOTED_CHARACTERS, type Cleanse } from './reduce-cause.js';
import { matchServerNumber } from './server-error-rules.js';
import { matchText, searchableText } from './text-rules.js';

/** What a number and its words lead to; `permanent` is about the number alone. */
interface Meaning extends Match {
  readonly permanent?: true;
}

export function classifyClose(facts: SocketClosed, cleanse: Cleanse): Classification {
  const { closeCode, closeReason, connectionId, cause } = facts;
  const text = searchableText(closeReason);
  const rule = closeCodeRule(closeCode) ?? otherCloseCodeRule(closeCode);
  const words = matchText(text, facts.usesEgress);
  // Never confirmed means never begun: a polite close that answers the handshake ends nothing normally.
  const owesNothing = facts.confirmed && facts.unfinishedRequests === 0;
  const ranOut = rule?.endsNormally === true && words === undefined ? tokenRanOut(text, facts) : undefined;
  if (rule?.endsNormally === true && owesNothing && words === undefined && ranOut === undefined) {
    const matchedRow = `${closeCodeRow(rule, 'close code')}; here nothing was owed`;
    return {
      normalEnd: true,
      matchedRow,
      closeCode,
      closeReason,
      ...(connectionId !== undefined && { connectionId }),
    };
  }
  const gateway = words === undefined ? refusedHandshake(facts) : undefined;
  return {
    normalEnd: false,
    ...(gateway ?? ranOut ?? (rule === undefined ? NO_NUMBER : meaningOf(rule, text, facts))),
    phase: facts.phase,
    step: facts.step,
    origin: gateway === undefined ? closeOrigin(closeCode) : 'gateway',
    message: `${closeSentence(closeCode)}${closeReason === '' ? '' : ` (${cleanse(closeReason, MAX_QUOTED_CHARACTERS)})`}${afterSilence(facts)}`,
    ...(connectionId !== undefined && { connectionId }),
    closeCode,
    ...(closeReason !== '' && { closeReason }),
    ...(cause !== undefined && { cause }),
  };
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
  if (rule !== undefined) return meaningOf(rule, text, facts);
  const byNumber = matchServerNumber(facts.serverCode, text, facts.usesEgress);
  if (facts.serverCode === UNAUTHENTICATED) return tokenRanOut(text, facts) ?? byNumber ?? NO_ROW;
  return byNumber ?? matchText(text, facts.usesEgress) ?? tokenRanOut(text, facts) ?? NO_ROW;
}

/**
 * Words about an expired token that the text rules do not list. On a confirmed connection the session token had been accepted, so it
 * ran out. In a session with egress they are about it only where they name it: the room has a token, too.
 */
function tokenRanOut(text: string, facts: SocketClosed | ServerErrorReceived): Match | undefined {
  if (!facts.confirmed || !text.includes('expired')) return undefined;
  return (facts.usesEgress ? SESSION_TOKEN_WORDS : TOKEN_WORDS).test(text) ? TOKEN_RAN_OUT : undefined;
}

/** The only number that may mean the session token. */
const UNAUTHENTICATED = 16;
const TOKEN_WORDS = /\b(?:token|jwt|credential|auth|session|login)|^\W*expired\W*$/;
const SESSION_TOKEN_WORDS = /\bsession (?:token|key)/;

function meaningOf(rule: CloseCodeRule, text: string, facts: SocketClosed | ServerErrorReceived): Meaning {
  const said =
    rule.textFirst === true ? (matchText(text, facts.usesEgress) ?? tokenRanOut(text, facts)) : undefined;
  if (said !== undefined) return said;
  const row = closeCodeRow(rule, facts.kind === 'socketClosed' ? 'close code' : 'ServerError');
  const codeWhenExpired = ownMember(rule, 'codeWhenExpired');
  if (codeWhenExpired !== undefined && (facts.confirmed || text.includes('expired'))) {
    const because = facts.confirmed ? 'the session had been confirmed' : 'the text says "expired"';
    return { code: codeWhenExpired, matchedRow: `${row}; here ${because}` };
  }
  return { code: rule.code, matchedRow: row, ...(rule.permanent === true && { permanent: true }) };
}

const NO_NUMBER: Match = { code: 'connectionClosed', matchedRow: 'no close code: at least it closed' };
/** What words about an expired token mean on a confirmed connection. */
export const TOKEN_RAN_OUT: Match = {
  code: 'sessionTokenExpired',
  matchedRow: 'a token that is said to have expired: the session had been confirmed with it, so it ran out',
};
/** What a ServerError means that nothing else explains. */
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

/** 1005 is a close frame without a number; 1006 is no frame at all, and 1015 no TLS. */
function closeOrigin(closeCode: number): 'service' | 'transport' {
  return closeCode === 1006 || closeCode === 1015 ? 'transport' : 'service';
}
