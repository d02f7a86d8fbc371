/** The contents of an AvatarSDKError: its fields, the verdict that the policy adds, and the check of fields that an application gives. */
import {
  requireBoolean,
  requireNumber,
  requireOneOf,
  requireOptions,
  requireString,
} from '../option/option-check.js';
import { AVATAR_SDK_ERROR_CODES } from './avatar-sdk-error-code.js';
import type { AvatarSDKErrorCode, FailureOrigin, Phase, Step } from './avatar-sdk-error-code.js';

/**
 * Why the session gave up:
 * - `rule`: the policy table surfaces this failure, or `retry.decide` answered `giveUp`
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
 * The outcome of the audio of a request. On an error after which the request continues (it is sent again, it waits for memory, a loop has
 * missed frames), this is the outcome if no other error follows:
 * - `delivered`: all audio and its end were sent and every frame came, over one connection; `replayed`: the
 *   same, after a re-send
 * - `interrupted`: the application or the service cut it short
 * - `expired`: the service sent nothing for too long; `failed`: it was refused, or the session ended
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
  /** The origin of the failure. Default: `local`. */
  readonly origin?: FailureOrigin;
  /** One sentence of this package; the service's own words are in `serverDetail`, `closeReason`, `rawBody`. */
  readonly message: string;
  /** Waiting cannot remedy the failure (a bad certificate, an invalid URL, an application close code). */
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
  /** The wait that the service asked for, from Retry-After or retry-after-ms, milliseconds. */
  readonly retryAfterMs?: number;
  /** The body of the refusal, at most 4096 characters, redacted. */
  readonly rawBody?: string;
  /** The row of the table that led to the code, without any part of the service's text. */
  readonly matchedRow?: string;
  /** What an operator should do, in one sentence. Default: by `code` and `phase`. */
  readonly remediation?: string;
  /** The error that caused this one. */
  readonly cause?: unknown;
}

/** The policy's decision about a failure; written on the error once, before the application gets the error. */
export interface FailureVerdict {
  readonly attempt?: number;
  readonly willRetry: boolean;
  readonly reason?: GiveUpReason;
  readonly outcome?: UtteranceOutcome;
}

/** Optional fields that are texts. */
const OPTIONAL_TEXTS = [
  ...['serverCode', 'serverTitle', 'serverDetail', 'requestId', 'connectionId', 'reqId', 'closeReason'],
  ...['rawBody', 'matchedRow'],
] as const satisfies readonly (keyof AvatarSDKErrorFields)[];
const OPTIONAL_NUMBERS = [
  'httpStatus',
  'closeCode',
  'retryAfterMs',
] as const satisfies readonly (keyof AvatarSDKErrorFields)[];
/**
 * Fields of the right kinds. Each is an own property, so that a member of `Object.prototype` is not read for an absent one, and all such
 * records have one hidden class.
 */
export class KnownFields {
  code: AvatarSDKErrorCode;
  phase: Phase;
  step: Step;
  message: string;
  origin: FailureOrigin | undefined = undefined;
  permanent: boolean | undefined = undefined;
  httpStatus: number | undefined = undefined;
  closeCode: number | undefined = undefined;
  retryAfterMs: number | undefined = undefined;
  serverCode: string | undefined = undefined;
  serverTitle: string | undefined = undefined;
  serverDetail: string | undefined = undefined;
  requestId: string | undefined = undefined;
  connectionId: string | undefined = undefined;
  reqId: string | undefined = undefined;
  closeReason: string | undefined = undefined;
  rawBody: string | undefined = undefined;
  matchedRow: string | undefined = undefined;
  remediation: string | undefined = undefined;
  cause: unknown = undefined;
  willRetry: boolean | undefined = undefined;
  attempt: number | undefined = undefined;
  reason: GiveUpReason | undefined = undefined;
  outcome: UtteranceOutcome | undefined = undefined;

  constructor({ code, phase, step, message }: AvatarSDKErrorFields) {
    this.code = code;
    this.phase = phase;
    this.step = step;
    this.message = message;
  }
}

/** The fields of a failure unchanged; the fields that an application gives are checked first. */
export function knownFields(fields: AvatarSDKErrorFields): KnownFields {
  return isKnown(fields) ? fields : checkedFields(fields);
}

function isKnown(fields: object): fields is KnownFields {
  try {
    return fields instanceof KnownFields;
  } catch {
    return false; // A revoked Proxy.
  }
}

/** A copy of checked fields. @throws TypeError or RangeError that names the field */
function checkedFields(fields: AvatarSDKErrorFields): KnownFields {
  const told = requireOptions('fields', fields);
  requireOneOf('fields.code', told['code'], AVATAR_SDK_ERROR_CODES);
  for (const name of ['phase', 'step', 'message']) requireText(`fields.${name}`, told[name]);
  for (const name of ['origin', 'remediation', ...OPTIONAL_TEXTS]) {
    if (told[name] !== undefined) requireText(`fields.${name}`, told[name]);
  }
  for (const name of OPTIONAL_NUMBERS) {
    // Any number is accepted: the service may have sent one out of bounds.
    const value = told[name];
    if (value !== undefined && typeof value !== 'number') requireNumber(`fields.${name}`, value);
  }
  if (told['permanent'] !== undefined) requireBoolean('fields.permanent', told['permanent']);
  const known = new KnownFields(told as unknown as AvatarSDKErrorFields);
  for (const name of Object.keys(known)) Reflect.set(known, name, told[name]);
  return known;
}

/** Accepts an empty text. */
function requireText(name: string, value: unknown): void {
  if (value !== '') requireString(name, value);
}
