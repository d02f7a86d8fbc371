import { describe, expect, it } from 'vitest';
import { RETRY_PRESETS } from '../../src/index.js';
import { resolveRetryPolicy } from '../../src/core/policy/resolve-retry-policy.js';
import { lastDials, survivors, TWO_MINUTES_FOR_CERTAIN } from './survival-table.js';

/** What docs/reconnecting.md says below its table about outages. */
describe('an outage in which every dial is refused at once', () => {
  it('never outlasts a policy without a limit of attempts, up to its time less the longest delay', () => {
    const { backoff } = RETRY_PRESETS.default;
    for (const maxElapsedMs of [60_000, 120_000, 150_000]) {
      const policy = resolveRetryPolicy({ maxAttempts: null, maxElapsedMs });
      expect(survivors(lastDials(policy, 3_000), maxElapsedMs - backoff.capMs)).toBe(1);
    }
  });

  it('of two minutes is survived by every session with the numbers that the README advises', () => {
    expect(survivors(lastDials(resolveRetryPolicy(TWO_MINUTES_FOR_CERTAIN)), 120_000)).toBe(1);
  });

  it('is given up by default after no more than two minutes, and by one session in a hundred within 45 s', () => {
    const lastMs = lastDials(RETRY_PRESETS.default);
    expect(Math.max(...lastMs)).toBeLessThanOrEqual(120_000);
    expect(survivors(lastMs, 45_000)).toBeGreaterThan(0.985);
    expect(survivors(lastMs, 15_000)).toBe(1);
  });
});
