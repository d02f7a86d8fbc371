/**
 * The only way from a classified failure to an error that the application sees. Everything textual is redacted
 * first and bounded afterwards, so that a bound never leaves half a secret. Decides no code and no policy.
 */
import type { FailureOrigin } from './avatar-sdk-error-code.js';
import { makeAvatarSDKError } from './avatar-sdk-error.js';
import type { AvatarSDKError, AvatarSDKErrorFields } from './avatar-sdk-error.js';
import { type Cleanse, reduceCause } from './error-record.js';
import { KnownFields } from './error-fields.js';
import { detached } from '../memory/collections.js';
import { inheritingNothing } from '../option/plain-object.js';
import { withoutStackLines } from '../memory/stack-lines.js';
import { REDACTED } from '../redaction/redactor.js';
import type { Redactor } from '../redaction/redactor.js';
import { isOwnRemedy } from './remedy.js';

/**
 * A text is searched for secrets this many characters beyond the part that is kept, so that a secret which begins before the bound is
 * recognised in every encoding.
 */
const SEARCHED_BEYOND_CHARACTERS = 256;

/** Longest texts of an error, characters. A close reason has at most 123 bytes on the wire. */
export const MAX_ERROR_TEXT_CHARACTERS = Object.freeze({
  message: 512,
  serverCode: 128,
  serverTitle: 512,
  serverDetail: 2_048,
  requestId: 256,
  connectionId: 256,
  reqId: 256,
  closeReason: 512,
  rawBody: 4_096,
  remediation: 512,
});

/**
 * Whole texts of this package. The error of an ordinary lost connection has only such texts. They are not searched for secrets: the
 * search, with its index of secrets, was a fifth of the cost of a reconnect.
 */
const OWN_TEXTS = new RegExp(
  `^(?:${[
    '',
    'connection lost without a close frame \\(1006\\)',
    'connection closed by the service with \\d{4}',
    '(?:upgrade|token request) refused with HTTP \\d{3}',
    'connection lost: no sign of life from the service for \\d{1,9} ms',
    'Error',
    'ECONNRESET|ERR_STREAM_PREMATURE_CLOSE',
    '(?:Error: )?the other side ended the TCP connection without a close frame',
    'the session was closed by the application',
    'read ECONNRESET',
    'Error: read ECONNRESET\\n    at TCP\\.onStreamRead \\(node:internal/stream_base_commons:\\d{1,4}:\\d{1,3}\\)',
  ].join('|')})$`,
);

/**
 * Own texts that were seen before, and whether they are one line as they are: this lookup takes a tenth of the time of the patterns. Some
 * texts contain a number, so the set is limited.
 */
const SEEN_OWN_TEXTS = new Map<string, boolean>();
const MOST_SEEN = 64;
const MAX_OWN_CHARACTERS = 192;

function isOwnText(text: string): boolean {
  if (text.length > MAX_OWN_CHARACTERS) return false;
  if (SEEN_OWN_TEXTS.has(text)) return true;
  if (!OWN_TEXTS.test(text)) return false;
  if (SEEN_OWN_TEXTS.size < MOST_SEEN) SEEN_OWN_TEXTS.set(detached(text), PLAIN_LINE.test(text));
  return true;
}

/** Nearly every text is plain ASCII, with single spaces in it. */
const PLAIN_LINE = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/;

/**
 * Redacts a text, then bounds it. The rest is not searched and must not stay in memory: a part of a string keeps the whole string alive.
 */
export function cleanserOf(redactor: Pick<Redactor, 'redact'>): Cleanse {
  return (text, maxCharacters) =>
    isOwnText(text)
      ? text
      : detached(
          bounded(redactor.redact(text.slice(0, maxCharacters + SEARCHED_BEYOND_CHARACTERS)), maxCharacters),
        );
}

