/**
 * Translates between the codes of this package and the error codes of the client SDKs (Web, iOS, Android), for a server that relays a
 * session to a browser or a phone. Two literal tables; if a code is missing in one of them, the file does not compile.
 */
import { requireOneOf } from '../option/option-check.js';
import { shownValue } from '../option/shown-value.js';
import { AvatarSDKErrorCode } from './avatar-sdk-error-code.js';

/** The client SDKs that have error codes of their own. */
export type ClientPlatform = 'web' | 'ios' | 'android';

const CLIENT_PLATFORMS = ['web', 'ios', 'android'] as const satisfies readonly ClientPlatform[];

/** The codes of a client SDK: `ErrorCode` (Web), `AvatarError` (iOS, Android). */
export interface ClientErrorCodes {
  /** `ErrorCode` of the Web SDK. */
  readonly web:
    | 'appIDUnrecognized'
    | 'sessionTokenInvalid'
    | 'sessionTokenExpired'
    | 'insufficientBalance'
    | 'sessionTimeout'
    | 'concurrentLimitExceeded'
    | 'avatarIDUnrecognized'
    | 'failedToFetchAvatarMetadata'
    | 'invalidAvatarMetadata'
    | 'failedToDownloadAvatarAssets'
    | 'unsupportedAvatarAsset'
    | 'websocketError'
    | 'websocketClosedAbnormally'
    | 'websocketClosedUnexpected'
    | 'connectionInProgress'
    | 'networkLayerNotAvailable'
    | 'playbackStartFailed'
    | 'playbackInitFailed'
    | 'audioOnlyInitFailed'
    | 'noAudio'
    | 'invalidAudioInput'
    | 'audioContextNotInitialized'
    | 'animationPlayerNotInitialized'
    | 'serverError';
  /** `AvatarError` of the iOS SDK. */
  readonly ios:
    | 'appIDUnrecognized'
    | 'sessionTokenInvalid'
    | 'sessionTokenExpired'
    | 'insufficientBalance'
    | 'sessionTimeout'
    | 'concurrentLimitExceeded'
    | 'avatarIDUnrecognized'
    | 'avatarAssetMissing'
    | 'failedToFetchAvatarMetadata'
    | 'invalidAvatarMetadata'
    | 'incompatibleAvatarAsset'
    | 'failedToDownloadAvatarAssets'
    | 'invalidAnimationData'
    | 'serverError';
  /** `AvatarError` of the Android SDK: the names of iOS, beginning with a capital letter. */
  readonly android: Capitalize<ClientErrorCodes['ios']>;
}

interface ClientCodes {
  readonly web: ClientErrorCodes['web'];
  /** The code of iOS; Android has the same name, beginning with a capital letter. */
  readonly phone: ClientErrorCodes['ios'];
}

/** Our code → the client's. A failure that a client cannot act on is a server error to it. */
export const TO_CLIENT_CODE = {
  sessionTokenExpired: { web: 'sessionTokenExpired', phone: 'sessionTokenExpired' },
  sessionTokenInvalid: { web: 'sessionTokenInvalid', phone: 'sessionTokenInvalid' },
  appIDUnrecognized: { web: 'appIDUnrecognized', phone: 'appIDUnrecognized' },
  appIDMismatch: { web: 'sessionTokenInvalid', phone: 'sessionTokenInvalid' },
  avatarNotFound: { web: 'avatarIDUnrecognized', phone: 'avatarIDUnrecognized' },
  billingRequired: { web: 'insufficientBalance', phone: 'insufficientBalance' },
  creditsExhausted: { web: 'insufficientBalance', phone: 'insufficientBalance' },
  sessionDurationExceeded: { web: 'sessionTimeout', phone: 'sessionTimeout' },
  concurrencyLimit: { web: 'concurrentLimitExceeded', phone: 'concurrentLimitExceeded' },
  unsupportedSampleRate: { web: 'invalidAudioInput', phone: 'serverError' },
  invalidEgressConfig: { web: 'serverError', phone: 'serverError' },
  egressUnavailable: { web: 'serverError', phone: 'serverError' },
  idleTimeout: { web: 'sessionTimeout', phone: 'sessionTimeout' },
  upstreamError: { web: 'serverError', phone: 'serverError' },
  protocolError: { web: 'serverError', phone: 'serverError' },
  connectionFailed: { web: 'websocketError', phone: 'serverError' },
  connectionClosed: { web: 'websocketClosedUnexpected', phone: 'serverError' },
  serverError: { web: 'serverError', phone: 'serverError' },
  invalidRequest: { web: 'serverError', phone: 'serverError' },
  unknown: { web: 'serverError', phone: 'serverError' },
} as const satisfies Readonly<Record<AvatarSDKErrorCode, ClientCodes>>;

