/**
 * Invalid options are refused with the name of the option, its bound and the value. The tables have the
 * complete messages.
 */
import { describe, expect, it } from 'vitest';
import { resolveRetryPolicy } from '../../../src/core/policy/resolve-retry-policy.js';
import type { RetryOptions } from '../../../src/core/policy/retry-options.js';

/**
 * The error that these options cause. They can have any type, as from JavaScript code or from a parsed
 * configuration.
 */
function refusal(options: unknown): Error {
  try {
    resolveRetryPolicy(options as RetryOptions);
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('the options were accepted');
}

const MS = 'a finite number from 0 to 2147483647';

describe('values of the wrong type cause a TypeError', () => {
  it.each<[unknown, string]>([
    [true, 'retry must be one of default, patient, interactive, never, test, false or an object, got true'],
    [null, 'retry must be one of default, patient, interactive, never, test, false or an object, got null'],
    [[], 'retry must be one of default, patient, interactive, never, test, false or an object, got an array'],
    [{ maxAttempts: '3' }, 'retry.maxAttempts must be a number, got "3"'],
    [{ maxHintMs: null }, 'retry.maxHintMs must be a number, got null'],
    [{ patienceMs: null }, 'retry.patienceMs must be a number, got null'],
    [{ $schema: 7 }, 'retry.$schema must be a string, got 7'],
    [{ preset: false }, 'retry.preset must be one of default, patient, interactive, never, test, got false'],
    [{ maxElapsedMs: 5n }, 'retry.maxElapsedMs must be a number, got 5n'],
    [{ backoff: false }, 'retry.backoff must be an object, got false'],
    [{ backoff: { jitter: true } }, 'retry.backoff.jitter must be one of full, none, got true'],
    [{ rules: 'retry' }, 'retry.rules must be an object, got a string of 5 characters'],
    [
      { rules: { upstreamError: 3 } },
      'retry.rules.upstreamError must be one of retry, retryIfHinted, surface or an object, got 3',
    ],
    [
      { rules: { upstreamError: { retryPermanent: 1 } } },
      'retry.rules.upstreamError.retryPermanent must be true or false, got 1',
    ],
  ])('%o', (options, message) => {
    expect(refusal(options)).toStrictEqual(new TypeError(message));
  });
});

describe('values out of bounds cause a RangeError', () => {
  const attempts = 'a whole number of at least 1 or Infinity (null in JSON)';
  it.each<[unknown, string]>([
    [
      'pateint',
      'retry must be one of default, patient, interactive, never, test, got "pateint"; did you mean patient?',
    ],
    [
      { preset: 'eager' },
      'retry.preset must be one of default, patient, interactive, never, test, got a string of 5 characters',
    ],
    [{ maxAttempts: 0 }, `retry.maxAttempts must be ${attempts}, got 0`],
    [{ maxAttempts: 1.5 }, `retry.maxAttempts must be ${attempts}, got 1.5`],
    [{ maxAttempts: NaN }, `retry.maxAttempts must be ${attempts}, got NaN`],
    [{ maxElapsedMs: -1 }, `retry.maxElapsedMs must be ${MS} or Infinity (null in JSON), got -1`],
    [{ maxElapsedMs: NaN }, `retry.maxElapsedMs must be ${MS} or Infinity (null in JSON), got NaN`],
    [{ stableAfterMs: Infinity }, `retry.stableAfterMs must be ${MS}, got Infinity`],
    [{ patienceMs: -1 }, `retry.patienceMs must be ${MS}, got -1`],
    [{ patienceMs: Infinity }, `retry.patienceMs must be ${MS}, got Infinity`],
    [{ maxHintMs: 2_147_483_648 }, `retry.maxHintMs must be ${MS}, got 2147483648`],
    [{ backoff: { baseMs: -0.5 } }, `retry.backoff.baseMs must be ${MS}, got -0.5`],
    [{ backoff: { capMs: Infinity } }, `retry.backoff.capMs must be ${MS}, got Infinity`],
    [{ backoff: { minIntervalMs: NaN } }, `retry.backoff.minIntervalMs must be ${MS}, got NaN`],
    [{ backoff: { factor: 0.9 } }, 'retry.backoff.factor must be a finite number of at least 1, got 0.9'],
    [
      { backoff: { jitter: 'equal' } },
      'retry.backoff.jitter must be one of full, none, got a string of 5 characters',
    ],
    [
      { backoff: { baseMs: 200, capMs: 100 } },
      'retry.backoff.capMs must be at least retry.backoff.baseMs, which is 200, got 100',
    ],
    [
      { rules: { unknown: 'always' } },
      'retry.rules.unknown must be one of retry, retryIfHinted, surface, got a string of 6 characters',
    ],
    [
      { rules: { unknown: { action: 'always' } } },
      'retry.rules.unknown.action must be one of retry, retryIfHinted, surface, got a string of 6 characters',
    ],
    [
      { rules: { upstreamError: { maxAttempts: 0 } } },
      `retry.rules.upstreamError.maxAttempts must be ${attempts}, got 0`,
    ],
    [
      { rules: { upstreamError: { maxElapsedMs: -1 } } },
      `retry.rules.upstreamError.maxElapsedMs must be ${MS} or Infinity (null in JSON), got -1`,
    ],
    [
      { rules: { upstreamError: { backoff: { baseMs: 40_000, capMs: 30_000 } } } },
      'retry.rules.upstreamError.backoff.capMs must be at least retry.rules.upstreamError.backoff.baseMs, ' +
        'which is 40000, got 30000',
    ],
  ])('%o', (options, message) => {
    expect(refusal(options)).toStrictEqual(new RangeError(message));
  });
});

describe('unknown names cause a TypeError that lists the known names', () => {
  it.each<[unknown, string]>([
    [{ maxRetries: 3 }, 'unknown option retry.maxRetries; known names: rules, maxAttempts, maxElapsedMs,'],
    [{ backoff: { maxMs: 3 } }, 'unknown option retry.backoff.maxMs; known names: baseMs, factor, capMs,'],
    [
      { rules: { upstreamFailure: 'retry' } },
      'unknown option retry.rules.upstreamFailure; known names: sessionToken',
    ],
    [{ decide: 'always' }, 'unknown option retry.decide; known names: rules,'],
    [
      JSON.parse('{"rules":{"__proto__":"retry"}}'),
      'unknown option retry.rules.__proto__; known names: sessionToken',
    ],
    [
      { rules: { unknown: { action: 'retry', attempts: 3 } } },
      'unknown option retry.rules.unknown.attempts; known names: action, retryPermanent,',
    ],
    [
      { rules: { unknown: { action: 'retry', backoff: { base: 3 } } } },
      'unknown option retry.rules.unknown.backoff.base; known names: baseMs,',
    ],
  ])('%o', (options, beginning) => {
    const error = refusal(options);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message.startsWith(beginning), error.message).toBe(true);
  });
});

describe('numbers for a code that is surfaced by default', () => {
  it.each([{ maxAttempts: 4 }, { maxElapsedMs: 4 }, { retryPermanent: true }, { backoff: { baseMs: 4 } }])(
    'are refused without an action in the same row: %o',
    (row) => {
      const [name] = Object.keys(row);
      expect(refusal({ rules: { avatarNotFound: row } })).toStrictEqual(
        new TypeError(
          `retry.rules.avatarNotFound.action must be given with retry.rules.avatarNotFound.${name}: ` +
            `by default this code is surfaced, and ${name} would have no effect`,
        ),
      );
    },
  );

  it('are refused with the name of the preset that surfaces it', () => {
    const options = { preset: 'never', rules: { connectionClosed: { maxAttempts: 4 } } };
    expect(refusal(options).message).toBe(
      'retry.rules.connectionClosed.action must be given with retry.rules.connectionClosed.maxAttempts: ' +
        'by the preset never this code is surfaced, and maxAttempts would have no effect',
    );
  });

  it('are accepted if the preset retries it', () => {
    const rules = { concurrencyLimit: { maxAttempts: 4 }, serverError: { maxElapsedMs: 5 } };
    expect(() => refusal({ preset: 'patient', rules })).toThrow('accepted');
  });
});
