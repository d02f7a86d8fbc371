/**
 * From what an application wrote under `retry` to a policy with every number filled in. Checks everything before
 * any I/O, by name, bound and value. The result shares nothing with the options and is deeply frozen; what the
 * numbers lead to is `decide`'s business.
 */
import { AVATAR_SDK_ERROR_CODES } from '../failure/avatar-sdk-error-code.js';
import { deepFreeze } from '../option/deep-freeze.js';
import {
  MAX_TIMER_MS,
  refuseUnknownNames,
  requireBoolean,
  requireNumber,
  requireObject,
  requireOneOf,
} from '../option/option-check.js';
import { DEFAULT_RETRY_POLICY } from './default-rules.js';
import { perCode } from './per-code.js';
import { JITTERS, RULE_ACTIONS } from './rule.js';
import type { Backoff, RetryOptions, RetryPolicy, Rule } from './rule.js';

/** `retry: false`: one attempt, no reconnect, and no replacement of a stale token either. */
const NO_RETRY_POLICY: RetryPolicy = deepFreeze({
  ...DEFAULT_RETRY_POLICY,
  rules: perCode(() => ({ action: 'surface' })),
  maxAttempts: 1,
});

const RULE_NAMES = Object.keys({
  action: true,
  retryPermanent: true,
  maxAttempts: true,
  maxElapsedMs: true,
  backoff: true,
} satisfies Record<keyof Rule, true>);

/**
 * The effective policy. `undefined` (here and for every name) means "not given", zero and false are values.
 *
 * @throws TypeError for the wrong kind of value, an unknown name or code, and numbers for a code that is surfaced
 *   by default without an `action` beside them
 * @throws RangeError for a value out of bounds, and for a `capMs` below the `baseMs` beside it
 */
export function resolveRetryPolicy(options: RetryOptions | false | undefined): RetryPolicy {
  if (options === undefined) return DEFAULT_RETRY_POLICY;
  if (options === false) return NO_RETRY_POLICY;
  const given = requireObject('retry', options, 'an object or false');
  refuseUnknownNames('retry', given, Object.keys(DEFAULT_RETRY_POLICY));

  const defaults = DEFAULT_RETRY_POLICY;
  const { rules, maxAttempts, maxElapsedMs, stableAfterMs, maxHintMs } = given;
  const backoff = resolveBackoff('retry.backoff', given['backoff'], defaults.backoff);
  return deepFreeze({
    rules: resolveRules(rules, backoff),
    maxAttempts: attempts('retry.maxAttempts', maxAttempts) ?? defaults.maxAttempts,
    maxElapsedMs: durationMs('retry.maxElapsedMs', maxElapsedMs, true) ?? defaults.maxElapsedMs,
    stableAfterMs: durationMs('retry.stableAfterMs', stableAfterMs) ?? defaults.stableAfterMs,
    maxHintMs: durationMs('retry.maxHintMs', maxHintMs) ?? defaults.maxHintMs,
    backoff,
  });
}

function resolveRules(value: unknown, backoff: Backoff): RetryPolicy['rules'] {
  if (value === undefined) return DEFAULT_RETRY_POLICY.rules;
  const given = requireObject('retry.rules', value);
  refuseUnknownNames('retry.rules', given, AVATAR_SDK_ERROR_CODES);
  return perCode((code) =>
    resolveRule(`retry.rules.${code}`, given[code], DEFAULT_RETRY_POLICY.rules[code], backoff),
  );
}

function resolveRule(name: string, value: unknown, row: Rule, base: Backoff): Rule {
  if (value === undefined) return row;
  if (typeof value === 'string') return { ...row, action: requireOneOf(name, value, RULE_ACTIONS) };
  const given = requireObject(name, value, `one of ${RULE_ACTIONS.join(', ')} or an object`);
  refuseUnknownNames(name, given, RULE_NAMES);

  const { action, retryPermanent, backoff } = given;
  const maxAttempts = attempts(`${name}.maxAttempts`, given['maxAttempts']);
  const maxElapsedMs = durationMs(`${name}.maxElapsedMs`, given['maxElapsedMs'], true);
  const overrides = {
    ...(retryPermanent === undefined
      ? {}
      : { retryPermanent: requireBoolean(`${name}.retryPermanent`, retryPermanent) }),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
    ...(maxElapsedMs === undefined ? {} : { maxElapsedMs }),
    ...(backoff === undefined ? {} : { backoff: resolveBackoff(`${name}.backoff`, backoff, base) }),
  };
  if (action !== undefined) {
    return { ...row, ...overrides, action: requireOneOf(`${name}.action`, action, RULE_ACTIONS) };
  }
  const [idle] = Object.keys(overrides);
  if (row.action === 'surface' && idle !== undefined) {
    throw new TypeError(
      `${name}.action must be given beside ${name}.${idle}: by default this code is surfaced, and ${idle} would have no effect`,
    );
  }
  return { ...row, ...overrides };
}

/** `base` gives what is not written: the defaults for the policy's own backoff, that one for a rule's. */
function resolveBackoff(name: string, value: unknown, base: Backoff): Backoff {
  if (value === undefined) return base;
  const given = requireObject(name, value);
  refuseUnknownNames(name, given, Object.keys(base));

  const { baseMs, factor, capMs, jitter, minIntervalMs } = given;
  const backoff: Backoff = {
    baseMs: durationMs(`${name}.baseMs`, baseMs) ?? base.baseMs,
    factor: factor === undefined ? base.factor : requireNumber(`${name}.factor`, factor, { min: 1 }),
    capMs: durationMs(`${name}.capMs`, capMs) ?? base.capMs,
    jitter: jitter === undefined ? base.jitter : requireOneOf(`${name}.jitter`, jitter, JITTERS),
    minIntervalMs: durationMs(`${name}.minIntervalMs`, minIntervalMs) ?? base.minIntervalMs,
  };
  // One of the two alone is a wish that has a meaning: the cap wins. Both together, and crossed, are a mistake.
  if (baseMs !== undefined && capMs !== undefined && backoff.capMs < backoff.baseMs) {
    throw new RangeError(
      `${name}.capMs must be at least ${name}.baseMs, which is ${backoff.baseMs}, got ${backoff.capMs}`,
    );
  }
  return backoff;
}

function attempts(name: string, value: unknown): number | undefined {
  return value === undefined
    ? undefined
    : requireNumber(name, value, { min: 1, integer: true, infinite: true });
}

/** `infinite` where Infinity means "no limit"; a duration that is slept must fit a timer. */
function durationMs(name: string, value: unknown, infinite = false): number | undefined {
  return value === undefined
    ? undefined
    : requireNumber(name, value, { min: 0, max: MAX_TIMER_MS, infinite });
}