/** The Web code for `connectionClosed` when no close frame came (1006). */
export const CLOSED_WITHOUT_FRAME = 'websocketClosedAbnormally';
const NO_CLOSE_FRAME = 1006;

/** Names of session failures that all client SDKs have → ours. */
const FROM_COMMON_CODE = {
  appIDUnrecognized: 'appIDUnrecognized',
  sessionTokenInvalid: 'sessionTokenInvalid',
  sessionTokenExpired: 'sessionTokenExpired',
  insufficientBalance: 'billingRequired',
  sessionTimeout: 'sessionDurationExceeded',
  concurrentLimitExceeded: 'concurrencyLimit',
  avatarIDUnrecognized: 'avatarNotFound',
} as const satisfies Readonly<
  Partial<Record<ClientErrorCodes['ios'] & ClientErrorCodes['web'], AvatarSDKErrorCode>>
>;

/**
 * The Web SDK's code → ours. If several of ours have the same client code, it is the most general one. Failures of the client alone
 * (assets, playback) have no code here: `unknown`.
 */
export const FROM_WEB_CODE: Readonly<Record<ClientErrorCodes['web'], AvatarSDKErrorCode>> = {
  ...FROM_COMMON_CODE,
  failedToFetchAvatarMetadata: 'unknown',
  invalidAvatarMetadata: 'unknown',
  failedToDownloadAvatarAssets: 'unknown',
  unsupportedAvatarAsset: 'unknown',
  websocketError: 'connectionFailed',
  websocketClosedAbnormally: 'connectionClosed',
  websocketClosedUnexpected: 'connectionClosed',
  connectionInProgress: 'invalidRequest',
  networkLayerNotAvailable: 'invalidRequest',
  playbackStartFailed: 'unknown',
  playbackInitFailed: 'unknown',
  audioOnlyInitFailed: 'unknown',
  noAudio: 'invalidRequest',
  invalidAudioInput: 'unsupportedSampleRate',
  audioContextNotInitialized: 'unknown',
  animationPlayerNotInitialized: 'unknown',
  serverError: 'serverError',
};

/** The numbers of older Web SDKs, their names, and our codes. */
export const FROM_OLD_WEB_NUMBER = {
  1001: { name: 'sdkNotVerified', code: 'appIDUnrecognized' },
  1002: { name: 'avatarIdWrong', code: 'avatarNotFound' },
  1003: { name: 'avatarAssetsMissing', code: 'unknown' },
  1004: { name: 'avatarCameraSettingsWrong', code: 'unknown' },
  1005: { name: 'serviceError', code: 'serverError' },
  1008: { name: 'sendDataWrong', code: 'invalidRequest' },
  1009: { name: 'requestTimeout', code: 'connectionFailed' },
} as const satisfies Readonly<Record<number, { readonly name: string; readonly code: AvatarSDKErrorCode }>>;

/** The code of iOS → ours. Android's codes are the same with a capital letter. */
export const FROM_PHONE_CODE: Readonly<Record<ClientErrorCodes['ios'], AvatarSDKErrorCode>> = {
  ...FROM_COMMON_CODE,
  avatarAssetMissing: 'unknown',
  failedToFetchAvatarMetadata: 'unknown',
  invalidAvatarMetadata: 'unknown',
  incompatibleAvatarAsset: 'unknown',
  failedToDownloadAvatarAssets: 'unknown',
  invalidAnimationData: 'protocolError',
  serverError: 'serverError',
};

