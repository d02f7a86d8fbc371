/**
 * The only error class of this package. It is a plain record of the facts about a failure; `classify` finds the code, and the policy
 * decides whether the session retries. All of it has been redacted: no field holds an API key, a token or a room credential.
 */
import { writeStack } from '../memory/stack-lines.js';
import { defineHidden, defineListed, ownMember } from '../option/plain-object.js';
import { remediationFor } from './avatar-sdk-error-code.js';
import type { AvatarSDKErrorCode, FailureOrigin, Phase, Step } from './avatar-sdk-error-code.js';
import { knownFields } from './error-fields.js';
import type {
  AvatarSDKErrorFields,
  FailureVerdict,
  GiveUpReason,
  KnownFields,
  UtteranceOutcome,
} from './error-fields.js';
import { errorToJson } from './error-record.js';

export { GIVE_UP_REASONS, OUTCOMES } from './error-fields.js';
export type { AvatarSDKErrorFields, FailureVerdict, GiveUpReason, UtteranceOutcome } from './error-fields.js';

/** From the global symbol registry, so that every copy of this package uses the same symbol. */
const BRAND = Symbol.for('avatarkit-session.AvatarSDKError');

/**
 * Every failure of a session, classified.
 *
 * `instanceof AvatarSDKError` recognizes it within one copy of this package, `AvatarSDKError.is` across copies; `code`
 * is one of 20 stable names. Wrong options are not failures: they throw TypeError or RangeError before any I/O.
 *
 * `structuredClone` and messages between threads lose the class and all fields: they give an Error with `message`, `stack` and `cause`.
 * Send `toJSON()` to another thread instead.
 *
 * @example
 * ```ts
 * session.on('error', (error) => {
 *   if (!error.willRetry) console.error(error.code, error.remediation, error.toJSON());
 * });
 * ```
 */
export class AvatarSDKError extends Error implements AvatarSDKErrorFields {
  // `declare`: a field that was not given must not exist, not even as undefined.
  /** The name of the class. */
  declare readonly name: 'AvatarSDKError';
  /** One of the 20 codes: decide by it, not by the message. */
  readonly code: AvatarSDKErrorCode;
  /** Where it happened: one of `session_token`, `websocket_connect`, `websocket_runtime`. */
  readonly phase: Phase;
  /** The step within the phase: `request`, `upgrade`, `handshake`, `send`, `receive`, `heartbeat`, `close`. */
  readonly step: Step;
  /** The origin of the failure: the service, an intermediary, the network, the application, or this package. */
  readonly origin: FailureOrigin;
  /** Whether waiting cannot remedy the failure: a bad certificate, an invalid URL, an application close code. */
  readonly permanent: boolean;
  /** The HTTP status of a refused token request or upgrade. */
  declare readonly httpStatus?: number;
  /**
   * Raw text of the service, like all fields marked so: redacted and bounded, but control and invisible characters are kept. Escape it
   * before you show it.
   */
  declare readonly serverCode?: string;
  /** Raw text. */
  declare readonly serverTitle?: string;
  /** Raw text. */
  declare readonly serverDetail?: string;
  /** Raw text. */
  declare readonly requestId?: string;
  /** Raw text. */
  declare readonly connectionId?: string;
  /** The session's own id if it is a request of this session, otherwise raw text. */
  declare readonly reqId?: string;
  /** The WebSocket close code; 1006 when no close frame came. */
  declare readonly closeCode?: number;
  /** Raw text. */
  declare readonly closeReason?: string;
  /** The wait that the service asked for, milliseconds. */
  declare readonly retryAfterMs?: number;
  /** Raw text: the beginning of the refusal's body. */
  declare readonly rawBody?: string;
  /** The row of the table that led to the code, in words. Not enumerable, and not in the JSON. */
  declare readonly matchedRow?: string;
  /**
   * Attempts made in this outage, the failed one included; 0 when a stable connection was lost. An attempt is a dial; for a failure of a
   * single request, a sending of that request.
   */
  declare readonly attempt?: number;
  /**
   * Whether the session continues by itself after this failure. Also set on an error of a single request, whose outcome is in `outcome`.
   * False also where the application's own audio source has failed (`origin` is `source`), though the session continues.
   */
  readonly willRetry: boolean = false;
  /** Why the session gave up; absent while it continues, and on failures of a single request. */
  declare readonly reason?: GiveUpReason;
  /** The outcome of the audio, on errors of a request. */
  declare readonly outcome?: UtteranceOutcome;
  /** What an operator should do, in one sentence. */
  readonly remediation: string;

  static {
    // On the prototype, as with built-in errors, so that the stack begins with it and it is not enumerable.
    defineHidden(this.prototype, 'name', 'AvatarSDKError');
    defineHidden(this.prototype, BRAND, true);
  }

