/** A policy can be written to JSON and read again, and the JSON Schema agrees with the check of the session. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveRetryPolicy } from '../../../src/core/policy/resolve-retry-policy.js';
import type { RetryChoice } from '../../../src/core/policy/resolve-retry-policy.js';
import { retryPolicySchema } from '../../../src/core/policy/retry-fields.js';
import { RETRY_PRESET_NAMES } from '../../../src/core/policy/rule.js';
import { PROJECT } from '../../source-imports.js';
import { anyRetryJson, retryOptions } from './retry-option-arbitraries.js';

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** The message of the check, or undefined when it accepts the value. */
function refusal(value: unknown): string | undefined {
  try {
    resolveRetryPolicy(value as RetryChoice);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

describe('the effective policy as JSON', () => {
  it.each(RETRY_PRESET_NAMES)('of the preset %s is accepted, and resolves to the same policy', (preset) => {
    const policy = resolveRetryPolicy(preset);
    expect(resolveRetryPolicy(throughJson(policy) as RetryChoice)).toStrictEqual(policy);
  });

  it('of any valid options is accepted, and resolves to the same policy', () => {
    fc.assert(
      fc.property(retryOptions, (options) => {
        const policy = resolveRetryPolicy(options);
        expect(resolveRetryPolicy(throughJson(policy) as RetryChoice)).toStrictEqual(policy);
      }),
      { numRuns: 500 },
    );
  });

  it('options resolve to the same policy before and after JSON', () => {
    fc.assert(
      fc.property(retryOptions, (options) => {
        expect(resolveRetryPolicy(throughJson(options) as RetryChoice)).toStrictEqual(
          resolveRetryPolicy(options),
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe('the JSON Schema', () => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false, strictTypes: false });
  let compiled: ValidateFunction | undefined;
  const accepts = (value: unknown): boolean => {
    compiled ??= ajv.compile(retryPolicySchema());
    return compiled(value);
  };

  it('accepts and refuses the same values as the session', () => {
    let refused = 0;
    let accepted = 0;
    fc.assert(
      fc.property(anyRetryJson.map(throughJson), (value) => {
        const message = refusal(value);
        // The only rule that a schema cannot express. It is checked last, so all other members were valid.
        const crossed = message?.includes('capMs must be at least') === true;
        if (message === undefined) accepted++;
        else refused++;
        expect(accepts(value), message).toBe(message === undefined || crossed);
      }),
      { numRuns: 3_000 },
    );
    // Makes sure that many values were accepted and many were refused.
    expect(Math.min(refused, accepted)).toBeGreaterThan(300);
  });

  it('cannot express that capMs is not below baseMs, and states this in its description', () => {
    const crossed = { backoff: { baseMs: 200, capMs: 100 } };
    expect(accepts(crossed)).toBe(true);
    expect(refusal(crossed)).toContain('capMs must be at least');
    expect(retryPolicySchema()['$comment']).toContain('capMs must not be below the baseMs');
  });

  it.each<[unknown, boolean]>([
    ['patient', true],
    [false, true],
    [true, false],
    [null, false],
    [{ $schema: './x.json' }, true],
    [{ rules: { serverError: { maxAttempts: 3 } } }, false],
    [{ preset: 'patient', rules: { serverError: { maxAttempts: 3 } } }, true],
    [{ preset: 'never', rules: { upstreamError: { maxAttempts: 3 } } }, false],
    [{ maxAttempts: null, maxElapsedMs: null }, true],
  ])('accepts %j: %s', (value, right) => {
    expect(accepts(value)).toBe(right);
    expect(refusal(value) === undefined).toBe(right);
  });

  it('in the package is the one that is made from the table', async () => {
    const shipped = await readFile(join(PROJECT, 'dist/retry-policy.schema.json'), 'utf8');
    expect(JSON.parse(shipped)).toEqual(retryPolicySchema());
  });
});
