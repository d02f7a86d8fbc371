/**
 * From the session's option `retry` to a policy and the application's own `decide`, checked. The policy is data, and the
 * core's to resolve; a function is none, so it is taken out here.
 */
import { isDeepStrictEqual } from 'node:util';
import { internLast } from '../../core/memory/collections.js';
import { requireFunction, requireOptions } from '../../core/option/option-check.js';
import type { OptionField } from '../../core/option/option-field.js';
import { kindOf } from '../../core/option/shown-value.js';
import type { RetryDecider } from '../../core/policy/application-decision.js';
import { resolveRetryPolicy } from '../../core/policy/resolve-retry-policy.js';
import { RETRY_PRESETS } from '../../core/policy/retry-presets.js';
import { RETRY_FIELDS } from '../../core/policy/retry-fields.js';
import type { RetryPolicy } from '../../core/policy/rule.js';
import type { AvatarSessionOptions } from './session-options.js';
import type { SessionRetryOptions } from './nested-options.js';

export interface ResolvedRetry {
  readonly policy: RetryPolicy;
  readonly decide: RetryDecider | undefined;
}

export const DEFAULT_RETRY: ResolvedRetry = Object.freeze({
  policy: RETRY_PRESETS.default,
  decide: undefined,
});

/** The rows of the option's object: those of a policy, and what only a program can hold. */
export const SESSION_RETRY_FIELDS = Object.freeze({
  ...RETRY_FIELDS,
  decide: {
    kind: 'function',
    type: 'RetryDecider',
    about:
      'Asked about each failure after the policy: may keep what the policy proposes, or decide otherwise',
  },
} as const satisfies Record<keyof SessionRetryOptions, OptionField>);
const RETRY_NAMES = Object.keys(SESSION_RETRY_FIELDS);

const shareRetry = internLast<ResolvedRetry>();
let latestPolicy: RetryPolicy | undefined;

/** @throws TypeError or RangeError naming the option, the bound and the value */
export function resolveRetryOption(option: AvatarSessionOptions['retry']): ResolvedRetry {
  // What JavaScript callers can hand in beside it is refused by the core.
  if (kindOf(option) !== 'object') {
    return shareRetry({ policy: resolveRetryPolicy(option), decide: undefined });
  }
  const given = requireOptions('retry', option, RETRY_NAMES);
  const { decide, ...written } = given as SessionRetryOptions;
  const policy = sharePolicy(resolveRetryPolicy(written));
  // That it is a function is all that can be checked.
  if (decide !== undefined) requireFunction('retry.decide', decide);
  return shareRetry({ policy, decide });
}

/** Applications write the object anew for each session: sessions with equal policies share one. */
function sharePolicy(policy: RetryPolicy): RetryPolicy {
  if (latestPolicy === undefined || !isDeepStrictEqual(latestPolicy, policy)) latestPolicy = policy;
  return latestPolicy;
}