  /** Whether a value is an AvatarSDKError, also one of another copy of this package. False for a structured clone. Never throws. */
  static is(value: unknown): value is AvatarSDKError {
    if (typeof value !== 'object' || value === null) return false;
    try {
      const { [BRAND]: branded, code } = value as { readonly [BRAND]?: unknown; readonly code?: unknown };
      // The prototype has the brand as well, but no code.
      return branded === true && typeof code === 'string';
    } catch {
      return false;
    }
  }

  /** @throws TypeError or RangeError for a field of the wrong kind, and for a field that can't be read */
  constructor(fields: AvatarSDKErrorFields) {
    const told = knownFields(fields);
    const { message, cause, code, phase, matchedRow } = told;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.phase = phase;
    this.step = told.step;
    this.origin = told.origin ?? 'local';
    this.permanent = told.permanent ?? false;
    this.remediation = told.remediation ?? remediationFor(code, phase);
    listGiven(this, told);
    if (matchedRow !== undefined) defineHidden(this, 'matchedRow', matchedRow, false);
    writeStack(this);
  }

  /** The fields under the vendor page's snake_case names; absent fields are left out, `cause` is reduced to its message. */
  toJSON(): Record<string, unknown> {
    return errorToJson(this);
  }
}

/**
 * In the order in which an error lists its fields; a field given as undefined counts as absent. By name: most errors have two or three of
 * these fields, and a loop looks up every name.
 */
function listGiven(error: AvatarSDKError, told: KnownFields): void {
  if (told.httpStatus !== undefined) defineListed(error, 'httpStatus', told.httpStatus);
  if (told.closeCode !== undefined) defineListed(error, 'closeCode', told.closeCode);
  if (told.retryAfterMs !== undefined) defineListed(error, 'retryAfterMs', told.retryAfterMs);
  if (told.serverCode !== undefined) defineListed(error, 'serverCode', told.serverCode);
  if (told.serverTitle !== undefined) defineListed(error, 'serverTitle', told.serverTitle);
  if (told.serverDetail !== undefined) defineListed(error, 'serverDetail', told.serverDetail);
  if (told.requestId !== undefined) defineListed(error, 'requestId', told.requestId);
  if (told.connectionId !== undefined) defineListed(error, 'connectionId', told.connectionId);
  if (told.reqId !== undefined) defineListed(error, 'reqId', told.reqId);
  if (told.closeReason !== undefined) defineListed(error, 'closeReason', told.closeReason);
  if (told.rawBody !== undefined) defineListed(error, 'rawBody', told.rawBody);
  if (told.willRetry !== undefined) defineListed(error, 'willRetry', told.willRetry);
  if (told.attempt !== undefined) defineListed(error, 'attempt', told.attempt);
  if (told.reason !== undefined) defineListed(error, 'reason', told.reason);
  if (told.outcome !== undefined) defineListed(error, 'outcome', told.outcome);
}

/**
 * A failure to get a session token: its phase is `session_token`, and its cause is not only on this side. `name` and all fields are those
 * of AvatarSDKError; recognized by `instanceof` within one copy of this package.
 *
 * @example
 * ```ts
 * await session.start().catch((error) => {
 *   if (error instanceof SessionTokenError) console.error('no session token:', error.code);
 * });
 * ```
 */
export class SessionTokenError extends AvatarSDKError {}

/** The error of the class that belongs to the phase. */
export function makeAvatarSDKError(fields: AvatarSDKErrorFields | KnownFields): AvatarSDKError {
  const isOfToken = fields.phase === 'session_token' && (fields.origin ?? 'local') !== 'local';
  const given = fields as AvatarSDKErrorFields;
  return isOfToken ? new SessionTokenError(given) : new AvatarSDKError(given);
}

/**
 * Writes the policy's verdict on an error. Only the client's shell calls it: the fields are read-only elsewhere, and nothing is written
 * after the application has got the error.
 */
export function recordVerdict(error: AvatarSDKError, verdict: FailureVerdict): AvatarSDKError {
  try {
    const attempt = ownMember(verdict, 'attempt');
    if (attempt !== undefined) defineListed(error, 'attempt', attempt);
    const willRetry = ownMember(verdict, 'willRetry');
    // It is a field of every error, so nothing inherited is in the way of an assignment.
    if (willRetry !== undefined) (error as { willRetry: boolean }).willRetry = willRetry;
    const reason = ownMember(verdict, 'reason');
    if (reason !== undefined) defineListed(error, 'reason', reason);
    const outcome = ownMember(verdict, 'outcome');
    if (outcome !== undefined) defineListed(error, 'outcome', outcome);
  } catch {
    // Frozen: the application threw an error that it had got before.
  }
  return error;
}
