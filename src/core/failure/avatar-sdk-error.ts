/**
 * The one error class of this package. It is a plain record of what is known about a failure; `classify` finds the code, and the policy
 * decides whether the session goes on. All of it has been redacted: no field holds an API key, a token or a room credential.
 */
import {
  requireBoolean,
  requireNumber,
  requireOneOf,
  requireOptions,
  requireString,
} from '../option/option-check.js';
import { defineHidden, defineListed } from '../option/plain-object.js';
import { AVATAR_SDK_ERROR_CODES, remediationFor } from './avatar-sdk-error-code.js';
import type { AvatarSDKErrorCode, FailureOrigin, Phase, Step } from './avatar-sdk-error-code.js';
import { errorToJson, writeStack } from './error-record.js';

/**
 * Why the session did not go on:
 * - `rule`: the policy table surfaces this failure, or `retry.decide` gave it up
 * - `attempts`, `elapsed`: a limit of the outage was reached
 * - `hintTooLong`: the service asked for a longer wait than `maxHintMs`
 * - `aborted`: the caller's AbortSignal; `closed`: the application closed the session
 */
export type GiveUpReason = 'rule' | 'attempts' | 'elapsed' | 'hintTooLong' | 'aborted' | 'closed';
export const GIVE_UP_REASONS = [
  'rule',
  'attempts',
  'elapsed',
  'hintTooLong',
  'aborted',
  'closed',
] as const satisfies readonly GiveUpReason[];

/**
 * What became of the audio of a request; on an error after which the request goes on (it is sent again, it waits for room, a loop
 * has missed frames), what becomes of it unless another error follows:
 * - `delivered`: all audio and its end were sent and every frame came, over one connection; `replayed`: the same, after a re-send
 * - `interrupted`: the application or the service cut it short
 * - `expired`: the service fell silent; `failed`: it was refused, or the session ended
 */
export type UtteranceOutcome = 'delivered' | 'replayed' | 'expired' | 'interrupted' | 'failed';
export const OUTCOMES = [
  'delivered',
  'replayed',
  'expired',
  'interrupted',
  'failed',
] as const satisfies readonly UtteranceOutcome[];

/** The fields of an AvatarSDKError, as its constructor takes them. */
export interface AvatarSDKErrorFields {
  /** One of the 20 codes. */
  readonly code: AvatarSDKErrorCode;
  /** Where it happened: one of `session_token`, `websocket_connect`, `websocket_runtime`. */
  readonly phase: Phase;
  /** The step within the phase: `request`, `upgrade`, `handshake`, `send`, `receive`, `heartbeat`, `close`. */
  readonly step: Step;
  /** Who or what it comes from; default: `local`. */
  readonly origin?: FailureOrigin;
  /** One sentence in our words; the service's own words are in `serverDetail`, `closeReason`, `rawBody`. */
  readonly message: string;
  /** The cause lies outside what time can heal (a bad certificate, an invalid URL, an application close code). */
  readonly permanent?: boolean;
  /** The HTTP status of a refused token request or upgrade. */
  readonly httpStatus?: number;
  /** The service's own code, as text: `"4001"`, `"INVALID_ARGUMENT"`, … */
  readonly serverCode?: string;
  /** The title that the service gave the failure. */
  readonly serverTitle?: string;
  /** The details that the service gave. */
  readonly serverDetail?: string;
  /** The service's id for this request: `X-Request-ID`, or `request_id` / `id` of the error body. */
  readonly requestId?: string;
  /** The service's id of the connection. */
  readonly connectionId?: string;
  /** The id of the request that failed. */
  readonly reqId?: string;
  /** The WebSocket close code; 1006 when no close frame came. */
  readonly closeCode?: number;
  /** The reason in the close frame. */
  readonly closeReason?: string;
  /** Milliseconds the service asked to wait, from Retry-After or retry-after-ms. */
  readonly retryAfterMs?: number;
  /** The body of the refusal, at most 4096 characters, redacted. */
  readonly rawBody?: string;
  /** Which row of which table led to the code, in words that hold nothing of what the service said. */
  readonly matchedRow?: string;
  /** What an operator should do, in one sentence. Default: by `code` and `phase`. */
  readonly remediation?: string;
  /** The error behind this one. */
  readonly cause?: unknown;
}

