import { expect, it } from 'vitest';
import { AvatarSDKError } from '../../../src/core/failure/avatar-sdk-error.js';
import { toDecidableFailure } from '../../../src/core/policy/decidable-failure.js';

const least = { code: 'upstreamError', phase: 'websocket_connect', step: 'upgrade', message: 'm' } as const;

it('picks what decisions are made of, zero included, and nothing that the service said', () => {
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

it('has no field for what is not known', () => {
  expect({ ...toDecidableFailure(new AvatarSDKError(least)) }).toStrictEqual({
    code: 'upstreamError',
    phase: 'websocket_connect',
    step: 'upgrade',
    origin: 'local',
    permanent: false,
  });
});
