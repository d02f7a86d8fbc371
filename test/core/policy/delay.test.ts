/** The combination of backoff, hint and minimum interval. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_RETRY_POLICY } from '../../../src/core/policy/retry-presets.js';
import { nextDelay } from '../../../src/core/policy/delay.js';
import { beginOutage } from '../../../src/core/policy/outage.js';
import type { Outage } from '../../../src/core/policy/outage.js';

const { backoff } = DEFAULT_RETRY_POLICY;
const NOW_MS = 10_000;
const outage = (history: Partial<Outage>): Outage => ({ ...beginOutage(0), ...history });

describe('the bound that a delay is drawn from', () => {
  it.each([
    ['the first connect failed', { attempts: 1 }, 1_000],
    ['the first connect failed twice', { attempts: 2 }, 2_000],
    ['a stable connection was lost', { attempts: 0, lostConnection: true }, 1_000],
    ['a stable connection was lost, and the reconnect failed', { attempts: 1, lostConnection: true }, 2_000],
    ['the first connection was dropped', { attempts: 1, lostConnection: true }, 2_000],
    ['the second connection was dropped, too', { attempts: 2, lostConnection: true }, 4_000],
    ['no dial was made yet', { attempts: 0 }, 1_000],
    ['a long outage', { attempts: 9 }, 45_000],
  ])('%s', (_what, history, maxDelayMs) => {
    const delay = nextDelay(backoff, outage(history), undefined, NOW_MS, 0.5);
    expect(delay).toMatchObject({ delayMs: maxDelayMs / 2, minDelayMs: 0, maxDelayMs, source: 'backoff' });
  });
});

describe('the minimum interval between two dials', () => {
  it('raises a short delay', () => {
    const delay = nextDelay(
      backoff,
      outage({ attempts: 1, lastAttemptAtMs: NOW_MS - 30 }),
      undefined,
      NOW_MS,
      0.01,
    );
    expect(delay).toMatchObject({ delayMs: 70, minDelayMs: 70, maxDelayMs: 1_000, source: 'backoff' });
  });

  it('keeps a longer delay', () => {
    const delay = nextDelay(
      backoff,
      outage({ attempts: 1, lastAttemptAtMs: NOW_MS - 30 }),
      undefined,
      NOW_MS,
      0.5,
    );
    expect(delay.delayMs).toBe(500);
  });

  it('counts from the start of the latest dial, so it is over after a slow failure', () => {
    const delay = nextDelay(
      backoff,
      outage({ attempts: 1, lastAttemptAtMs: NOW_MS - 100 }),
      undefined,
      NOW_MS,
      0,
    );
    expect(delay.delayMs).toBe(0);
  });

  it('exceeds the cap if the cap is smaller', () => {
    const tight = { ...backoff, baseMs: 0, capMs: 10 };
    const delay = nextDelay(tight, outage({ attempts: 1, lastAttemptAtMs: NOW_MS }), undefined, NOW_MS, 0.5);
    expect(delay).toMatchObject({ delayMs: 100, minDelayMs: 100, maxDelayMs: 100 });
  });
});

describe('a hint', () => {
  it('is the minimum, with a spread of a tenth', () => {
    expect(nextDelay(backoff, outage({ attempts: 1 }), 30_000, NOW_MS, 0.5)).toMatchObject({
      delayMs: 31_500,
      minDelayMs: 30_000,
      maxDelayMs: 33_000,
      source: 'hint',
    });
  });

  it('does not shorten a backoff that is longer', () => {
    expect(nextDelay(backoff, outage({ attempts: 9 }), 1_000, NOW_MS, 0.5)).toMatchObject({
      delayMs: 22_500,
      minDelayMs: 1_000,
      maxDelayMs: 45_000,
      source: 'backoff',
    });
  });

  it('of 0 leaves the backoff unchanged', () => {
    expect(nextDelay(backoff, outage({ attempts: 1 }), 0, NOW_MS, 0)).toMatchObject({
      delayMs: 0,
      source: 'backoff',
    });
  });

  it('is not spread when jitter is switched off', () => {
    const delay = nextDelay({ ...backoff, jitter: 'none' }, outage({ attempts: 1 }), 30_000, NOW_MS, 0.5);
    expect(delay).toMatchObject({ delayMs: 30_000, minDelayMs: 30_000, maxDelayMs: 30_000, source: 'hint' });
  });

  it('with a fraction of a millisecond is rounded up, because a timer would drop the fraction', () => {
    expect(nextDelay(backoff, outage({ attempts: 1 }), 1_500.2, NOW_MS, 0).delayMs).toBe(1_501);
  });
});
