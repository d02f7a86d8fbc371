/** The limits of an outage: each one alone, their order, and properties for random outages. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/core/policy/decide.js';
import type { DecidableFailure, Decision } from '../../../src/core/policy/decide.js';
import { beginOutage, elapsedMs } from '../../../src/core/policy/outage.js';
import type { Outage } from '../../../src/core/policy/outage.js';
import { resolveRetryPolicy } from '../../../src/core/policy/resolve-retry-policy.js';
import type { RetryOptions } from '../../../src/core/policy/retry-options.js';

const failed: DecidableFailure = { code: 'upstreamError', phase: 'websocket_connect', permanent: false };
const after = (attempts: number): Outage => ({ ...beginOutage(0), attempts, lastAttemptAtMs: 0 });

function decided(options: RetryOptions, outage: Outage, nowMs: number, retryAfterMs?: number): Decision {
  const failure = retryAfterMs === undefined ? failed : { ...failed, retryAfterMs };
  return decide(resolveRetryPolicy(options), outage, failure, nowMs, () => 0.5);
}

describe('each limit', () => {
  it.each<[string, RetryOptions, number, number, number | undefined, string]>([
    // options, attempts made, now, hint; then the action, or the reason for giving up
    ['attempts left', { maxAttempts: 3 }, 2, 500, undefined, 'retry'],
    ['all attempts used', { maxAttempts: 3 }, 3, 500, undefined, 'attempts'],
    [
      'the row’s fewer attempts used',
      { rules: { upstreamError: { maxAttempts: 2 } } },
      2,
      500,
      undefined,
      'attempts',
    ],
    [
      'the row’s more attempts',
      { maxAttempts: 1, rules: { upstreamError: { maxAttempts: 4 } } },
      3,
      500,
      undefined,
      'retry',
    ],
    ['no limit of attempts', { maxAttempts: Infinity, maxElapsedMs: Infinity }, 1e6, 1e9, undefined, 'retry'],
    ['a delay that ends at the limit', { maxElapsedMs: 1_000 }, 1, 500, undefined, 'retry'],
    ['a delay that goes past the limit', { maxElapsedMs: 999 }, 1, 500, undefined, 'elapsed'],
    [
      'the row’s shorter time',
      { rules: { upstreamError: { maxElapsedMs: 999 } } },
      1,
      500,
      undefined,
      'elapsed',
    ],
    [
      'the row’s longer time',
      { maxElapsedMs: 0, rules: { upstreamError: { maxElapsedMs: 1_000 } } },
      1,
      500,
      undefined,
      'retry',
    ],
    ['a limit of 0 ms', { maxElapsedMs: 0 }, 1, 500, undefined, 'elapsed'],
    ['a hint that goes past the time', { maxElapsedMs: 30_000 }, 1, 500, 30_000, 'elapsed'],
    ['a hint at its limit', {}, 1, 0, 114_000, 'retry'],
    ['a hint above its limit', { maxHintMs: 4_999 }, 1, 500, 5_000, 'hintTooLong'],
    ['an infinite hint', {}, 1, 500, Infinity, 'hintTooLong'],
    ['any hint, when none is accepted', { maxHintMs: 0 }, 1, 500, 1, 'hintTooLong'],
    ['a hint of 0, when none is accepted', { maxHintMs: 0 }, 1, 500, 0, 'retry'],
    ['attempts before the hint', { maxAttempts: 1 }, 1, 500, 1e9, 'attempts'],
    ['the hint before the time', { maxElapsedMs: 0 }, 1, 500, 1e9, 'hintTooLong'],
  ])('%s', (_what, options, attempts, nowMs, retryAfterMs, expected) => {
    const decision = decided(options, after(attempts), nowMs, retryAfterMs);
    expect(decision.action === 'giveUp' ? decision.reason : decision.action).toBe(expected);
  });

  it('has the row as the reason before any limit', () => {
    const options: RetryOptions = {
      rules: { upstreamError: 'surface' },
      maxAttempts: 1,
      maxElapsedMs: 0,
      maxHintMs: 0,
    };
    expect(decided(options, after(5), 500, 5)).toMatchObject({ action: 'giveUp', reason: 'rule' });
  });
});

describe('for any outage and failure', () => {
  const duration = fc.integer({ min: 0, max: 200_000 });
  const scene = fc.record({
    options: fc.record({
      maxAttempts: fc.integer({ min: 1, max: 12 }),
      maxElapsedMs: fc.oneof(duration, fc.constant(Infinity)),
      maxHintMs: duration,
      backoff: fc.record({
        baseMs: fc.integer({ min: 0, max: 5_000 }),
        capMs: fc.integer({ min: 5_000, max: 60_000 }),
        factor: fc.double({ min: 1, max: 1e300, noNaN: true }),
        jitter: fc.constantFrom('full' as const, 'none' as const),
        minIntervalMs: fc.integer({ min: 0, max: 70_000 }),
      }),
    }),
    outage: fc.record({
      startedAtMs: fc.integer({ min: 0, max: 50_000 }),
      attempts: fc.integer({ min: 0, max: 12 }),
      lastAttemptAtMs: fc.integer({ min: 0, max: 50_000 }),
      lostConnection: fc.boolean(),
      workedMs: fc.integer({ min: 0, max: 40_000 }),
      lastEndedAtMs: fc.option(fc.integer({ min: 0, max: 50_000 }), { nil: undefined }),
      replacedEndedAtMs: fc.option(fc.integer({ min: 0, max: 50_000 }), { nil: undefined }),
      tokenReplaced: fc.boolean(),
      roomTokenReplaced: fc.boolean(),
      badCertificateAtMs: fc.constant(undefined),
    }),
    nowMs: fc.integer({ min: 50_000, max: 200_000 }),
    retryAfterMs: fc.option(fc.double({ min: 0, max: 150_000, noNaN: true }), { nil: undefined }),
    draw: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });

  it('a delay ends not before the hint, within the time limit, within its bounds, and not too soon after the latest dial', () => {
    fc.assert(
      fc.property(scene, ({ options, outage, nowMs, retryAfterMs, draw }) => {
        const failure = retryAfterMs === undefined ? failed : { ...failed, retryAfterMs };
        const decision = decide(resolveRetryPolicy(options), outage, failure, nowMs, () => draw);
        if (decision.action === 'giveUp') return;
        const { delayMs, minDelayMs, maxDelayMs } = decision;
        const { capMs, minIntervalMs } = options.backoff;
        expect(Number.isInteger(delayMs)).toBe(true);
        expect(delayMs).toBeGreaterThanOrEqual(Math.max(minDelayMs, retryAfterMs ?? 0));
        expect(delayMs).toBeLessThanOrEqual(maxDelayMs);
        expect(delayMs).toBeLessThanOrEqual(
          Math.max(capMs, minIntervalMs, Math.ceil((retryAfterMs ?? 0) * 1.1)),
        );
        expect(elapsedMs(outage, nowMs) + delayMs).toBeLessThanOrEqual(options.maxElapsedMs);
        expect(nowMs + delayMs - outage.lastAttemptAtMs).toBeGreaterThanOrEqual(minIntervalMs);
        expect(outage.attempts).toBeLessThan(options.maxAttempts);
        expect(retryAfterMs ?? 0).toBeLessThanOrEqual(options.maxHintMs);
      }),
      { numRuns: 2_000 },
    );
  });

  it('equal arguments lead to equal decisions, and no argument is changed', () => {
    fc.assert(
      fc.property(scene, ({ options, outage, nowMs, draw }) => {
        const policy = resolveRetryPolicy(options);
        const once = decide(policy, Object.freeze(outage), Object.freeze({ ...failed }), nowMs, () => draw);
        expect(decide(policy, outage, failed, nowMs, () => draw)).toStrictEqual(once);
      }),
    );
  });
});