/** A short text of the service (an id, a reason) for events, `explain()` and warnings: redacted, bounded, on one line. */
export function shownText(text: string, redactor: Pick<Redactor, 'redact'>): string {
  return oneLine(cleanserOf(redactor)(text, MAX_ERROR_TEXT_CHARACTERS.connectionId));
}

/** `told` may hold secrets and is not changed; the error holds no secret that `redactor` has been given or recognises. */
export function toAvatarSDKError(
  told: AvatarSDKErrorFields,
  redactor: Pick<Redactor, 'redact'> & Partial<Pick<Redactor, 'redactId'>>,
): AvatarSDKError {
  const cleanse = cleanserOf(redactor);
  const own = inheritingNothing(told);
  const known = new KnownFields(own);
  known.origin = own.origin;
  known.permanent = own.permanent;
  known.httpStatus = own.httpStatus;
  known.closeCode = own.closeCode;
  known.retryAfterMs = own.retryAfterMs;
  known.matchedRow = own.matchedRow;
  known.message = oneLine(shown(own.message, 'message', cleanse));
  known.serverCode = shown(own.serverCode, 'serverCode', cleanse);
  known.serverTitle = shown(own.serverTitle, 'serverTitle', cleanse);
  known.serverDetail = shown(own.serverDetail, 'serverDetail', cleanse);
  known.requestId = shown(own.requestId, 'requestId', cleanse);
  if (own.connectionId !== undefined || own.reqId !== undefined) {
    const cleanseId = idCleanserOf(redactor, cleanse);
    known.connectionId = shown(own.connectionId, 'connectionId', cleanseId);
    known.reqId = shown(own.reqId, 'reqId', cleanseId);
  }
  known.closeReason = shown(own.closeReason, 'closeReason', cleanse);
  known.rawBody = shown(own.rawBody, 'rawBody', cleanse);
  known.remediation = shownRemedy(own, cleanse);
  known.cause = reduceCause(own.cause, cleanse);
  return NO_LINES.has(known.origin)
    ? withoutStackLines(() => makeAvatarSDKError(known))
    : makeAvatarSDKError(known);
}

/** Failures of these origins begin in a socket, so that their stack lines would only show this package. */
const NO_LINES: ReadonlySet<unknown> = new Set<FailureOrigin>(['service', 'gateway', 'transport']);

type TextName = keyof typeof MAX_ERROR_TEXT_CHARACTERS;

/** A value that is no text stays unchanged. */
function shown<Value>(value: Value, name: TextName, cleanse: Cleanse): Value {
  return typeof value === 'string' ? (cleanse(value, MAX_ERROR_TEXT_CHARACTERS[name]) as Value) : value;
}

function shownRemedy(
  { remediation, code, phase }: AvatarSDKErrorFields,
  cleanse: Cleanse,
): string | undefined {
  if (typeof remediation !== 'string') return remediation;
  if (isOwnRemedy(remediation, code, phase)) return remediation;
  return oneLine(shown(remediation, 'remediation', cleanse));
}

/** For ids, which every connection has. */
function idCleanserOf(redactor: Partial<Pick<Redactor, 'redactId'>>, cleanse: Cleanse): Cleanse {
  return redactor.redactId === undefined
    ? cleanse
    : cleanserOf({ redact: (id) => redactor.redactId?.(id) ?? REDACTED });
}

/** Brackets whose whole content was removed. */
const NOTHING_SHOWN = / \( ?(?:\)|…\)?$)/g;

/**
 * A message is one line in a log and on a terminal, and is read in the order of its characters, whatever control, bidirectional or
 * invisible characters the service put into it.
 */
function oneLine(text: string): string {
  if (SEEN_OWN_TEXTS.get(text) === true || PLAIN_LINE.test(text)) return text;
  return text
    .replaceAll(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .replaceAll(NOTHING_SHOWN, '');
}

/** At most `maxCharacters`, including the mark of the cut; never ends in half of a surrogate pair. */
export function bounded(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  return `${text.slice(0, maxCharacters - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
