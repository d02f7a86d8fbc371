/**
 * The service's numbers and words → code, in two tables: ServerError numbers from gRPC (and HTTP's 400) with the words that JSON bodies
 * use for them, and substrings of texts. Numbers in JSON bodies are not looked up: there `400` only repeats the HTTP status. Whether the
 * session uses egress matters only for what came over the socket: the console and the upgrade have not received the room yet.
 */
import type { AvatarSDKErrorCode, Match } from './avatar-sdk-error-code.js';

export interface ServerErrorRule {
  readonly numbers: readonly number[];
  readonly word: string;
  readonly code: AvatarSDKErrorCode;
  /** Instead of `code`, when the failure is about egress. */
  readonly egressCode: AvatarSDKErrorCode;
  /** The evidence for egress: only a name of it in the text, or also the fact that the session uses egress. */
  readonly egressEvidence: 'text' | 'textOrSession';
  readonly reason: string;
  /** The reason for `egressCode`. */
  readonly egressReason: string;
}

/** The service refuses a credential. */
const UNAUTHENTICATED: ServerErrorRule = {
  numbers: [16],
  word: 'UNAUTHENTICATED',
  code: 'sessionTokenInvalid',
  egressCode: 'invalidEgressConfig',
  egressEvidence: 'textOrSession',
  reason: 'without a room the session token is the only credential',
  egressReason: 'the session token was accepted at the upgrade, so it is the room that refused its own',
};
/** The same meaning as a word. */
const UNAUTHORIZED = 'unauthorized';

const ROWS: readonly ServerErrorRule[] = [
  {
    numbers: [3, 400],
    word: 'INVALID_ARGUMENT',
    code: 'invalidRequest',
    egressCode: 'invalidEgressConfig',
    egressEvidence: 'text',
    reason: 'any parameter can be invalid, so only the text shows that it is one of the room',
    egressReason: 'any parameter can be invalid, and the text names the room',
  },
  {
    numbers: [14],
    word: 'UNAVAILABLE',
    code: 'upstreamError',
    egressCode: 'egressUnavailable',
    egressEvidence: 'textOrSession',
    reason: 'an internal part of the service is unavailable',
    egressReason: 'in a session with egress the room is the most likely cause',
  },
  UNAUTHENTICATED,
];

export const SERVER_ERROR_RULES: readonly ServerErrorRule[] = Object.freeze(
  ROWS.map((row) => Object.freeze({ ...row, numbers: Object.freeze(row.numbers) })),
);

/** How a text names egress, lower-cased. */
export const EGRESS_WORDS: readonly string[] = Object.freeze(['livekit', 'agora', 'egress']);

/** The meaning of a ServerError's number; `text` is lower-cased. Undefined when the number has no row. */
export function matchServerNumber(number: number, text: string, usesEgress: boolean): Match | undefined {
  const rule = SERVER_ERROR_RULES.find(({ numbers }) => numbers.includes(number));
  return rule && resolve(rule, numberWords(rule, number), text, usesEgress);
}

/** The row in words, twice: outside egress, and about egress. */
export function serverErrorRows(rule: ServerErrorRule): readonly Match[] {
  const what = numberWords(rule, rule.numbers.join(' or '));
  return [
    { code: rule.code, matchedRow: `${what}: ${rule.reason}` },
    { code: rule.egressCode, matchedRow: `${what}, about egress: ${rule.egressReason}` },
  ];
}

function numberWords({ word }: ServerErrorRule, number: number | string): string {
  return `ServerError ${number} (${word})`;
}

/** The meaning of the code text of an HTTP answer's JSON body, trimmed; `text` is lower-cased. */
export function matchServerWord(word: string, text: string): Match | undefined {
  const rule = SERVER_ERROR_RULES.find((row) => row.word === word.toUpperCase());
  return rule && resolve(rule, `the code text ${rule.word}`, text, false);
}

function resolve(rule: ServerErrorRule, what: string, text: string, usesEgress: boolean): Match {
  const named = EGRESS_WORDS.some((word) => text.includes(word));
  const aboutEgress = named || (rule.egressEvidence === 'textOrSession' && usesEgress);
  const about = !aboutEgress ? '' : named ? ', and the text names the room' : ', and the session uses a room';
  return {
    code: aboutEgress ? rule.egressCode : rule.code,
    matchedRow: `${what}${about}: ${aboutEgress ? rule.egressReason : rule.reason}`,
  };
}

/** The facts about a failure that may be the refusal of a room's token; every AvatarSDKError has them. */
export interface RoomFailure {
  readonly code: AvatarSDKErrorCode;
  readonly serverCode?: string;
  readonly serverDetail?: string;
  readonly closeReason?: string;
}

/** Whether the service could not enter the room because its token was refused: it has expired, or was never valid. */
export function isRoomTokenRefusal(failure: RoomFailure): boolean {
  if (failure.code !== 'invalidEgressConfig') return false;
  const { serverCode = '', serverDetail, closeReason } = failure;
  const named =
    UNAUTHENTICATED.numbers.map(String).includes(serverCode) || serverCode === UNAUTHENTICATED.word;
  return named || searchableText(serverDetail, closeReason).includes(UNAUTHORIZED);
}

