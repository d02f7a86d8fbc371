/** How long the steps of the dials of one outage may take. */
import { describe, expect, it } from 'vitest';
import { resolveRetryPolicy } from '../../../src/core/policy/resolve-retry-policy.js';
import type { RetryChoice } from '../../../src/core/policy/resolve-retry-policy.js';
import { stepLimitMs } from '../../../src/core/policy/outage.js';

const limits = (choice: RetryChoice, timeoutMs: number): number[] =>
  [1, 2, 3, 4, 20].map((attempt) => stepLimitMs(resolveRetryPolicy(choice), attempt, timeoutMs));

describe('the limit of a step', () => {
  it('is timeoutMs twice, then 30 s by default', () => {
    expect(limits('default', 10_000)).toEqual([10_000, 10_000, 30_000, 30_000, 30_000]);
  });

  it('grows by patienceMs as it is written, and never below timeoutMs', () => {
    expect(limits({ patienceMs: 12_000 }, 10_000)).toEqual([10_000, 10_000, 12_000, 12_000, 12_000]);
    expect(limits({ patienceMs: 5_000 }, 10_000)).toEqual(Array(5).fill(10_000));
    expect(limits('default', 60_000)).toEqual(Array(5).fill(60_000));
  });

  it.each<RetryChoice>(['interactive', { patienceMs: 0 }])('of %j is timeoutMs for every dial', (choice) => {
    expect(limits(choice, 10_000)).toEqual(Array(5).fill(10_000));
  });
});
