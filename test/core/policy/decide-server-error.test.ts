import { describe, expect, it } from 'vitest';
import { AVATAR_SDK_ERROR_CODES } from '../../../src/core/failure/avatar-sdk-error-code.js';
import { resolveRetryPolicy } from '../../../src/core/policy/resolve-retry-policy.js';
import { RETRY_PRESETS } from '../../../src/core/policy/retry-presets.js';
import { serverErrorEffect } from '../../../src/core/policy/decide.js';

describe('a ServerError that names no request', () => {
  it('does not end the connection for four of the codes that the policy surfaces', () => {
    const reported = AVATAR_SDK_ERROR_CODES.filter(
      (code) => serverErrorEffect(RETRY_PRESETS.never, { code, permanent: false }) === 'report',
    );
    expect(reported).toEqual(['protocolError', 'serverError', 'invalidRequest', 'unknown']);
  });

  it.each([
    ['surface', false, 'report'],
    ['retry', false, 'redial'],
    ['retry', true, 'report'],
    [{ action: 'retry', retryPermanent: true }, true, 'redial'],
    ['retryIfHinted', false, 'report'],
  ] as const)('with the rule %j, permanent %j: %s', (rule, permanent, effect) => {
    const policy = resolveRetryPolicy({ rules: { serverError: rule } });
    expect(serverErrorEffect(policy, { code: 'serverError', permanent })).toBe(effect);
  });

  it('with a Retry-After is retried where the rule requires a hint', () => {
    const policy = resolveRetryPolicy({ rules: { serverError: 'retryIfHinted' } });
    const failure = { code: 'serverError', permanent: false, retryAfterMs: 1_000 } as const;
    expect(serverErrorEffect(policy, failure)).toBe('redial');
  });
});
