/** The arguments of an application's own `retry.decide`, and the effect of its results. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_TIMER_MS } from '../../../src/core/option/option-check.js';
import { applicationDecision, retryContext } from '../../../src/core/policy/application-decision.js';
import { decide } from '../../../src/core/policy/decide.js';
import type { DecidableFailure, Decision } from '../../../src/core/policy/decide.js';
import { beginOutage } from '../../../src/core/policy/outage.js';
import type { Outage } from '../../../src/core/policy/outage.js';
import { resolveRetryPolicy } from '../../../src/core/policy/resolve-retry-policy.js';

const policy = resolveRetryPolicy({ rules: { upstreamError: { backoff: { minIntervalMs: 400 } } } });
const failure: DecidableFailure = {
  code: 'connectionFailed',
  phase: 'websocket_connect',
  step: 'upgrade',
  permanent: false,
  tokenStale: false,
};
const NOW_MS = 10_000;
const outage: Outage = { ...beginOutage(4_000), attempts: 3, lastAttemptAtMs: 9_950 };
const retried = decide(policy, outage, failure, NOW_MS, () => 0.5);
const surfaced = decide(policy, outage, { ...failure, code: 'avatarNotFound' }, NOW_MS, () => 0.5);

function answered(answer: unknown, proposed: Decision = retried, of: Partial<DecidableFailure> = {}) {
  return applicationDecision(
    { policy, outage, failure: { ...failure, ...of }, nowMs: NOW_MS, proposed },
    answer,
  );
}

describe('the context of the call', () => {
  it('has the failure with the names of the error’s fields, the number of attempts and the time', () => {
    const facts = {
      code: 'upstreamError',
      phase: 'websocket_connect',
      step: 'upgrade',
      origin: 'gateway',
      permanent: false,
    } as const;
    const given = { ...facts, httpStatus: 503, retryAfterMs: 7, tokenStale: true };
    expect(retryContext(given, outage, NOW_MS)).toStrictEqual({
      ...facts,
      httpStatus: 503,
      retryAfterMs: 7,
      attempt: 3,
      elapsedMs: 6_000,
    });
  });

  it('has no field for unknown values', () => {
    const least = { code: 'connectionClosed', phase: 'websocket_runtime', permanent: false } as const;
    expect(retryContext({ ...least, closeCode: 1012 }, beginOutage(0), 0)).toStrictEqual({
      ...least,
      closeCode: 1012,
      attempt: 0,
      elapsedMs: 0,
    });
  });
});

describe('a result that is the proposed decision', () => {
  it.each<[string, unknown, Decision]>([
    ['nothing', undefined, retried],
    ['a copy', { ...retried }, retried],
    ['a copy of giving up', { ...surfaced }, surfaced],
    [
      'the same delay',
      { action: 'retry', delayMs: retried.action === 'retry' ? retried.delayMs : -1 },
      retried,
    ],
    ['giving up where that is proposed', { action: 'giveUp' }, surfaced],
  ])('%s changes nothing', (_name, answer, proposed) => {
    expect(answered(answer, proposed)).toBe(proposed);
  });
});

describe('a result other than the proposed decision', () => {
  it('can be a delay, and the clause names its source', () => {
    expect(answered({ action: 'retry', delayMs: 250 })).toStrictEqual({
      action: 'retry',
      delayMs: 250,
      minDelayMs: 250,
      maxDelayMs: 250,
      source: 'application',
      why: `retry.decide chose: attempt 4, 250 ms; the policy proposed: ${retried.why}`,
    });
  });

  it('can end the session by rule, and the clause names its source', () => {
    expect(answered({ action: 'giveUp' })).toStrictEqual({
      action: 'giveUp',
      reason: 'rule',
      why: `retry.decide chose: given up; the policy proposed: ${retried.why}`,
    });
  });

  it('can retry a failure that the table surfaces', () => {
    expect(answered({ action: 'retry', delayMs: 250 }, surfaced)).toMatchObject({
      action: 'retry',
      delayMs: 250,
      why: 'retry.decide chose: attempt 4, 250 ms; the policy proposed: surfaced: the table does not retry avatarNotFound',
    });
  });

  it.each<[string, number, number, Partial<DecidableFailure>]>([
    ['raised to the minimum interval between dials', 0, 50, {}],
    ['raised to the minimum interval of the row', 0, 350, { code: 'upstreamError' }],
    ['cut to the longest delay of a timer', 1e12, MAX_TIMER_MS, {}],
    ['rounded up', 99.1, 100, {}],
  ])('is %s', (_name, delayMs, expected, of) => {
    expect(answered({ action: 'retry', delayMs }, surfaced, of)).toMatchObject({ delayMs: expected });
  });

  it('still replaces a stale token', () => {
    const stale = { ...failure, code: 'sessionTokenExpired', tokenStale: true } as const;
    const proposed = decide(policy, outage, stale, NOW_MS, () => 0.5);
    expect(proposed).toMatchObject({ source: 'staleToken' });
    expect(answered({ action: 'retry', delayMs: 500 }, proposed)).toMatchObject({
      delayMs: 500,
      source: 'staleToken',
    });
  });
});

describe('an invalid result:', () => {
  it.each([
    null,
    true,
    'retry',
    250,
    {},
    [],
    { action: 'wait', delayMs: 1 },
    { action: 'retry' },
    { action: 'retry', delayMs: '250' },
    { action: 'retry', delayMs: NaN },
    { action: 'retry', delayMs: -1 },
    { action: 'retry', delayMs: Infinity },
  ])('%j', (answer) => {
    expect(answered(answer)).toBeUndefined();
  });

  it('a function, also with the members of a decision', () => {
    expect(answered(Object.assign(() => undefined, { action: 'giveUp' }))).toBeUndefined();
  });
});

it('for any result, a delay is an integer, fits a timer, and keeps the minimum interval between dials', () => {
  const number = fc.oneof(fc.double(), fc.integer({ min: -10, max: 1_000 }));
  fc.assert(
    fc.property(number, fc.integer({ min: 0, max: 500 }), (delayMs, sinceDialMs) => {
      const recent = { ...outage, lastAttemptAtMs: NOW_MS - sinceDialMs };
      const asked = { policy, outage: recent, failure, nowMs: NOW_MS, proposed: surfaced };
      const decision = applicationDecision(asked, { action: 'retry', delayMs });
      if (decision?.action !== 'retry') {
        expect(delayMs >= 0 && Number.isFinite(delayMs)).toBe(false);
        return;
      }
      expect(Number.isInteger(decision.delayMs)).toBe(true);
      expect(decision.delayMs).toBeGreaterThanOrEqual(policy.backoff.minIntervalMs - sinceDialMs);
      expect(decision.delayMs).toBeLessThanOrEqual(MAX_TIMER_MS);
    }),
  );
});
