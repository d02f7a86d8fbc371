/**
 * ServerError numbers that are gRPC's (and HTTP's 400), and the words for them that JSON bodies use as code text.
 * Numbers of JSON bodies are not looked up here: there `400` only repeats the HTTP status. Whether the session
 * publishes into a room counts only for what came over the socket; the console and the upgrade know no room yet.
 */
import type { AvatarSDKErrorCode, Match } from './avatar-sdk-error-code.js';

export interface ServerErrorRule {
  readonly numbers: readonly number[];
  readonly word: string;
  readonly code: AvatarSDKErrorCode;
  /** Instead of `code`, when the failure is about egress. */
  readonly egressCode: AvatarSDKErrorCode;
  /** What tells that it is about egress: the text names it, or already the fact that the session uses it. */
  readonly egressEvidence: 'text' | 'textOrSession';
  readonly reason: string;
  /** Why it is `egressCode` when it is about egress. */
  readonly egressReason: string;
}

const ROWS: readonly ServerErrorRule[] = [
  {
    numbers: [3, 400],
    word: 'INVALID_ARGUMENT',
    code: 'invalidRequest',
    egressCode: 'invalidEgressConfig',
    egressEvidence: 'text',
    reason: 'any parameter can be invalid, so only the text can blame the room',
    egressReason: 'any parameter can be invalid, and the text blames the room',
  },
  {
    numbers: [14],
    word: 'UNAVAILABLE',
    code: 'upstreamError',
    egressCode: 'egressUnavailable',
    egressEvidence: 'textOrSession',
    reason: 'a part behind the service is away',
    egressReason: 'a session with egress depends on the room first of all',
  },
  {
    numbers: [16],
    word: 'UNAUTHENTICATED',
    code: 'sessionTokenInvalid',
    egressCode: 'invalidEgressConfig',
    egressEvidence: 'textOrSession',
    reason: 'without a room the session token is the only credential',
    egressReason: 'the session token was accepted at the upgrade, so it is the room that refused its own',
  },
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

/** A row in words: what it means otherwise, and what about egress. */
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
