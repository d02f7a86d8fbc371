/** How long an outage can last, and the time that is left of it. */
import { describe, expect, it } from 'vitest';
import { beginOutage, longestOutageMs, mostAttempts, outageLeftMs } from '../../../src/core/policy/outage.js';
import { resolveRetryPolicy } from '../../../src/core/policy/resolve-retry-policy.js';

const policy = resolveRetryPolicy({
  maxAttempts: 6,
  maxElapsedMs: 60_000,
  rules: { upstreamError: { maxAttempts: 3, maxElapsedMs: 20_000 } },
});

describe('the limits of an outage', () => {
  it.each([
    ['upstreamError', 3, 20_000],
    ['connectionClosed', 6, 60_000],
  ] as const)('with %s are those of its row, else of the policy', (code, attempts, longestMs) => {
    expect(mostAttempts(policy, code)).toBe(attempts);
    expect(longestOutageMs(policy, code)).toBe(longestMs);
  });

  it('are those of the policy while nothing has failed yet', () => {
    expect(longestOutageMs(policy, undefined)).toBe(60_000);
  });
});

describe('the time that is left of an outage that began at 100 000', () => {
  it.each([
    ['all of it', 100_000, 20_000],
    ['a part', 115_000, 5_000],
    ['its last millisecond', 119_999, 1],
    ['nothing', 120_000, 0],
    ['nothing, after the limit', 120_001, 0],
  ])('%s at %d', (_what, nowMs, leftMs) => {
    expect(outageLeftMs(policy, beginOutage(100_000), 'upstreamError', nowMs)).toBe(leftMs);
  });

  it('is unlimited without a limit', () => {
    const endless = resolveRetryPolicy({ maxElapsedMs: Infinity });
    expect(outageLeftMs(endless, beginOutage(0), undefined, 1e12)).toBe(Infinity);
  });
});
