import { describe, expect, it } from 'vitest';
import { RETRY_PRESETS } from '../../src/index.js';
import { resolveRetryPolicy } from '../../src/core/policy/resolve-retry-policy.js';
import { lastDials, survivors } from './survival-table.js';

/** The statements in docs/reconnecting.md below its table about outages. */
describe('an outage in which every dial is refused at once', () => {
  it('is survived under a policy without a limit of attempts, if it is shorter than the policy’s time minus its longest delay', () => {
    const { backoff } = RETRY_PRESETS.default;
    for (const maxElapsedMs of [60_000, 120_000, 300_000]) {
      const policy = resolveRetryPolicy({ maxElapsedMs });
      expect(survivors(lastDials(policy, 3_000), maxElapsedMs - backoff.capMs)).toBe(1);
    }
  });

  it('of two or four minutes is survived by every session by default', () => {
    const lastMs = lastDials(RETRY_PRESETS.default);
    expect(survivors(lastMs, 120_000)).toBe(1);
    expect(survivors(lastMs, 240_000)).toBe(1);
  });

  it('ends the session by default after at most five minutes', () => {
    expect(Math.max(...lastDials(RETRY_PRESETS.default))).toBeLessThanOrEqual(300_000);
  });
});
