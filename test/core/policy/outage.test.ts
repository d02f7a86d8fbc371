/** The history of one outage, event by event. */
import { describe, expect, it } from 'vitest';
import {
  attemptStarted,
  beginOutage,
  connectionLost,
  elapsedMs,
  failureNoticed,
  retryDecided,
} from '../../../src/core/policy/outage.js';
import type { ConnectionLoss } from '../../../src/core/policy/outage.js';
import type { DecidableFailure } from '../../../src/core/policy/decidable-failure.js';

const STABLE_AFTER_MS = 5_000;
const BEGUN = {
  startedAtMs: 7,
  workedMs: 0,
  attempts: 0,
  lostConnection: false,
  lastEndedAtMs: undefined,
  replacedEndedAtMs: undefined,
  tokenReplaced: false,
  roomTokenReplaced: false,
  badCertificateAtMs: undefined,
};
const lost = (given: Partial<ConnectionLoss>): ConnectionLoss => ({
  confirmedAtMs: 1_000,
  nowMs: 2_000,
  stableAfterMs: STABLE_AFTER_MS,
  ...given,
});
const failed = (given: Partial<DecidableFailure>): DecidableFailure => ({
  code: 'connectionFailed',
  phase: 'websocket_connect',
  permanent: false,
  ...given,
});
const EXPIRED = failed({ code: 'sessionTokenExpired' });
const BAD_CERTIFICATE = failed({ permanent: true, origin: 'transport' });

describe('an outage', () => {
  it('begins without a dial, a loss or a replaced token', () => {
    expect(beginOutage(7)).toStrictEqual(BEGUN);
  });

  it('has the time at which the session ended the connection that is replaced on purpose', () => {
    expect(beginOutage(7, 5)).toStrictEqual({ ...BEGUN, lastEndedAtMs: 5 });
  });

  it('counts every dial, and has the time of the latest dial', () => {
    const outage = attemptStarted(attemptStarted(beginOutage(7, 5), 10), 250);
    expect(outage).toStrictEqual({ ...BEGUN, attempts: 2, lastAttemptAtMs: 250, lastEndedAtMs: 5 });
  });

  it('keeps the replaced tokens across the next dials', () => {
    const tried = retryDecided(failureNoticed(beginOutage(7), BAD_CERTIFICATE, 9), EXPIRED);
    expect(attemptStarted(tried, 10)).toMatchObject({ tokenReplaced: true, badCertificateAtMs: 9 });
  });

  it('is immutable: an event does not change the previous value', () => {
    const outage = Object.freeze(beginOutage(7));
    attemptStarted(outage, 8);
    failureNoticed(outage, BAD_CERTIFICATE, 8);
    retryDecided(outage, EXPIRED);
    connectionLost(outage, lost({}));
    expect(outage).toStrictEqual(BEGUN);
  });
});

describe('a refused token', () => {
  it.each([
    ['at the upgrade', EXPIRED, true],
    ['that ends a connection', { ...EXPIRED, phase: 'websocket_runtime' }, true],
    ['that is called invalid', failed({ code: 'sessionTokenInvalid' }), true],
    ['at the console', { ...EXPIRED, phase: 'session_token' }, false],
    ['another failure', failed({}), false],
  ] as const)('%s: replaced %s', (_what, failure, tokenReplaced) => {
    expect(retryDecided(beginOutage(0), failure)).toMatchObject({ tokenReplaced });
  });
});

describe('a bad certificate', () => {
  it('is recorded with the time of the first one', () => {
    const first = failureNoticed(beginOutage(0), BAD_CERTIFICATE, 50);
    expect(failureNoticed(first, BAD_CERTIFICATE, 90)).toMatchObject({ badCertificateAtMs: 50 });
  });

  it.each([
    ['a failure that can be temporary', failed({ origin: 'transport' })],
    ['an address that cannot be dialled', failed({ permanent: true, origin: 'local' })],
    ['a failure of unknown origin', failed({ permanent: true })],
    ['a close code', failed({ code: 'connectionClosed', permanent: true, origin: 'transport' })],
  ])('is not %s', (_what, failure) => {
    expect(failureNoticed(beginOutage(0), failure, 50).badCertificateAtMs).toBeUndefined();
  });
});

describe('a lost connection', () => {
  const once = attemptStarted(beginOutage(0), 0);
  const twice = retryDecided(attemptStarted(once, 900), EXPIRED);

  it('that was not stable yet continues the outage, and the time in which it worked does not count', () => {
    const outage = connectionLost(twice, lost({ nowMs: 5_999 }));
    expect(outage).toStrictEqual({ ...twice, workedMs: 4_999, lostConnection: true, lastEndedAtMs: 5_999 });
    expect(elapsedMs(outage, 6_500)).toBe(1_501);
    const again = connectionLost(attemptStarted(outage, 6_500), lost({ confirmedAtMs: 6_600, nowMs: 6_700 }));
    expect(again.workedMs).toBe(5_099);
  });

  it.each([6_000, 3_600_000])('that was stable begins a new outage (lost at %i)', (nowMs) => {
    expect(connectionLost(twice, lost({ nowMs }))).toStrictEqual({
      ...BEGUN,
      startedAtMs: nowMs,
      lastAttemptAtMs: 900,
      lostConnection: true,
      lastEndedAtMs: nowMs,
    });
  });

  it('worked until its last sign of life, not until its loss is detected', () => {
    const silentLoss = lost({ lastSignOfLifeAtMs: 1_200, nowMs: 11_000 });
    const outage = connectionLost(twice, silentLoss);
    expect(outage).toMatchObject({ attempts: 2, workedMs: 200, lastEndedAtMs: 11_000 });
    // The time after the last sign of life belongs to the outage.
    expect(elapsedMs(outage, 11_000)).toBe(10_800);
  });

  it('on the first dial starts the time of the outage when its loss is noticed, and keeps the number of attempts', () => {
    const outage = connectionLost(once, lost({ lastSignOfLifeAtMs: 1_000, nowMs: 11_000 }));
    expect(outage).toMatchObject({ attempts: 1, startedAtMs: 11_000, workedMs: 0, lostConnection: true });
    const second = connectionLost(
      attemptStarted(outage, 12_000),
      lost({ confirmedAtMs: 12_100, nowMs: 22_100, lastSignOfLifeAtMs: 12_100 }),
    );
    expect([second.attempts, elapsedMs(second, 22_100)]).toEqual([2, 11_100]);
  });

  it('has no latest dial if none was made', () => {
    const outage = connectionLost(beginOutage(7), lost({ confirmedAtMs: 0, nowMs: 9_000 }));
    expect(outage).toStrictEqual({
      ...BEGUN,
      startedAtMs: 9_000,
      lostConnection: true,
      lastEndedAtMs: 9_000,
    });
  });

  it('counts as stable by the time since its confirmation, not since its dial', () => {
    expect(connectionLost(once, lost({ confirmedAtMs: 4_000, nowMs: 6_000 })).attempts).toBe(1);
  });

  it('begins a new outage after any time, if stableAfterMs is 0', () => {
    const outage = connectionLost(twice, lost({ nowMs: 1_000, stableAfterMs: 0 }));
    expect(outage).toMatchObject({ attempts: 0, startedAtMs: 1_000, tokenReplaced: false });
  });

  it('never has a negative working time, also if its times are in the wrong order', () => {
    const outage = connectionLost(twice, lost({ lastSignOfLifeAtMs: 400 }));
    expect(outage.workedMs).toBe(0);
  });
});
