/** The facts on which decisions are based, and how they are read from the error that the application gets. */
import { addKnown, bareObject, ownMember } from '../option/plain-object.js';
import type { AvatarSDKErrorCode, FailureOrigin, Phase, Step } from '../failure/avatar-sdk-error-code.js';
import { isRoomTokenRefusal } from '../failure/server-error-rules.js';
import type { AvatarSDKError } from '../failure/avatar-sdk-error.js';

/** The part of a failure on which decisions are based; every AvatarSDKError has it. */
export interface DecidableFailure {
  readonly code: AvatarSDKErrorCode;
  readonly phase: Phase;
  readonly permanent: boolean;
  /** Where it comes from; absent where that is not known. */
  readonly origin?: FailureOrigin;
  /** The wait that the service asked for, milliseconds. Negative or NaN counts as none. */
  readonly retryAfterMs?: number;
  /** The refused token had been fetched before the dial, so a fresh one may be accepted. */
  readonly tokenStale?: boolean;
  /**
   * The service refused the room token that a function of the application had returned. The function may return another
   * one.
   */
  readonly roomTokenRefused?: boolean;
  /**
   * Sessions of this process that receive the same drain notice, this one included; absent where the failure is no
   * drain notice. With more sessions the window of the first delay is wider: see `drainWindowMs`.
   */
  readonly drainedSessions?: number;
  /**
   * A connection was lost, and no other session of this process lost one to the same endpoint within the last second.
   */
  readonly isLone?: boolean;
  /** The following three are only for the application's `decide`; the table does not use them. */
  readonly step?: Step;
  readonly httpStatus?: number;
  readonly closeCode?: number;
}

/** Facts about a dial that are not fields of the error. */
export interface DialKnowledge {
  /** The token of the failed dial had been fetched before the dial. */
  readonly tokenStale?: boolean | undefined;
  /** Egress is a function of the application, which is called for each dial. */
  readonly mintsRoomTokens?: boolean | undefined;
  /** Sessions of this process that receive the same drain notice, this one included. */
  readonly drainedSessions?: number | undefined;
  /** No other session of this process lost a connection to the endpoint within the last second. */
  readonly isLone?: boolean | undefined;
}

export function toDecidableFailure(error: AvatarSDKError, knowledge?: DialKnowledge): DecidableFailure {
  const { code, phase, step, origin, permanent } = error;
  // Without a prototype: members of Object.prototype must not count as hints.
  const failure = bareObject() as { -readonly [Name in keyof DecidableFailure]: DecidableFailure[Name] };
  failure.code = code;
  failure.phase = phase;
  failure.step = step;
  failure.origin = origin;
  failure.permanent = permanent;
  addKnown(failure, 'retryAfterMs', ownMember(error, 'retryAfterMs'));
  addKnown(failure, 'httpStatus', ownMember(error, 'httpStatus'));
  addKnown(failure, 'closeCode', ownMember(error, 'closeCode'));
  if (knowledge === undefined) return failure;
  addKnown(failure, 'tokenStale', ownMember(knowledge, 'tokenStale'));
  if (ownMember(knowledge, 'mintsRoomTokens') === true && isRoomTokenRefusal(error))
    failure.roomTokenRefused = true;
  addKnown(failure, 'drainedSessions', ownMember(knowledge, 'drainedSessions'));
  addKnown(failure, 'isLone', ownMember(knowledge, 'isLone'));
  return failure;
}

/** The service refused the session token of a dial, or ended a connection because of it. */
export function isTokenRefusal({ code, phase }: Pick<DecidableFailure, 'code' | 'phase'>): boolean {
  return phase !== 'session_token' && (code === 'sessionTokenExpired' || code === 'sessionTokenInvalid');
}

/**
 * The session token of a dial may have been refused. A 401 or 403 of an upgrade can be a gateway's that checks the token, also where its
 * words do not show that: the same token must not be sent again.
 */
export function mayRefuseToken(error: Pick<DecidableFailure, 'code' | 'phase' | 'httpStatus'>): boolean {
  const { phase, httpStatus } = error;
  return (
    isTokenRefusal(error) || (phase === 'websocket_connect' && (httpStatus === 401 || httpStatus === 403))
  );
}

/** A certificate that was refused. Invalid addresses and headers are permanent too, but their origin is this side. */
export function isBadCertificate({ code, permanent, origin }: DecidableFailure): boolean {
  return code === 'connectionFailed' && permanent && origin === 'transport';
}
