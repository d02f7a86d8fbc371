/** The presets, and options that override parts of them. */
import { describe, expect, it } from 'vitest';
import { AVATAR_SDK_ERROR_CODES } from '../../../src/core/failure/avatar-sdk-error-code.js';
import { resolveRetryPolicy } from '../../../src/core/policy/resolve-retry-policy.js';
import {
  DEFAULT_RETRY_POLICY,
  presetReasons,
  RETRY_PRESETS,
} from '../../../src/core/policy/retry-presets.js';
import { delayCeilingMs } from '../../../src/core/policy/delay.js';
import { RETRY_PRESET_NAMES } from '../../../src/core/policy/rule.js';
import type { RetryPolicy } from '../../../src/core/policy/rule.js';

describe.each(RETRY_PRESET_NAMES)('the preset %s', (preset) => {
  it('is the policy for its name, and for an object with its name', () => {
    expect(resolveRetryPolicy(preset)).toBe(RETRY_PRESETS[preset]);
    expect(resolveRetryPolicy({ preset })).toStrictEqual(RETRY_PRESETS[preset]);
  });

  it('is frozen at every depth', () => {
    const { rules, backoff } = RETRY_PRESETS[preset];
    for (const part of [RETRY_PRESETS[preset], rules, rules.upstreamError, backoff]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it('has only values that the checks accept', () => {
    const { rules, backoff, ...numbers } = RETRY_PRESETS[preset];
    expect(resolveRetryPolicy({ rules, backoff, ...numbers })).toStrictEqual(RETRY_PRESETS[preset]);
  });

  it('has a reason for every row, and its own reason where the row differs from the default', () => {
    const reasons = presetReasons(preset);
    const usual = presetReasons('default');
    const { rules } = RETRY_PRESETS[preset];
    for (const code of AVATAR_SDK_ERROR_CODES) {
      const own = rules[code].action !== DEFAULT_RETRY_POLICY.rules[code].action;
      expect(reasons[code]).toMatch(/^\S.{15,}[^.]$/);
      if (own) expect(reasons[code]).not.toBe(usual[code]);
    }
  });
});

/** The average sum of all delays of a policy when every dial fails at once, milliseconds. */
function averageWaitMs({ maxAttempts, backoff }: RetryPolicy): number {
  let sumMs = 0;
  for (let delay = 0; delay < maxAttempts - 1; delay++) sumMs += delayCeilingMs(backoff, delay) / 2;
  return sumMs;
}

describe('the presets compared', () => {
  it('false is the preset never, undefined is the preset default', () => {
    expect(resolveRetryPolicy(false)).toBe(RETRY_PRESETS.never);
    expect(resolveRetryPolicy(undefined)).toBe(RETRY_PRESETS.default);
    expect(RETRY_PRESETS.default).toBe(DEFAULT_RETRY_POLICY);
  });

  it('interactive reaches its limit of attempts before that of time, and its delays take at most half of the time', () => {
    const { interactive } = RETRY_PRESETS;
    expect(averageWaitMs(interactive)).toBeCloseTo(4_875);
    expect(averageWaitMs(interactive)).toBeLessThanOrEqual(interactive.maxElapsedMs / 2);
  });

  it('patient waits for a whole night, and accepts a hint of up to an hour', () => {
    expect(RETRY_PRESETS.patient).toMatchObject({ maxElapsedMs: 43_200_000, maxHintMs: 3_600_000 });
  });

  it('patient makes ten dials for a server error in about six minutes', () => {
    const { patient } = RETRY_PRESETS;
    const { maxAttempts = 0 } = patient.rules.serverError;
    expect(averageWaitMs({ ...patient, maxAttempts }) / 60_000).toBeCloseTo(6.74, 1);
  });
});

describe('an object that overrides parts of a preset', () => {
  it('keeps what it does not name', () => {
    const policy = resolveRetryPolicy({
      preset: 'interactive',
      maxAttempts: 3,
      backoff: { capMs: 1_000 },
      rules: { sessionDurationExceeded: 'retry' },
    });
    const { interactive } = RETRY_PRESETS;
    expect(policy).toStrictEqual({
      ...interactive,
      maxAttempts: 3,
      backoff: { ...interactive.backoff, capMs: 1_000 },
      rules: { ...interactive.rules, sessionDurationExceeded: { action: 'retry' } },
    });
  });

  it('keeps the numbers of a preset’s row when only an action, or a part of the row, is given', () => {
    const { rules } = resolveRetryPolicy({ preset: 'patient', rules: { serverError: 'retryIfHinted' } });
    expect(rules.serverError).toStrictEqual({ action: 'retryIfHinted', maxAttempts: 10 });
    const part = resolveRetryPolicy({ preset: 'patient', rules: { serverError: { maxElapsedMs: 1 } } });
    expect(part.rules.serverError).toStrictEqual({ action: 'retry', maxAttempts: 10, maxElapsedMs: 1 });
  });

  it('can retry single codes with the preset never', () => {
    const { rules, maxAttempts } = resolveRetryPolicy({
      preset: 'never',
      maxAttempts: 2,
      rules: { connectionClosed: 'retry' },
    });
    expect(maxAttempts).toBe(2);
    expect(rules.connectionClosed.action).toBe('retry');
    expect(rules.connectionFailed.action).toBe('surface');
  });
});
