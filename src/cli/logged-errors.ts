/**
 * Reads errors of sessions from a log: `toJSON()` of an error, an object that has one as `err` or `error`, or lines of such objects, as
 * pino writes them. Names in camelCase and in snake_case are equivalent. The log is untrusted text: unknown names and wrong kinds are
 * left out, and the rest is redacted and bounded as in an error of a session.
 */
import { AVATAR_SDK_ERROR_CODES } from '../index.js';
import type { AvatarSDKError, AvatarSDKErrorFields } from '../index.js';
import { FAILURE_ORIGINS, PHASES } from '../core/failure/avatar-sdk-error-code.js';
import { GIVE_UP_REASONS, recordVerdict } from '../core/failure/avatar-sdk-error.js';
import { ERROR_JSON_NAMES } from '../core/failure/error-record.js';
import { toAvatarSDKError } from '../core/failure/to-avatar-sdk-error.js';
import { answerMember } from '../core/option/plain-object.js';
import { createRedactor } from '../core/redaction/redactor.js';

export interface LoggedError {
  readonly error: AvatarSDKError;
  /** Whether the log contains the session's verdict. */
  readonly hasVerdict: boolean;
}

/** Further errors are not explained. */
export const MAX_LOGGED_ERRORS = 20;

/** Oldest first; an error in several lines is listed once. Empty if there is none. */
export function readLoggedErrors(text: string): readonly LoggedError[] {
  const found = new Map<string, LoggedError>();
  for (const value of valuesIn(text)) {
    for (const candidate of [value, answerMember(value, 'err'), answerMember(value, 'error')]) {
      const logged = loggedError(candidate);
      if (logged !== undefined) found.set(JSON.stringify(logged.error), logged);
    }
  }
  return [...found.values()];
}

/** One JSON value, or one per line; lines that are no JSON come from another program. */
function valuesIn(text: string): readonly unknown[] {
  const whole = parsed(text);
  if (whole !== undefined) return Array.isArray(whole) ? (whole as unknown[]) : [whole];
  return text.split('\n').map(parsed);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The limit of `--attempt` of explain. */
const MAX_ATTEMPT = 1_000;

const TEXTS = [
  ...['serverCode', 'serverTitle', 'serverDetail', 'requestId', 'connectionId', 'reqId', 'closeReason'],
  ...['rawBody', 'remediation'],
] as const satisfies readonly (keyof AvatarSDKErrorFields & keyof typeof ERROR_JSON_NAMES)[];
const NUMBERS = ['httpStatus', 'closeCode', 'retryAfterMs'] as const;
const STEPS = ['request', 'upgrade', 'handshake', 'send', 'receive', 'heartbeat', 'close'] as const;

function loggedError(value: unknown): LoggedError | undefined {
  const member = (name: keyof typeof ERROR_JSON_NAMES): unknown =>
    answerMember(value, ERROR_JSON_NAMES[name]) ?? answerMember(value, name);
  const oneOf = <Word extends string>(name: keyof typeof ERROR_JSON_NAMES, words: readonly Word[]) =>
    words.find((word) => word === member(name));
  const code = oneOf('code', AVATAR_SDK_ERROR_CODES);
  const phase = oneOf('phase', PHASES);
  if (code === undefined || phase === undefined) return undefined;
  const kept = (names: readonly (keyof typeof ERROR_JSON_NAMES)[], kind: string): object =>
    Object.fromEntries(
      names.map((name) => [name, member(name)]).filter(([, given]) => typeof given === kind),
    ) as object;
  const message = member('message');
  const origin = oneOf('origin', FAILURE_ORIGINS);
  const fields: AvatarSDKErrorFields = {
    code,
    phase,
    step: oneOf('step', STEPS) ?? 'request',
    message: typeof message === 'string' ? message : '',
    permanent: member('permanent') === true,
    ...(origin === undefined ? {} : { origin }),
    ...kept(TEXTS, 'string'),
    ...kept(NUMBERS, 'number'),
  };
  const error = toAvatarSDKError(fields, createRedactor());
  const willRetry = member('willRetry');
  const attempt = member('attempt');
  const reason = oneOf('reason', GIVE_UP_REASONS);
  const hasVerdict = typeof willRetry === 'boolean';
  const told = {
    willRetry: willRetry === true,
    ...(isAttempt(attempt) ? { attempt } : {}),
    ...(reason === undefined ? {} : { reason }),
  };
  return { error: recordVerdict(error, told), hasVerdict };
}

function isAttempt(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_ATTEMPT;
}
