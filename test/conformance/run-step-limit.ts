/** Runs a step limit case: how long a step of one dial may take. */
import { beginOutage, dialLeftMs, stepLimitMs } from '../../src/core/policy/outage.js';
import { resolveRetryPolicy } from '../../src/core/policy/resolve-retry-policy.js';
import type { StepLimitCase } from './case-file.js';
import { disagreements } from './disagreements.js';

export function runStepLimit(one: StepLimitCase): string[] {
  const { timeoutMs = 10_000, attempt, outageMs = 0, latest } = one;
  const policy = resolveRetryPolicy(one.policy);
  const leftMs = dialLeftMs(policy, beginOutage(0), latest, outageMs);
  const limitMs = Math.min(stepLimitMs(policy, attempt, timeoutMs), leftMs);
  return disagreements('expect', one.expect, { limitMs });
}
