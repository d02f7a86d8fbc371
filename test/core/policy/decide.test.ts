/**
 * The decisions of the table: one row for each code and kind of failure, while no limit of the outage is
 * reached.
 */
import { describe, expect, it } from 'vitest';
import { AVATAR_SDK_ERROR_CODES } from '../../../src/core/failure/avatar-sdk-error-code.js';
import type { AvatarSDKErrorCode } from '../../../src/core/failure/avatar-sdk-error-code.js';
import { decide } from '../../../src/core/policy/decide.js';
import type { DecidableFailure } from '../../../src/core/policy/decide.js';
import { attemptStarted, beginOutage } from '../../../src/core/policy/outage.js';
import { resolveRetryPolicy } from '../../../src/core/policy/resolve-retry-policy.js';
import type { RetryOptions } from '../../../src/core/policy/retry-options.js';

const NOW_MS = 1_000;
const onceDialled = attemptStarted(beginOutage(0), 0);
const REPLACED = { ...onceDialled, tokenReplaced: true };

function failure(code: AvatarSDKErrorCode, more: Partial<DecidableFailure> = {}): DecidableFailure {
  return { code, phase: 'websocket_connect', permanent: false, ...more };
}

/**
 * The reason for giving up, as `rule` or `attempts`, or the source and the milliseconds of the delay for a draw
 * of 0.5.
 */
function outcome(
  given: DecidableFailure,
  options?: RetryOptions | false,
  outage = onceDialled,
): string | [string, number] {
  const decision = decide(resolveRetryPolicy(options), outage, given, NOW_MS, () => 0.5);
  return decision.action === 'giveUp' ? decision.reason : [decision.source, decision.delayMs];
}

describe('with the default table', () => {
  const [retried, hinted, atOnce] = [
    ['backoff', 500] as const,
    ['hint', 2_100] as const,
    ['staleToken', 0] as const,
  ];

  it.each([
    // code, then the outcome: plain, permanent, with a hint of 2 s, with a stale token
    ['sessionTokenExpired', 'rule', 'rule', 'rule', atOnce],
    ['sessionTokenInvalid', 'rule', 'rule', 'rule', atOnce],
    ['appIDUnrecognized', 'rule', 'rule', 'rule', 'rule'],
    ['appIDMismatch', 'rule', 'rule', 'rule', 'rule'],
    ['avatarNotFound', 'rule', 'rule', 'rule', 'rule'],
    ['billingRequired', 'rule', 'rule', 'rule', 'rule'],
    ['creditsExhausted', 'rule', 'rule', 'rule', 'rule'],
    ['sessionDurationExceeded', 'rule', 'rule', 'rule', 'rule'],
    ['concurrencyLimit', 'rule', 'rule', hinted, 'rule'],
    ['unsupportedSampleRate', 'rule', 'rule', 'rule', 'rule'],
    ['invalidEgressConfig', 'rule', 'rule', 'rule', 'rule'],
    ['egressUnavailable', 'rule', 'rule', 'rule', 'rule'],
    ['idleTimeout', retried, 'rule', hinted, retried],
    ['upstreamError', retried, 'rule', hinted, retried],
    ['protocolError', 'rule', 'rule', 'rule', 'rule'],
    ['connectionFailed', retried, 'rule', hinted, retried],
    ['connectionClosed', retried, 'rule', hinted, retried],
    ['serverError', 'rule', 'rule', 'rule', 'rule'],
    ['invalidRequest', 'rule', 'rule', 'rule', 'rule'],
    ['unknown', 'rule', 'rule', 'rule', 'rule'],
  ] as const)(
    '%s: plain %s, permanent %s, hinted %s, stale token %s',
    (code, plain, permanent, withHint, stale) => {
      expect(outcome(failure(code))).toStrictEqual(plain);
      expect(outcome(failure(code, { permanent: true }))).toStrictEqual(permanent);
      expect(outcome(failure(code, { retryAfterMs: 2_000 }))).toStrictEqual(withHint);
      expect(outcome(failure(code, { tokenStale: true }))).toStrictEqual(stale);
    },
  );
});

