/**
 * Counts the dials of one session with the default policy, at services that misbehave for minutes. It runs in
 * virtual time and from seeds, without a socket or a timer: the loop below makes only the decisions of the
 * client.
 */
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/core/policy/decide.js';
import type { DecidableFailure } from '../../../src/core/policy/decide.js';
import { resolveRetryPolicy } from '../../../src/core/policy/resolve-retry-policy.js';
import { DEFAULT_RETRY_POLICY } from '../../../src/core/policy/retry-presets.js';
import { attemptStarted, beginOutage, connectionLost } from '../../../src/core/policy/outage.js';
import type { GiveUpReason } from '../../../src/core/failure/avatar-sdk-error.js';
import { seededRandom } from './seeded-random.js';

const dropped: DecidableFailure = { code: 'connectionClosed', phase: 'websocket_runtime', permanent: false };

interface Flap {
  readonly dialsAtMs: readonly number[];
  readonly gaveUp: GiveUpReason | undefined;
}

/** A service that confirms every dial at once and drops it after `upMs`, until `untilMs`. */
function flap(
  seed: number,
  upMs: number,
  untilMs: number,
  policy = DEFAULT_RETRY_POLICY,
  firstUpMs = upMs,
): Flap {
  const random = seededRandom(seed);
  const dialsAtMs: number[] = [];
  let nowMs = 0;
  let outage = beginOutage(nowMs);
  while (nowMs <= untilMs) {
    outage = attemptStarted(outage, nowMs);
    dialsAtMs.push(nowMs);
    const confirmedAtMs = nowMs;
    nowMs += dialsAtMs.length === 1 ? firstUpMs : upMs;
    outage = connectionLost(outage, { confirmedAtMs, nowMs, stableAfterMs: policy.stableAfterMs });
    const decision = decide(policy, outage, dropped, nowMs, random);
    if (decision.action === 'giveUp') return { dialsAtMs, gaveUp: decision.reason };
    nowMs += decision.delayMs;
  }
  return { dialsAtMs, gaveUp: undefined };
}

const sessions = Array.from({ length: 2_000 }, (_, seed) => seed);
const gaps = (dials: readonly number[]): number[] =>
  dials.slice(1).map((at, index) => at - (dials[index] ?? 0));
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('a service that accepts and drops after 50 ms', () => {
  const runs = sessions.map((seed) => flap(seed, 50, 60_000));

  it('gets at most 8 dials from a session in 60 s on average', () => {
    const average = mean(runs.map(({ dialsAtMs }) => dialsAtMs.filter((at) => at < 60_000).length));
    expect(average).toBeLessThanOrEqual(8);
    expect(average).toBeGreaterThan(5);
  });

  it('never gets more than 10 dials from a session in 50 s', () => {
    const most = Math.max(...runs.map(({ dialsAtMs }) => dialsAtMs.filter((at) => at < 50_000).length));
    expect(most).toBeLessThanOrEqual(10);
  });

  it('never gets two dials from a session within 100 ms', () => {
    expect(Math.min(...runs.flatMap(({ dialsAtMs }) => gaps(dialsAtMs)))).toBeGreaterThanOrEqual(100);
  });

  it('ends a session within 5 minutes, after at most 40 attempts and 18 on average', () => {
    const ended = sessions.map((seed) => flap(seed, 50, 600_000));
    for (const { dialsAtMs, gaveUp } of ended) {
      expect(gaveUp).toBe('elapsed');
      expect(dialsAtMs.length).toBeLessThanOrEqual(40);
      expect(dialsAtMs.at(-1)).toBeLessThanOrEqual(300_000 + 40 * 50);
    }
    expect(mean(ended.map(({ dialsAtMs }) => dialsAtMs.length))).toBeLessThanOrEqual(18);
  });

  it('gets no more dials from a session that had been stable before', () => {
    const lateRuns = sessions.map((seed) => flap(seed, 50, 3_660_000, DEFAULT_RETRY_POLICY, 3_600_000));
    const redials = lateRuns.map(({ dialsAtMs }) => dialsAtMs.slice(1).filter((at) => at < 3_660_000).length);
    expect(mean(redials)).toBeLessThanOrEqual(8);
    expect(Math.max(...redials)).toBeLessThanOrEqual(12);
  });
});

describe('connections that end just after they count as stable', () => {
  it('never use up the attempts: a session continues for an hour', () => {
    const { dialsAtMs, gaveUp } = flap(1, DEFAULT_RETRY_POLICY.stableAfterMs, 3_600_000);
    expect(gaveUp).toBeUndefined();
    expect(dialsAtMs.length).toBeGreaterThan(500);
    expect(Math.max(...gaps(dialsAtMs))).toBeLessThanOrEqual(6_000);
  });

  it('keep the minimum interval also when every connection counts as stable', () => {
    const policy = resolveRetryPolicy({ stableAfterMs: 0, backoff: { baseMs: 0 } });
    expect(Math.min(...gaps(flap(1, 0, 10_000, policy).dialsAtMs))).toBe(100);
  });
});
