/** What decisions are made of, and how it is picked from the error that the application sees. */
import { addKnown, bareObject, ownMember } from '../option/plain-object.js';
import type { AvatarSDKErrorCode, FailureOrigin, Phase, Step } from '../failure/avatar-sdk-error-code.js';
import { isRoomTokenRefusal } from '../failure/server-error-rules.js';
import type { AvatarSDKError } from '../failure/avatar-sdk-error.js';

/** The part of a failure that decisions are made of; every AvatarSDKError fits. */
export interface DecidableFailure {
  readonly code: AvatarSDKErrorCode;
  readonly phase: Phase;
  readonly permanent: boolean;
  /** Where it comes from; absent where that is not known. */
  readonly origin?: FailureOrigin;
  /** The wait that the service asked for, milliseconds. Negative or NaN counts as none. */
  readonly retryAfterMs?: number;
  /** The refused token had been fetched ahead, so a fresh one may be accepted. */
  readonly tokenStale?: boolean;
  /** The service refused the token of a room that a function of the application gave: the function may give another one. */
  readonly roomTokenRefused?: boolean;
  /**
   * Sessions of this process that the same drain notice sends away, this one included; absent where the failure is no
   * drain notice. The more there are, the wider the window of the first delay: see `drainWindowMs`.
   */
  readonly drainedSessions?: number;
  /** The loss of a connection, and no other session of this process lost one to the same endpoint within the last second. */
  readonly isLone?: boolean;
  /** These three are for the application's own `decide`: the table does not look at them. */
  readonly step?: Step;
  readonly httpStatus?: number;
  readonly closeCode?: number;
}

/** What the error does not know. */
export interface DialKnowledge {
  /** The token of the failed dial had been fetched ahead. */
  readonly tokenStale?: boolean | undefined;
  /** Egress is a function of the application, which is called for each dial. */
  readonly mintsRoomTokens?: boolean | undefined;
  /** Sessions of this process that the same drain notice sends away, this one included. */
  readonly drainedSessions?: number | undefined;
  /** No other session of this process lost the endpoint within the last second. */
  readonly isLone?: boolean | undefined;
}

export function toDecidableFailure(error: AvatarSDKError, knowledge: DialKnowledge = {}): DecidableFailure {
  const { code, phase, step, origin, permanent } = error;
  // It inherits nothing: what is on Object.prototype is no hint.
  const failure = bareObject() as { -readonly [Name in keyof DecidableFailure]: DecidableFailure[Name] };
  failure.code = code;
  failure.phase = phase;
  failure.step = step;
  failure.origin = origin;
  failure.permanent = permanent;
  addKnown(failure, 'retryAfterMs', ownMember(error, 'retryAfterMs'));
  addKnown(failure, 'httpStatus', ownMember(error, 'httpStatus'));
  addKnown(failure, 'closeCode', ownMember(error, 'closeCode'));
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

/** What can't heal and is the transport's: addresses and headers are a fault of our side. */
export function isBadCertificate({ code, permanent, origin }: DecidableFailure): boolean {
  return code === 'connectionFailed' && permanent && origin === 'transport';
}
