import { expect, it } from 'vitest';
import { AvatarSDKError } from '../../../src/core/failure/avatar-sdk-error.js';
import type { AvatarSDKErrorFields } from '../../../src/core/failure/avatar-sdk-error.js';
import { toDecidableFailure } from '../../../src/core/policy/decidable-failure.js';

const least = { code: 'upstreamError', phase: 'websocket_connect', step: 'upgrade', message: 'm' } as const;

it('has the facts for a decision, including values of 0, and no text of the service', () => {
  const error = new AvatarSDKError({
    ...least,
    origin: 'gateway',
    permanent: true,
    httpStatus: 503,
    closeCode: 1012,
    retryAfterMs: 0,
    serverDetail: 'words',
    rawBody: 'words',
  });
  expect({ ...toDecidableFailure(error, { tokenStale: false, drainedSessions: 7 }) }).toStrictEqual({
    code: 'upstreamError',
    phase: 'websocket_connect',
    step: 'upgrade',
    origin: 'gateway',
    permanent: true,
    httpStatus: 503,
    closeCode: 1012,
    retryAfterMs: 0,
    tokenStale: false,
    drainedSessions: 7,
  });
});

it('has no field for unknown values', () => {
  expect({ ...toDecidableFailure(new AvatarSDKError(least)) }).toStrictEqual({
    code: 'upstreamError',
    phase: 'websocket_connect',
    step: 'upgrade',
    origin: 'local',
    permanent: false,
  });
});

it.each<[string, Partial<AvatarSDKErrorFields>, boolean]>([
  ['the number 16', { serverCode: '16', serverDetail: 'no' }, true],
  ['its word', { serverCode: 'UNAUTHENTICATED' }, true],
  ['only the text', { serverCode: '0', serverDetail: 'room: Unauthorized' }, true],
  ['the reason of a close', { closeCode: 1008, closeReason: 'unauthorized: invalid token' }, true],
  ['another number', { serverCode: '3', serverDetail: 'livekit_egress: url is missing' }, false],
  ['another code', { code: 'sessionTokenInvalid', serverCode: '16' }, false],
])('reports by %s whether the token of a room was refused', (_what, fields, refused) => {
  const error = new AvatarSDKError({ ...least, code: 'invalidEgressConfig', ...fields });
  const known = toDecidableFailure(error, { mintsRoomTokens: true });
  expect(known.roomTokenRefused).toBe(refused ? true : undefined);
  // The application has no function that could return another token.
  expect(toDecidableFailure(error, { mintsRoomTokens: false }).roomTokenRefused).toBeUndefined();
});