describe('with a table of the application', () => {
  it.each(AVATAR_SDK_ERROR_CODES)('%s follows its row, for any default', (code) => {
    expect(outcome(failure(code), { rules: { [code]: 'retry' } })).toStrictEqual(['backoff', 500]);
    expect(outcome(failure(code), { rules: { [code]: 'retryIfHinted' } })).toBe('rule');
    expect(outcome(failure(code), { rules: { [code]: 'surface' } })).toBe('rule');
    expect(outcome(failure(code), false)).toBe('rule');
  });

  it('a row can retry even a failure that waiting does not remedy', () => {
    const rules = { connectionFailed: { retryPermanent: true } };
    expect(outcome(failure('connectionFailed', { permanent: true }), { rules })).toStrictEqual([
      'backoff',
      500,
    ]);
  });

  it('a hint does not make a permanent failure temporary', () => {
    const given = failure('concurrencyLimit', { permanent: true, retryAfterMs: 2_000 });
    expect(outcome(given)).toBe('rule');
  });

  it('the backoff of a row overrides parts of that of the policy', () => {
    const options: RetryOptions = {
      backoff: { baseMs: 2_000, jitter: 'none' },
      rules: { upstreamError: { backoff: { baseMs: 8_000 } } },
    };
    expect(outcome(failure('upstreamError'), options)).toStrictEqual(['backoff', 8_000]);
    expect(outcome(failure('connectionFailed'), options)).toStrictEqual(['backoff', 2_000]);
  });

  it.each([Number.NaN, -1])('a hint of %s is ignored', (retryAfterMs) => {
    expect(outcome(failure('concurrencyLimit', { retryAfterMs }))).toBe('rule');
    expect(outcome(failure('upstreamError', { retryAfterMs }))).toStrictEqual(['backoff', 500]);
  });

  it('a hint of 0 leads to the delay of the backoff', () => {
    expect(outcome(failure('concurrencyLimit', { retryAfterMs: 0 }))).toStrictEqual(['backoff', 500]);
  });
});

describe('a refused token that was fetched ahead', () => {
  const stale = failure('sessionTokenInvalid', { tokenStale: true });

  it('is replaced at once, without a draw and without the minimum interval', () => {
    const justDialled = attemptStarted(beginOutage(0), NOW_MS);
    expect(
      decide(resolveRetryPolicy(undefined), justDialled, stale, NOW_MS, () => {
        throw new Error('no random number may be drawn');
      }),
    ).toMatchObject({ action: 'retry', source: 'staleToken', delayMs: 0, minDelayMs: 0, maxDelayMs: 0 });
  });

  it('is replaced at once, also when the service asked for a wait', () => {
    expect(outcome({ ...stale, retryAfterMs: 1e9 })).toStrictEqual(['staleToken', 0]);
  });

  it('is replaced once in an outage; then the table decides', () => {
    expect(outcome(stale, undefined, REPLACED)).toBe('rule');
    const options: RetryOptions = { rules: { sessionTokenInvalid: 'retry' } };
    expect(outcome(stale, options, REPLACED)).toStrictEqual(['backoff', 500]);
  });

  it.each(['session_token', 'websocket_runtime'] as const)(
    'does not explain a failure in phase %s',
    (phase) => {
      expect(outcome({ ...stale, phase })).toBe('rule');
    },
  );

  it('is subject to the limits of the outage', () => {
    expect(outcome(stale, { maxAttempts: 1 })).toBe('attempts');
    expect(outcome(stale, false)).toBe('attempts');
    expect(outcome(stale, { maxElapsedMs: 999 })).toBe('elapsed');
    expect(outcome(stale, { maxElapsedMs: 1_000 })).toStrictEqual(['staleToken', 0]);
  });
});
