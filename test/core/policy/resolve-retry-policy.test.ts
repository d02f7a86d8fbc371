/** The option `retry`, and the resolved policy. */
import { describe, expect, it } from 'vitest';
import { AVATAR_SDK_ERROR_CODES } from '../../../src/core/failure/avatar-sdk-error-code.js';
import { resolveRetryPolicy } from '../../../src/core/policy/resolve-retry-policy.js';
import { DEFAULT_RETRY_POLICY, DEFAULT_RULES } from '../../../src/core/policy/retry-presets.js';
import type { RetryOptions } from '../../../src/core/policy/retry-options.js';

describe('no option', () => {
  it.each<[string, RetryOptions | undefined]>([
    ['undefined', undefined],
    ['an empty object', {}],
    ['empty parts', { rules: {}, backoff: {} }],
    ['undefined everywhere', { rules: undefined, maxAttempts: undefined, backoff: { capMs: undefined } }],
    ['undefined rows', { rules: { upstreamError: undefined, avatarNotFound: { maxAttempts: undefined } } }],
    ['an empty row', { rules: { avatarNotFound: {} } }],
  ])('%s is the default policy', (_what, options) => {
    expect(resolveRetryPolicy(options)).toStrictEqual(DEFAULT_RETRY_POLICY);
  });
});

describe('the option false', () => {
  it('allows one attempt, and every row surfaces', () => {
    const policy = resolveRetryPolicy(false);
    expect(policy.maxAttempts).toBe(1);
    for (const code of AVATAR_SDK_ERROR_CODES)
      expect(policy.rules[code]).toStrictEqual({ action: 'surface' });
  });
});

describe('numbers', () => {
  it.each<[RetryOptions]>([
    [{ maxAttempts: 1 }],
    [{ maxAttempts: Infinity }],
    [{ maxElapsedMs: 0 }],
    [{ maxElapsedMs: Infinity }],
    [{ stableAfterMs: 0 }],
    [{ patienceMs: 0 }],
    [{ maxHintMs: 0 }],
    [{ maxHintMs: 2 ** 31 - 1 }],
  ])('%o sets these numbers, and does not change the others', (options) => {
    expect(resolveRetryPolicy(options)).toStrictEqual({ ...DEFAULT_RETRY_POLICY, ...options });
  });

  it.each<[RetryOptions['backoff'] & object]>([
    [{ baseMs: 0 }],
    [{ baseMs: 0, capMs: 0 }],
    [{ baseMs: 30_000 }],
    [{ capMs: 2 ** 31 - 1 }],
    [{ factor: 1 }],
    [{ factor: Number.MAX_VALUE }],
    [{ jitter: 'none' }],
    [{ minIntervalMs: 0 }],
  ])('backoff %o sets these values, and does not change the others', (backoff) => {
    expect(resolveRetryPolicy({ backoff }).backoff).toStrictEqual({
      ...DEFAULT_RETRY_POLICY.backoff,
      ...backoff,
    });
  });
});

describe('a cap below the base, one of them a default', () => {
  it.each([
    [{ capMs: 500 }, { baseMs: 500, capMs: 500 }],
    [{ baseMs: 60_000 }, { baseMs: 45_000, capMs: 45_000 }],
  ])('%o: the base is lowered to the cap', (backoff, settled) => {
    expect(resolveRetryPolicy({ backoff }).backoff).toMatchObject(settled);
  });

  it('a row with a higher cap uses the original base', () => {
    const { rules } = resolveRetryPolicy({
      backoff: { capMs: 500 },
      rules: { upstreamError: { backoff: { capMs: 9_000 } } },
    });
    expect(rules.upstreamError.backoff).toMatchObject({ baseMs: 1_000, capMs: 9_000 });
  });
});

describe('rules', () => {
  it.each(['retry', 'retryIfHinted', 'surface'] as const)('the word %s is the row’s action', (action) => {
    const { rules } = resolveRetryPolicy({ rules: { sessionDurationExceeded: action } });
    expect(rules).toStrictEqual({ ...DEFAULT_RULES, sessionDurationExceeded: { action } });
  });

  it('a part of a row overrides that part of the default row', () => {
    const { rules } = resolveRetryPolicy({
      rules: { upstreamError: { maxAttempts: 4 }, concurrencyLimit: { maxElapsedMs: 0 } },
    });
    expect(rules.upstreamError).toStrictEqual({ action: 'retry', maxAttempts: 4 });
    expect(rules.concurrencyLimit).toStrictEqual({ action: 'retryIfHinted', maxElapsedMs: 0 });
  });

  it('a complete row replaces every part', () => {
    const row = {
      action: 'retry',
      retryPermanent: true,
      maxAttempts: Infinity,
      maxElapsedMs: Infinity,
    } as const;
    expect(resolveRetryPolicy({ rules: { avatarNotFound: row } }).rules.avatarNotFound).toStrictEqual(row);
  });

  it('false in a row is a value, not a missing one', () => {
    const { rules } = resolveRetryPolicy({ rules: { connectionFailed: { retryPermanent: false } } });
    expect(rules.connectionFailed).toStrictEqual({ action: 'retry', retryPermanent: false });
  });

  it('the backoff of a row overrides parts of that of the policy', () => {
    const policy = resolveRetryPolicy({
      backoff: { capMs: 10_000 },
      rules: { idleTimeout: { backoff: { baseMs: 5_000 } } },
    });
    expect(policy.rules.idleTimeout.backoff).toStrictEqual({ ...policy.backoff, baseMs: 5_000 });
  });

  it('a row with the explicit action surface can have numbers', () => {
    const { rules } = resolveRetryPolicy({ rules: { upstreamError: { action: 'surface', maxAttempts: 4 } } });
    expect(rules.upstreamError).toStrictEqual({ action: 'surface', maxAttempts: 4 });
  });
});

describe('the result', () => {
  it('is frozen at every depth', () => {
    const policy = resolveRetryPolicy({ rules: { upstreamError: { backoff: { baseMs: 1 } } } });
    for (const part of [
      policy,
      policy.rules,
      policy.rules.upstreamError,
      policy.rules.upstreamError.backoff,
      policy.backoff,
    ]) {
      expect(() => Object.assign(part ?? {}, { baseMs: 2 })).toThrow(TypeError);
    }
  });

  it('does not change the options, and later changes of the options do not change it', () => {
    const backoff = { baseMs: 10 };
    const row = { action: 'retry' as const, maxAttempts: 4, backoff };
    const options = { rules: { unknown: row }, backoff, maxAttempts: 7 };
    const before = structuredClone(options);
    const policy = resolveRetryPolicy(options);
    expect(options).toStrictEqual(before);

    backoff.baseMs = 99;
    row.maxAttempts = 99;
    options.maxAttempts = 99;
    expect(policy).toMatchObject({
      maxAttempts: 7,
      backoff: { baseMs: 10 },
      rules: { unknown: { maxAttempts: 4, backoff: { baseMs: 10 } } },
    });
  });
});
