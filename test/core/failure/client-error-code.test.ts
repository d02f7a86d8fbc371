import { describe, expect, it } from 'vitest';
import {
  AVATAR_SDK_ERROR_CODES,
  AvatarSDKError,
  fromClientErrorCode,
  toClientErrorCode,
} from '../../../src/index.js';
import type { AvatarSDKErrorCode, ClientPlatform } from '../../../src/index.js';

const errorOf = (code: AvatarSDKErrorCode, closeCode?: number): AvatarSDKError =>
  new AvatarSDKError({
    message: 'a failure',
    code,
    phase: 'websocket_runtime',
    step: 'receive',
    ...(closeCode === undefined ? {} : { closeCode }),
  });

/** A second copy of the vendor's lists, so that the test finds codes that the tables lack. */
const WEB =
  'appIDUnrecognized sessionTokenInvalid sessionTokenExpired insufficientBalance sessionTimeout concurrentLimitExceeded avatarIDUnrecognized failedToFetchAvatarMetadata invalidAvatarMetadata failedToDownloadAvatarAssets unsupportedAvatarAsset websocketError websocketClosedAbnormally websocketClosedUnexpected connectionInProgress networkLayerNotAvailable playbackStartFailed playbackInitFailed audioOnlyInitFailed noAudio invalidAudioInput audioContextNotInitialized animationPlayerNotInitialized serverError'.split(
    ' ',
  );
const IOS =
  'appIDUnrecognized sessionTokenInvalid sessionTokenExpired insufficientBalance sessionTimeout concurrentLimitExceeded avatarIDUnrecognized avatarAssetMissing failedToFetchAvatarMetadata invalidAvatarMetadata incompatibleAvatarAsset failedToDownloadAvatarAssets invalidAnimationData serverError'.split(
    ' ',
  );
const CODES: Readonly<Record<ClientPlatform, readonly string[]>> = {
  web: WEB,
  ios: IOS,
  android: IOS.map((name) => name.slice(0, 1).toUpperCase() + name.slice(1)),
};
/** Codes of this package, and their codes on the Web and on iOS. */
const ROWS: readonly (readonly [codes: string, web: string, ios: string])[] = [
  ['sessionTokenExpired', 'sessionTokenExpired', 'sessionTokenExpired'],
  ['sessionTokenInvalid appIDMismatch', 'sessionTokenInvalid', 'sessionTokenInvalid'],
  ['appIDUnrecognized', 'appIDUnrecognized', 'appIDUnrecognized'],
  ['avatarNotFound', 'avatarIDUnrecognized', 'avatarIDUnrecognized'],
  ['billingRequired creditsExhausted', 'insufficientBalance', 'insufficientBalance'],
  ['sessionDurationExceeded idleTimeout', 'sessionTimeout', 'sessionTimeout'],
  ['concurrencyLimit', 'concurrentLimitExceeded', 'concurrentLimitExceeded'],
  ['connectionFailed', 'websocketError', 'serverError'],
  ['connectionClosed', 'websocketClosedUnexpected', 'serverError'],
  ['unsupportedSampleRate', 'invalidAudioInput', 'serverError'],
  [
    'upstreamError protocolError serverError unknown invalidRequest invalidEgressConfig egressUnavailable',
    'serverError',
    'serverError',
  ],
];
const PLATFORMS = Object.keys(CODES) as ClientPlatform[];

describe('toClientErrorCode', () => {
  it.each(ROWS)('gives for %s: %s on the Web, %s on phones', (codes, web, ios) => {
    for (const code of codes.split(' ')) {
      const error = errorOf(code as AvatarSDKErrorCode);
      expect(toClientErrorCode(error, 'web')).toBe(web);
      expect(toClientErrorCode(error, 'ios')).toBe(ios);
      expect(toClientErrorCode(error, 'android')).toBe(ios.slice(0, 1).toUpperCase() + ios.slice(1));
    }
  });

  it('returns one of the client’s codes for every code of this package', () => {
    expect(ROWS.flatMap(([codes]) => codes.split(' ')).sort()).toEqual([...AVATAR_SDK_ERROR_CODES].sort());
    for (const platform of PLATFORMS)
      for (const code of AVATAR_SDK_ERROR_CODES)
        expect(CODES[platform]).toContain(toClientErrorCode(errorOf(code), platform));
  });

  it('maps a close without a close frame to abnormal', () => {
    expect(toClientErrorCode(errorOf('connectionClosed', 1006), 'web')).toBe('websocketClosedAbnormally');
    expect(toClientErrorCode(errorOf('connectionClosed', 1011), 'web')).toBe('websocketClosedUnexpected');
    expect(toClientErrorCode(errorOf('upstreamError', 1006), 'web')).toBe('serverError');
  });

  it.each([undefined, null, 'text', new Error('of the application'), { code: 'toString' }, { code: 7 }])(
    'maps a value that is not a failure of a session to serverError: %o',
    (thrown) => expect(toClientErrorCode(thrown, 'web')).toBe('serverError'),
  );

  it('refuses an unknown platform', () => {
    const error = errorOf('unknown');
    expect(() => toClientErrorCode(error, 'windows' as never)).toThrow(RangeError);
    expect(() => toClientErrorCode(error, 7 as never)).toThrow(TypeError);
  });
});

describe('fromClientErrorCode', () => {
  it.each(PLATFORMS)(
    'converts every code of %s; a code that a session can cause is converted back to the same code',
    (platform) => {
      const sent = new Set(AVATAR_SDK_ERROR_CODES.map((code) => toClientErrorCode(errorOf(code), platform)));
      for (const code of CODES[platform]) {
        const ours = fromClientErrorCode(code, platform);
        expect(AVATAR_SDK_ERROR_CODES).toContain(ours);
        if ((sent as ReadonlySet<string>).has(code))
          expect(toClientErrorCode(errorOf(ours), platform)).toBe(code);
      }
    },
  );

  it.each([
    [1001, 'sdkNotVerified', 'appIDUnrecognized'],
    [1002, 'avatarIdWrong', 'avatarNotFound'],
    [1003, 'avatarAssetsMissing', 'unknown'],
    [1004, 'avatarCameraSettingsWrong', 'unknown'],
    [1005, 'serviceError', 'serverError'],
    [1008, 'sendDataWrong', 'invalidRequest'],
    [1009, 'requestTimeout', 'connectionFailed'],
  ])('reads the number %i of older Web SDKs', (number, name, code) => {
    expect(fromClientErrorCode(number, 'web')).toBe(code);
    expect(fromClientErrorCode(name, 'web')).toBe(code);
    expect(fromClientErrorCode(number, 'ios')).toBe('unknown');
  });

  it('maps unknown names, including those of Object.prototype, to unknown', () => {
    for (const platform of PLATFORMS)
      for (const name of ['', 'toString', '__proto__', 'noSuchCode'])
        expect(fromClientErrorCode(name, platform)).toBe('unknown');
  });

  it('refuses a value that is not a code', () => {
    expect(() => fromClientErrorCode(null as never, 'web')).toThrow(
      new TypeError('code must be a string or a number, got null'),
    );
  });
});