export interface TextRule {
  /** The substring, lower-case. */
  readonly text: string;
  readonly code: AvatarSDKErrorCode;
  /** Applies only if the session uses egress and the failure came over the socket. */
  readonly egressOverSocketOnly?: true;
  readonly reason: string;
}

const TEXTS: readonly TextRule[] = [
  {
    text: 'credits exhausted',
    code: 'creditsExhausted',
    reason: 'before "session denied", which it often follows',
  },
  {
    text: 'session time limit reached',
    code: 'sessionDurationExceeded',
    reason: 'billing ended the session',
  },
  { text: 'maximum session duration', code: 'sessionDurationExceeded', reason: 'the same, other wording' },
  { text: 'session denied', code: 'billingRequired', reason: 'billing refused the session' },
  { text: 'invalid session token', code: 'sessionTokenInvalid', reason: 'upgrade 400 as really seen' },
  { text: 'empty token', code: 'sessionTokenInvalid', reason: 'no token reached the service' },
  { text: 'token is expired', code: 'sessionTokenExpired', reason: 'wording of the JWT library' },
  { text: 'session token expired', code: 'sessionTokenExpired', reason: 'wording of the service' },
  { text: 'app id mismatch', code: 'appIDMismatch', reason: 'the token was made for another app' },
  { text: 'appidunrecognized', code: 'appIDUnrecognized', reason: 'the code as one word' },
  { text: 'app id unrecognized', code: 'appIDUnrecognized', reason: 'the same in words' },
  { text: 'avatar not found', code: 'avatarNotFound', reason: 'a 404 alone would mean the app id' },
  { text: 'unsupported sample rate', code: 'unsupportedSampleRate', reason: 'comes as ServerError 0' },
  { text: 'livekit silence timeout', code: 'idleTimeout', reason: 'before the egress texts: no input came' },
  { text: 'no audio input for', code: 'idleTimeout', reason: 'closes with 1008 or 1011' },
  { text: 'livekit_egress', code: 'invalidEgressConfig', reason: 'names the field of the configuration' },
  { text: 'agora_egress', code: 'invalidEgressConfig', reason: 'names the field of the configuration' },
  { text: 'missing livekit credentials', code: 'invalidEgressConfig', reason: 'neither token nor key pair' },
  {
    text: 'provide api_token or both api_key and api_secret',
    code: 'invalidEgressConfig',
    reason: 'the advice that goes with missing credentials',
  },
  {
    text: 'egress client is not configured on server',
    code: 'egressUnavailable',
    reason: 'this region serves no rooms',
  },
  {
    text: 'failed to create egress connection',
    code: 'egressUnavailable',
    reason: 'the room did not answer',
  },
  {
    text: 'driven server returned non-200 status code',
    code: 'upstreamError',
    reason: 'the inner animation service refused',
  },
  {
    text: 'driven server request failed',
    code: 'upstreamError',
    reason: 'the inner animation service is unreachable',
  },
  { text: 'concurrency limit', code: 'concurrencyLimit', reason: 'older services have no 4003' },
  { text: 'maximum concurrent', code: 'concurrencyLimit', reason: 'the same, other wording' },
  {
    text: 'expected clientconfiguresession message',
    code: 'protocolError',
    reason: 'another message came first',
  },
  {
    text: 'clientconfiguresession message is nil',
    code: 'protocolError',
    reason: 'the type without its content',
  },
  { text: 'unexpected message type', code: 'protocolError', reason: 'a message out of sequence' },
  {
    text: 'failed to unmarshal initial message',
    code: 'protocolError',
    reason: 'not the protobuf it expects',
  },
  {
    text: UNAUTHORIZED,
    code: 'invalidEgressConfig',
    egressOverSocketOnly: true,
    reason: 'the room refused its token; over HTTP the same word is about the session token',
  },
];

export const TEXT_RULES: readonly TextRule[] = Object.freeze(TEXTS.map((row) => Object.freeze(row)));

/** "code | title | detail", lower-cased, without absent parts: the text that the rules search. */
export function searchableText(...parts: readonly (string | undefined)[]): string {
  return parts
    .filter((part) => part !== undefined)
    .join(' | ')
    .toLowerCase();
}

/** The meaning of the first rule that applies; `text` comes from `searchableText`. Undefined if no rule applies. */
export function matchText(text: string, egressOverSocket: boolean): Match | undefined {
  // Most connections are lost without a close frame.
  if (text === '') return undefined;
  const rule = TEXT_RULES.find(
    (row) => (egressOverSocket || row.egressOverSocketOnly !== true) && text.includes(row.text),
  );
  return rule && { code: rule.code, matchedRow: textRow(rule) };
}

/** The row in words. */
export function textRow({ text, reason }: TextRule): string {
  return `the words "${text}": ${reason}`;
}
