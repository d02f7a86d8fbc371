/** The default table and numbers, as published. */
import { describe, expect, it } from 'vitest';
import { AVATAR_SDK_ERROR_CODES } from '../../../src/core/failure/avatar-sdk-error-code.js';
import { DEFAULT_RETRY_POLICY, DEFAULT_RULES, RULE_REASONS } from '../../../src/core/policy/retry-presets.js';

describe('the default table', () => {
  it.each([
    ['sessionTokenExpired', 'surface'],
    ['sessionTokenInvalid', 'surface'],
    ['appIDUnrecognized', 'surface'],
    ['appIDMismatch', 'surface'],
    ['avatarNotFound', 'surface'],
    ['billingRequired', 'surface'],
    ['creditsExhausted', 'surface'],
    ['sessionDurationExceeded', 'surface'],
    ['concurrencyLimit', 'retryIfHinted'],
    ['unsupportedSampleRate', 'surface'],
    ['invalidEgressConfig', 'surface'],
    ['egressUnavailable', 'surface'],
    ['idleTimeout', 'retry'],
    ['upstreamError', 'retry'],
    ['protocolError', 'surface'],
    ['connectionFailed', 'retry'],
    ['connectionClosed', 'retry'],
    ['serverError', 'surface'],
    ['invalidRequest', 'surface'],
    ['unknown', 'surface'],
  ] as const)('%s: %s, with no numbers of its own', (code, action) => {
    expect(DEFAULT_RULES[code]).toStrictEqual({ action });
  });

  it('has a row and a reason for every code, in their order', () => {
    expect(Object.keys(DEFAULT_RULES)).toStrictEqual([...AVATAR_SDK_ERROR_CODES]);
    expect(Object.keys(RULE_REASONS)).toStrictEqual([...AVATAR_SDK_ERROR_CODES]);
    for (const code of AVATAR_SDK_ERROR_CODES) expect(RULE_REASONS[code]).toMatch(/^\S.{15,}[^.]$/);
  });

  it('is frozen', () => {
    expect(() => Object.assign(DEFAULT_RULES.avatarNotFound, { action: 'retry' })).toThrow(TypeError);
    expect(() => Object.assign(DEFAULT_RULES, { avatarNotFound: { action: 'retry' } })).toThrow(TypeError);
    expect(() => Object.assign(RULE_REASONS, { unknown: '' })).toThrow(TypeError);
  });
});

describe('the default policy', () => {
  it('has the published numbers', () => {
    expect(DEFAULT_RETRY_POLICY).toStrictEqual({
      rules: DEFAULT_RULES,
      maxAttempts: Infinity,
      maxElapsedMs: 300_000,
      stableAfterMs: 5_000,
      maxHintMs: 120_000,
      patienceMs: 30_000,
      backoff: { baseMs: 1_000, factor: 2, capMs: 45_000, jitter: 'full', minIntervalMs: 100 },
    });
  });

  it('is frozen', () => {
    expect(() => Object.assign(DEFAULT_RETRY_POLICY, { maxAttempts: 0 })).toThrow(TypeError);
    expect(() => Object.assign(DEFAULT_RETRY_POLICY.backoff, { baseMs: 0 })).toThrow(TypeError);
  });
});
