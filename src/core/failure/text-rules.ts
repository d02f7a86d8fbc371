/**
 * What the service's words mean: lower-cased substrings of "code | title | detail", first hit wins, so the more
 * telling texts stand first. Used where numbers say too little. Nothing here knows where the text came from,
 * except for one word that means something only over the socket of a session with egress.
 */
import type { AvatarSDKErrorCode, Match } from './avatar-sdk-error-code.js';

export interface TextRule {
  /** Lower-case. */
  readonly text: string;
  readonly code: AvatarSDKErrorCode;
  /** Counts only when the session uses egress and the failure came over the socket. */
  readonly egressOverSocketOnly?: true;
  readonly reason: string;
}

const ROWS: readonly TextRule[] = [
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
  { text: 'avatar not found', code: 'avatarNotFound', reason: 'a 404 alone would blame the app id' },
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
    text: 'unauthorized',
    code: 'invalidEgressConfig',
    egressOverSocketOnly: true,
    reason: 'the room refused its token; over HTTP the same word is about the session token',
  },
];

export const TEXT_RULES: readonly TextRule[] = Object.freeze(ROWS.map((row) => Object.freeze(row)));

/** "code | title | detail", lower-cased, absent parts left out: what the rules are looked for in. */
export function searchableText(...parts: readonly (string | undefined)[]): string {
  return parts
    .filter((part) => part !== undefined)
    .join(' | ')
    .toLowerCase();
}

/** The first rule's meaning; `text` comes from `searchableText`. Undefined when no rule applies. */
export function matchText(text: string, egressOverSocket: boolean): Match | undefined {
  const rule = TEXT_RULES.find(
    (row) => (egressOverSocket || row.egressOverSocketOnly !== true) && text.includes(row.text),
  );
  return rule && { code: rule.code, matchedRow: textRow(rule) };
}

/** The row in words. */
export function textRow({ text, reason }: TextRule): string {
  return `the words "${text}": ${reason}`;
}