/** What the policy decided about a failure; written on the error once, before the application gets the error. */
export interface FailureVerdict {
  readonly attempt?: number;
  readonly willRetry: boolean;
  readonly reason?: GiveUpReason;
  readonly outcome?: UtteranceOutcome;
}

/** The fields that an error has only where they were given. */
const OPTIONAL_TEXTS = [
  ...['serverCode', 'serverTitle', 'serverDetail', 'requestId', 'connectionId', 'reqId', 'closeReason'],
  ...['rawBody', 'matchedRow'],
] as const satisfies readonly (keyof AvatarSDKErrorFields)[];
const OPTIONAL_NUMBERS = [
  'httpStatus',
  'closeCode',
  'retryAfterMs',
] as const satisfies readonly (keyof AvatarSDKErrorFields)[];
const OF_VERDICT = ['attempt', 'reason', 'outcome'] as const satisfies readonly (keyof FailureVerdict)[];
const GIVEN_NAMES: ReadonlySet<string> = new Set([
  ...OPTIONAL_TEXTS,
  ...OPTIONAL_NUMBERS,
  ...OF_VERDICT,
  'willRetry',
]);

/** A copy that inherits nothing. @throws TypeError or RangeError that names the field */
function checkedFields(fields: AvatarSDKErrorFields): AvatarSDKErrorFields {
  const told = requireOptions('fields', fields);
  requireOneOf('fields.code', told['code'], AVATAR_SDK_ERROR_CODES);
  for (const name of ['phase', 'step', 'message']) requireText(`fields.${name}`, told[name]);
  for (const name of ['origin', 'remediation', ...OPTIONAL_TEXTS]) {
    if (told[name] !== undefined) requireText(`fields.${name}`, told[name]);
  }
  for (const name of OPTIONAL_NUMBERS) {
    // Any number is accepted: the service may have answered with one out of bounds.
    const value = told[name];
    if (value !== undefined && typeof value !== 'number') requireNumber(`fields.${name}`, value);
  }
  if (told['permanent'] !== undefined) requireBoolean('fields.permanent', told['permanent']);
  return told as unknown as AvatarSDKErrorFields;
}

/** It may be empty. */
function requireText(name: string, value: unknown): void {
  if (value !== '') requireString(name, value);
}

/** In the registry of the process, so that every copy of this package has the same one. */
const BRAND = Symbol.for('avatarkit-session.AvatarSDKError');

/**
 * Every failure of a session, classified.
 *
 * `instanceof AvatarSDKError` recognizes it within one copy of this package, `AvatarSDKError.is` across copies; `code`
 * is one of 20 stable names. Wrong options are not failures: they throw TypeError or RangeError before any I/O.
 *
 * What `structuredClone` and messages between threads leave of it is an Error with `message`, `stack` and `cause`: neither the
 * class nor any field. Send `toJSON()` to another thread instead.
 *
 * @example
 * ```ts
 * session.on('error', (error) => {
 *   if (!error.willRetry) console.error(error.code, error.remediation, error.toJSON());
 * });
 * ```
 */
