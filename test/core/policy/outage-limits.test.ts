/** How long an outage may last, and how much of that is left. */
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

describe('what is left of an outage that began at 100 000', () => {
  it.each([
    ['all of it', 100_000, 20_000],
    ['a part', 115_000, 5_000],
    ['its last millisecond', 119_999, 1],
    ['nothing', 120_000, 0],
    ['nothing, beyond it', 120_001, 0],
  ])('%s at %d', (_what, nowMs, leftMs) => {
    expect(outageLeftMs(policy, beginOutage(100_000), 'upstreamError', nowMs)).toBe(leftMs);
  });

  it('without a limit there is none', () => {
    const endless = resolveRetryPolicy({ maxElapsedMs: Infinity });
    expect(outageLeftMs(endless, beginOutage(0), undefined, 1e12)).toBe(Infinity);
  });
});