/**
 * The client SDK's code for a failure, to send to a browser or a phone instead of an error's text. Anything that is no failure of a
 * session, such as an error of the application, is a server error to the client. Pure; the code does not reveal the cause.
 *
 * @param error an AvatarSDKError, or anything else that was thrown
 * @throws TypeError or RangeError for an unknown platform
 *
 * @example
 * ```ts
 * session.on('close', ({ error }) => browser.send(toClientErrorCode(error, 'web')));
 * ```
 */
export function toClientErrorCode<Platform extends ClientPlatform>(
  error: unknown,
  platform: Platform,
): ClientErrorCodes[Platform] {
  return clientCode(
    error,
    requireOneOf('platform', platform, CLIENT_PLATFORMS),
  ) as ClientErrorCodes[Platform];
}

/**
 * Our code for an error code that a client SDK reported. An unknown name or number, and a failure of the client alone, gives `unknown`.
 *
 * @param code a name; for `web` also a number of an older SDK (1001 to 1009)
 * @throws TypeError for a code that is neither text nor number, TypeError or RangeError for an unknown platform
 *
 * @example
 * ```ts
 * fromClientErrorCode('sessionTimeout', 'web'); // 'sessionDurationExceeded'
 * fromClientErrorCode(1002, 'web'); // 'avatarNotFound'
 * ```
 */
export function fromClientErrorCode(code: string | number, platform: ClientPlatform): AvatarSDKErrorCode {
  const known = requireOneOf('platform', platform, CLIENT_PLATFORMS);
  if (typeof code !== 'string' && typeof code !== 'number')
    throw new TypeError(`code must be a string or a number, got ${shownValue(code)}`);
  const name = String(code);
  switch (known) {
    case 'web':
      return ownValue(FROM_WEB_CODE, name) ?? oldWebCode(name);
    case 'ios':
      return ownValue(FROM_PHONE_CODE, name) ?? AvatarSDKErrorCode.unknown;
    case 'android':
      return ownValue(FROM_ANDROID_CODE, name) ?? AvatarSDKErrorCode.unknown;
  }
}

const FROM_ANDROID_CODE: Readonly<Record<string, AvatarSDKErrorCode>> = Object.fromEntries(
  Object.entries(FROM_PHONE_CODE).map(([name, code]) => [capitalized(name), code]),
);

function clientCode(error: unknown, platform: ClientPlatform): string {
  const { code, closeCode } = factsOf(error);
  const row = ownValue<ClientCodes>(TO_CLIENT_CODE, code) ?? TO_CLIENT_CODE.unknown;
  switch (platform) {
    case 'web':
      return code === AvatarSDKErrorCode.connectionClosed && closeCode === NO_CLOSE_FRAME
        ? CLOSED_WITHOUT_FRAME
        : row.web;
    case 'ios':
      return row.phone;
    case 'android':
      return capitalized(row.phone);
  }
}

/** An error of another copy of this package, or of another thread, counts as well: only its fields are read. */
function factsOf(error: unknown): { readonly code: string; readonly closeCode: unknown } {
  try {
    const { code, closeCode } = error as { readonly code?: unknown; readonly closeCode?: unknown };
    return { code: typeof code === 'string' ? code : '', closeCode };
  } catch {
    return { code: '', closeCode: undefined }; // The value is undefined or null, or one of its getters throws.
  }
}

function oldWebCode(name: string): AvatarSDKErrorCode {
  const row = Object.entries(FROM_OLD_WEB_NUMBER).find(
    ([number, old]) => number === name || old.name === name,
  );
  return row?.[1].code ?? AvatarSDKErrorCode.unknown;
}

function ownValue<Value>(of: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(of, name) ? of[name] : undefined;
}

function capitalized(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}