export class AvatarSDKError extends Error implements AvatarSDKErrorFields {
  // `declare`: a field that was never given must not exist, not even as undefined.
  /** The name of the class. */
  declare readonly name: 'AvatarSDKError';
  /** One of the 20 codes: decide by it, not by the message. */
  readonly code: AvatarSDKErrorCode;
  /** Where it happened: one of `session_token`, `websocket_connect`, `websocket_runtime`. */
  readonly phase: Phase;
  /** The step within the phase: `request`, `upgrade`, `handshake`, `send`, `receive`, `heartbeat`, `close`. */
  readonly step: Step;
  /** Where the failure comes from: the service, something in front of it, the network, the application, or this package. */
  readonly origin: FailureOrigin;
  /** Whether waiting can not heal the failure: a bad certificate, an invalid URL, an application close code. */
  readonly permanent: boolean;
  /** The HTTP status of a refused token request or upgrade. */
  declare readonly httpStatus?: number;
  /**
   * Raw text of the service, as all fields that say so: redacted and bounded, but with whatever control and invisible characters came.
   * Escape them where they are shown.
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
  /** Of a request of this session its own id, else raw text. */
  declare readonly reqId?: string;
  /** The WebSocket close code; 1006 when no close frame came. */
  declare readonly closeCode?: number;
  /** Raw text. */
  declare readonly closeReason?: string;
  /** The wait that the service asked for, milliseconds. */
  declare readonly retryAfterMs?: number;
  /** Raw text: how the body of the refusal begins. */
  declare readonly rawBody?: string;
  /** Which row of which table led to the code, in words. Not enumerable, and not in the JSON. */
  declare readonly matchedRow?: string;
  /**
   * Attempts made in this outage, the failed one included; 0 when a connection was lost that had been stable. An attempt is a
   * dial; for a failure of a single request, a sending of that request.
   */
  declare readonly attempt?: number;
  /**
   * Whether the session goes on by itself after this failure; on an error of a single request, too, whose end is in `outcome`. False also
   * where the application's own source of audio has failed (`origin` is `source`), though the session goes on.
   */
  readonly willRetry: boolean = false;
  /** Why the session does not go on; absent while it does, and on failures of a single request. */
  declare readonly reason?: GiveUpReason;
  /** What became of the audio, on errors of a request. */
  declare readonly outcome?: UtteranceOutcome;
  /** What an operator should do, in one sentence. */
  readonly remediation: string;

  static {
    // On the prototype, as with built-in errors: the stack then begins with it, and it is not enumerable.
    defineHidden(this.prototype, 'name', 'AvatarSDKError');
    defineHidden(this.prototype, BRAND, true);
  }

  /** Whether a value is an AvatarSDKError, also one of another copy of this package. False for a structured clone. Never throws. */
  static is(value: unknown): value is AvatarSDKError {
    if (typeof value !== 'object' || value === null) return false;
    try {
      const { [BRAND]: branded, code } = value as { readonly [BRAND]?: unknown; readonly code?: unknown };
      // The prototype has the brand too, and no code.
      return branded === true && typeof code === 'string';
    } catch {
      return false;
    }
  }

  /** @throws TypeError or RangeError for a field of the wrong kind, and for what can't be read */
  constructor(fields: AvatarSDKErrorFields) {
    const told = checkedFields(fields);
    const { message, cause, code, phase, step, origin, permanent, matchedRow, remediation, ...given } = told;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.phase = phase;
    this.step = step;
    this.origin = origin ?? 'local';
    this.permanent = permanent ?? false;
    this.remediation = remediation ?? remediationFor(code, phase);
    // A field given as undefined is a field that was not given.
    const present = Object.entries<unknown>(given).filter(
      ([name, value]) => GIVEN_NAMES.has(name) && value !== undefined,
    );
    for (const [name, value] of present) defineListed(this, name, value);
    if (matchedRow !== undefined) defineHidden(this, 'matchedRow', matchedRow, false);
    writeStack(this);
  }

  /** The vendor page's snake_case names; absent fields are left out, `cause` is reduced to its message. */
  toJSON(): Record<string, unknown> {
    return errorToJson(this);
  }
}

/**
 * A failure on the way to a session token: of the phase `session_token`, and not of this side alone. `name` and all fields are those of
 * AvatarSDKError; recognized by `instanceof` within one copy of this package.
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
export function makeAvatarSDKError(fields: AvatarSDKErrorFields): AvatarSDKError {
  const isOfToken = fields.phase === 'session_token' && (fields.origin ?? 'local') !== 'local';
  return isOfToken ? new SessionTokenError(fields) : new AvatarSDKError(fields);
}

/**
 * Writes the policy's verdict on an error. Only the client's shell calls it: the fields are read-only elsewhere, and nothing is written
 * after the application got the error.
 */
export function recordVerdict(error: AvatarSDKError, verdict: FailureVerdict): AvatarSDKError {
  try {
    for (const [name, value] of Object.entries(verdict)) defineListed(error, name, value);
  } catch {
    // Frozen: the application threw an error again that it had got before.
  }
  return error;
}
