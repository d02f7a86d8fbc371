/** One outage's history, event by event. */
import { describe, expect, it } from 'vitest';
import {
  attemptStarted,
  beginOutage,
  connectionLost,
  tokenReplaced,
} from '../../../src/core/policy/outage.js';

const STABLE_AFTER_MS = 5_000;

describe('an outage', () => {
  it('begins without a dial, a loss or a replaced token', () => {
    expect(beginOutage(7)).toStrictEqual({
      startedAtMs: 7,
      attempts: 0,
      lostConnection: false,
      tokenReplaced: false,
    });
  });

  it('counts every dial, and remembers when the latest one began', () => {
    const outage = attemptStarted(attemptStarted(beginOutage(0), 10), 250);
    expect(outage).toStrictEqual({
      startedAtMs: 0,
      attempts: 2,
      lastAttemptAtMs: 250,
      lostConnection: false,
      tokenReplaced: false,
    });
  });

  it('remembers that a stale token was replaced', () => {
    expect(tokenReplaced(attemptStarted(beginOutage(0), 0))).toMatchObject({
      attempts: 1,
      tokenReplaced: true,
    });
  });

  it('is a value: no event changes the one before', () => {
    const outage = Object.freeze(beginOutage(0));
    attemptStarted(outage, 1);
    tokenReplaced(outage);
    connectionLost(outage, { confirmedAtMs: 0, nowMs: 1, stableAfterMs: STABLE_AFTER_MS });
    expect(outage).toStrictEqual(beginOutage(0));
  });
});

describe('a lost connection', () => {
  const outage = tokenReplaced(attemptStarted(attemptStarted(beginOutage(0), 0), 900));

  it('that was not stable yet lets the same outage go on', () => {
    const loss = { confirmedAtMs: 1_000, nowMs: 5_999, stableAfterMs: STABLE_AFTER_MS };
    expect(connectionLost(outage, loss)).toStrictEqual({ ...outage, lostConnection: true });
  });

  it.each([6_000, 3_600_000])('that was stable begins a fresh outage (lost at %i)', (nowMs) => {
    const loss = { confirmedAtMs: 1_000, nowMs, stableAfterMs: STABLE_AFTER_MS };
    expect(connectionLost(outage, loss)).toStrictEqual({
      startedAtMs: nowMs,
      attempts: 0,
      lastAttemptAtMs: 900,
      lostConnection: true,
      tokenReplaced: false,
    });
  });

  it('knows of no latest dial where none was made', () => {
    const loss = { confirmedAtMs: 0, nowMs: 9_000, stableAfterMs: STABLE_AFTER_MS };
    expect(connectionLost(beginOutage(0), loss)).toStrictEqual({
      ...beginOutage(9_000),
      lostConnection: true,
    });
  });

  it('is judged from the confirmation, not from the dial', () => {
    const slowDial = attemptStarted(beginOutage(0), 0);
    const loss = { confirmedAtMs: 4_000, nowMs: 6_000, stableAfterMs: STABLE_AFTER_MS };
    expect(connectionLost(slowDial, loss).attempts).toBe(1);
  });

  it('begins a fresh outage whenever it was confirmed, if stableAfterMs is 0', () => {
    const loss = { confirmedAtMs: 1_000, nowMs: 1_000, stableAfterMs: 0 };
    expect(connectionLost(outage, loss)).toMatchObject({ attempts: 0, startedAtMs: 1_000 });
  });
});
