/** Random values for the option `retry`: valid ones, and ones with one or several invalid members. */
import fc from 'fast-check';
import { AVATAR_SDK_ERROR_CODES } from '../../../src/core/failure/avatar-sdk-error-code.js';
import { JITTERS, RETRY_PRESET_NAMES, RULE_ACTIONS } from '../../../src/core/policy/rule.js';
import type { RetryOptions } from '../../../src/core/policy/retry-options.js';

const durationMs = fc.oneof(
  fc.constantFrom(0, 1, 2 ** 31 - 1),
  fc.double({ min: 0, max: 100_000, noNaN: true }),
);
const limitMs = fc.oneof(durationMs, fc.constantFrom(null, Infinity));
const attempts = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constantFrom(null, Infinity));
const backoffNames = {
  baseMs: durationMs,
  factor: fc.double({ min: 1, max: 10, noNaN: true }),
  capMs: durationMs,
  jitter: fc.constantFrom(...JITTERS),
  minIntervalMs: durationMs,
};
const part = { requiredKeys: [] };
const backoff = fc.record(backoffNames, part).filter(({ baseMs = 0, capMs = Infinity }) => baseMs <= capMs);
const action = fc.constantFrom(...RULE_ACTIONS);
const wholeRow = fc.record(
  { action, retryPermanent: fc.boolean(), maxAttempts: attempts, maxElapsedMs: limitMs, backoff },
  { requiredKeys: ['action'] },
);
const code = fc.constantFrom(...AVATAR_SDK_ERROR_CODES);

/** Valid options. */
export const retryOptions: fc.Arbitrary<RetryOptions> = fc.record(
  {
    preset: fc.constantFrom(...RETRY_PRESET_NAMES),
    rules: fc.dictionary(code, fc.oneof(action, wholeRow), { maxKeys: 4, noNullPrototype: true }),
    maxAttempts: attempts,
    maxElapsedMs: limitMs,
    stableAfterMs: durationMs,
    maxHintMs: durationMs,
    patienceMs: durationMs,
    backoff,
    $schema: fc.constant('./retry-policy.schema.json'),
  },
  part,
);

/** Values that are valid for some fields and invalid for others. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    '',
    'retry',
    'full',
    'patient',
    'never',
    [],
    {},
    -1,
    0,
    0.5,
    1,
    1.5,
  ),
  fc.constantFrom<unknown>(2 ** 31 - 1, 2 ** 31, 1e300, 4),
);
const oddRow = fc.record(
  { action: odd, retryPermanent: odd, maxAttempts: odd, maxElapsedMs: odd, backoff: odd, attempts: odd },
  part,
);
const oddBackoff = fc.record(
  { baseMs: odd, factor: odd, capMs: odd, jitter: odd, minIntervalMs: odd, maxMs: odd },
  part,
);
/** Makes a member absent in five of six cases. Otherwise almost no value would be valid. */
const few = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: values });

/** Valid and invalid options as JSON can represent them; members with the value undefined are absent in JSON. */
export const anyRetryJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 1, arbitrary: odd },
  { weight: 1, arbitrary: fc.jsonValue() },
  { weight: 4, arbitrary: retryOptions },
  {
    weight: 12,
    arbitrary: fc
      .tuple(
        retryOptions,
        fc.record({
          preset: few(fc.oneof(odd, fc.constantFrom(...RETRY_PRESET_NAMES))),
          maxAttempts: few(odd),
          maxElapsedMs: few(odd),
          stableAfterMs: few(odd),
          maxHintMs: few(odd),
          patienceMs: few(odd),
          backoff: few(fc.oneof(odd, oddBackoff)),
          rules: few(
            fc.oneof(
              odd,
              fc.dictionary(
                fc.oneof(code, fc.constantFrom('upstreamEror', '__proto__')),
                fc.oneof(odd, oddRow),
                {
                  maxKeys: 3,
                },
              ),
            ),
          ),
          maxRetries: few(odd),
          $schema: few(odd),
        }),
      )
      .map(([right, wrong]) => ({ ...right, ...defined(wrong) })),
  },
);

function defined(given: object): object {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
