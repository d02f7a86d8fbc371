/** What a failed dial says about the endpoint: every code, and the three exceptions. */
import { describe, expect, it } from 'vitest';
import { AVATAR_SDK_ERROR_CODES } from '../../../src/core/failure/avatar-sdk-error-code.js';
import { dialVerdict, lossIsTrouble } from '../../../src/core/policy/gate-verdict.js';

const UNREACHABLE = ['connectionFailed', 'connectionClosed', 'upstreamError', 'serverError'];

describe('a dial that failed after the token was there', () => {
  it.each(AVATAR_SDK_ERROR_CODES)('%s', (code) => {
    const expected = UNREACHABLE.includes(code)
      ? 'unreachable'
      : code === 'concurrencyLimit'
        ? 'throttled'
        : code === 'unknown'
          ? 'inconclusive'
          : 'refused';
    expect(dialVerdict({ code, phase: 'websocket_connect', permanent: false })).toBe(expected);
    expect(lossIsTrouble({ code })).toBe(UNREACHABLE.includes(code));
  });
});

describe('a failure that says nothing about the ingress', () => {
  it.each([
    { code: 'sessionTokenInvalid', phase: 'session_token', permanent: false, is: 'inconclusive' },
    { code: 'connectionFailed', phase: 'websocket_connect', permanent: true, is: 'inconclusive' },
    { code: 'connectionFailed', phase: 'session_token', permanent: false, is: 'unreachable' },
    { code: 'concurrencyLimit', phase: 'session_token', permanent: false, is: 'throttled' },
  ] as const)('$code in $phase, permanent $permanent: $is', ({ is, ...failure }) => {
    expect(dialVerdict(failure)).toBe(is);
  });
});
