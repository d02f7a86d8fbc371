/** One drain, notice by notice, and the window in which its sessions reconnect. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/core/policy/decide.js';
import type { DecidableFailure } from '../../../src/core/policy/decide.js';
import { resolveRetryPolicy } from '../../../src/core/policy/resolve-retry-policy.js';
import { DEFAULT_RETRY_POLICY } from '../../../src/core/policy/retry-presets.js';
import { drainNoticed, drainWindowMs, isDrainNotice } from '../../../src/core/policy/delay.js';
import { attemptStarted, beginOutage } from '../../../src/core/policy/outage.js';

describe('a drain notice', () => {
  it.each([
    [1001, true],
    [1012, true],
    [1013, true],
    [4503, true],
    [1000, false],
    [1006, false],
    [1011, false],
    [undefined, false],
  ])('close code %s: %s', (closeCode, expected) => expect(isDrainNotice(closeCode)).toBe(expected));

  const FIRST = { sessions: 500, noticedAtMs: 1_000_000 };
  it.each([
    ['the first one counts the existing sessions', undefined, 500, 1_000_000, 500],
    ['the last session still counts those before it', FIRST, 1, 1_000_200, 500],
    ['sessions that were added meanwhile count', FIRST, 501, 1_000_200, 501],
    ['5 s later it is the same drain', FIRST, 1, 1_005_000, 500],
    ['after more than 5 s it is another drain', FIRST, 1, 1_005_001, 1],
  ] as const)('%s', (_what, drain, sessions, nowMs, counted) => {
    expect(drainNoticed(drain, sessions, nowMs)).toEqual({ sessions: counted, noticedAtMs: nowMs });
  });
});

describe('the window of the first delay', () => {
  const { backoff } = DEFAULT_RETRY_POLICY;
  it.each([
    { sessions: 1, windowMs: 1_000 },
    { sessions: 100, windowMs: 1_000 },
    { sessions: 500, windowMs: 5_000 },
    { sessions: 1_000, windowMs: 10_000 },
    { sessions: 1_000_000, windowMs: 45_000 },
  ])('of $sessions sessions is $windowMs ms', ({ sessions, windowMs }) => {
    expect(drainWindowMs(sessions, backoff)).toBe(windowMs);
  });

  it('is never above the cap, even if the base is', () => {
    expect(drainWindowMs(500, { ...backoff, capMs: 200 })).toBe(200);
  });
});

describe('the decision about a session that gets a drain notice together with others', () => {
  const lost = { ...beginOutage(0), lostConnection: true };
  const alone: DecidableFailure = { code: 'connectionClosed', phase: 'websocket_runtime', permanent: false };
  const drained: DecidableFailure = { ...alone, drainedSessions: 400 };

  it('draws the first delay from the wider window', () => {
    expect(decide(resolveRetryPolicy(undefined), lost, drained, 0, () => 0.5)).toMatchObject({
      delayMs: 2_000,
      maxDelayMs: 4_000,
      why: 'connectionClosed is retried: attempt 1, 2.0 s of at most 4.0 s, for 400 sessions with the same drain notice',
    });
  });

  it.each([
    ['few sessions get the notice', { drainedSessions: 5 }, lost, undefined, 1],
    ['the sessions just fit the usual window', { drainedSessions: 100 }, lost, undefined, 1],
    ['the session has dialled since', {}, attemptStarted(lost, 0), undefined, 2],
    ['jitter is switched off', {}, lost, { backoff: { jitter: 'none' } }, 1],
  ] as const)('has no effect and no clause where %s', (_where, more, outage, options, attempt) => {
    const policy = resolveRetryPolicy(options);
    const usual = decide(policy, outage, alone, 0, () => 0.5);
    expect(usual.why).toContain(`attempt ${attempt}, `);
    expect(decide(policy, outage, { ...drained, ...more }, 0, () => 0.5)).toStrictEqual(usual);
  });
});

describe('the decision when only one session loses the endpoint', () => {
  const lost = { ...beginOutage(0), lostConnection: true };
  const usual: DecidableFailure = { code: 'connectionClosed', phase: 'websocket_runtime', permanent: false };
  const lone: DecidableFailure = { ...usual, isLone: true };

  it.each(['default', 'patient', 'interactive'] as const)(
    'draws the first delay from 0 to 250 ms with the preset %s, and gives the reason',
    (preset) => {
      const decision = decide(resolveRetryPolicy(preset), lost, lone, 0, () => 0.5);
      expect(decision).toMatchObject({ delayMs: 125, minDelayMs: 0, maxDelayMs: 250, source: 'backoff' });
      const says = decision.why.endsWith('as no other session lost this endpoint within the last second');
      expect(says).toBe(preset !== 'interactive');
    },
  );

  it.each([
    ['it is a drain notice', { drainedSessions: 1 }, lost, undefined],
    ['the session has dialled since', {}, attemptStarted({ ...lost, replacedEndedAtMs: 0 }, 0), undefined],
    ['the session has dialled twice', {}, attemptStarted(attemptStarted(lost, 0), 0), undefined],
    ['no connection was lost', {}, beginOutage(0), undefined],
    ['jitter is switched off', {}, lost, { backoff: { jitter: 'none' } }],
    ['the usual delay is not longer than 250 ms', {}, lost, { backoff: { baseMs: 250 } }],
    ['the cap is not longer than 250 ms', {}, lost, { backoff: { capMs: 100 } }],
  ] as const)('has no effect and no clause where %s', (_where, more, outage, options) => {
    const policy = resolveRetryPolicy(options);
    expect(decide(policy, outage, { ...lone, ...more }, 0, () => 0.5)).toStrictEqual(
      decide(policy, outage, usual, 0, () => 0.5),
    );
  });
});
