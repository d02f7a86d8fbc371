/**
 * The closed vocabulary of failures: every failure of the three phases ends as exactly one of these codes.
 * The names are stable, a program may switch on them. Which facts lead to which code is decided by the
 * tables beside this file; what is done about a code is decided in `core/policy`.
 */
export const AvatarSDKErrorCode = {
  /** The session token has expired or is no longer authorized. */
  sessionTokenExpired: 'sessionTokenExpired',
  /** The session token (or the API key that should mint it) is invalid or empty. */
  sessionTokenInvalid: 'sessionTokenInvalid',
  /** The app id is not known to the service. */
  appIDUnrecognized: 'appIDUnrecognized',
  /** The session token belongs to another app. */
  appIDMismatch: 'appIDMismatch',
  /** The avatar does not exist. */
  avatarNotFound: 'avatarNotFound',
  /** Blocked by billing. */
  billingRequired: 'billingRequired',
  /** Out of credits. */
  creditsExhausted: 'creditsExhausted',
  /** The duration limit that billing enforces was reached. */
  sessionDurationExceeded: 'sessionDurationExceeded',
  /** Too many sessions for the plan, or rate limited. */
  concurrencyLimit: 'concurrencyLimit',
  /** The sample rate is not accepted. */
  unsupportedSampleRate: 'unsupportedSampleRate',
  /** The LiveKit or Agora configuration is invalid. */
  invalidEgressConfig: 'invalidEgressConfig',
  /** Egress is unavailable, or not configured at the service. */
  egressUnavailable: 'egressUnavailable',
  /** Closed because no input came. */
  idleTimeout: 'idleTimeout',
  /** An internal service behind the avatar service failed. */
  upstreamError: 'upstreamError',
  /** Invalid protobuf, or a message out of sequence. */
  protocolError: 'protocolError',
  /** The connection could not be set up at transport level. */
  connectionFailed: 'connectionFailed',
  /** The WebSocket closed unexpectedly. */
  connectionClosed: 'connectionClosed',
  /** A server error that fits no other code. */
  serverError: 'serverError',
  /** The request or its parameters are invalid. */
  invalidRequest: 'invalidRequest',
  /** Can't be classified. */
  unknown: 'unknown',
} as const;

export type AvatarSDKErrorCode = (typeof AvatarSDKErrorCode)[keyof typeof AvatarSDKErrorCode];

/** All 20 codes, in the order of the table above. */
export const AVATAR_SDK_ERROR_CODES: readonly AvatarSDKErrorCode[] = Object.freeze(
  Object.values(AvatarSDKErrorCode),
);

export interface Match {
  readonly code: AvatarSDKErrorCode;
  /** One clause for people: `close code 4503: a rolling deploy or a failed inner service`. */
  readonly matchedRow: string;
}
