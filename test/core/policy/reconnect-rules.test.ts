/** The rules that apply only to a session that was connected before. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/core/policy/decide.js';
import type { DecidableFailure, Decision } from '../../../src/core/policy/decide.js';
import {
  attemptStarted,
  beginOutage,
  connectionLost,
  failureNoticed,
  retryDecided,
} from '../../../src/core/policy/outage.js';
import type { Outage } from '../../../src/core/policy/outage.js';
import { resolveRetryPolicy } from '../../../src/core/policy/resolve-retry-policy.js';
import type { RetryChoice } from '../../../src/core/policy/resolve-retry-policy.js';

const LOST_AT_MS = 100_000;
const PATIENT = { maxElapsedMs: Infinity, maxAttempts: Infinity };
/** The outage after the loss of a stable connection. */
const lost = connectionLost(attemptStarted(beginOutage(0), 0), {
  confirmedAtMs: 1_000,
  nowMs: LOST_AT_MS,
  stableAfterMs: 5_000,
});
const redialled = attemptStarted(lost, LOST_AT_MS + 1_000);
const first = attemptStarted(beginOutage(0), 0);

const failed = (given: Partial<DecidableFailure>): DecidableFailure => ({
  code: 'concurrencyLimit',
  phase: 'websocket_connect',
  origin: 'service',
  permanent: false,
  ...given,
});

/** Does what the client does: records the failure and then decides. */
function decided(
  failure: DecidableFailure,
  {
    outage = redialled,
    options = PATIENT,
    nowMs = LOST_AT_MS + 2_000,
    draw = 0.5,
  }: { outage?: Outage; options?: RetryChoice; nowMs?: number; draw?: number } = {},
): Decision {
  const policy = resolveRetryPolicy(options);
  return decide(policy, failureNoticed(outage, failure, nowMs), failure, nowMs, () => draw);
}
const outcome = (...given: Parameters<typeof decided>): string | number => {
  const decision = decided(...given);
  return decision.action === 'giveUp' ? decision.reason : decision.delayMs;
};

describe('a token that ends a confirmed connection', () => {
  const ranOut = failed({ code: 'sessionTokenExpired', phase: 'websocket_runtime' });

  it('is replaced, with the delay of any loss, and a reason', () => {
    const decision = decided(ranOut, { outage: lost });
    expect(decision).toMatchObject({ action: 'retry', source: 'backoff', minDelayMs: 0, maxDelayMs: 1_000 });
    expect(decision.why).toMatch(
      /^sessionTokenExpired is retried: .*; the token had been accepted, so it has expired$/,
    );
  });

  it.each<[string, Partial<DecidableFailure>, Parameters<typeof decided>[1]]>([
    ['not a second time in an outage', {}, { outage: { ...lost, tokenReplaced: true } }],
    ['not when a dial is refused: its token was made for this dial', { phase: 'websocket_connect' }, {}],
    ['not when it is called invalid', { code: 'sessionTokenInvalid' }, { outage: lost }],
    ['not if the policy makes no retry', {}, { outage: lost, options: false }],
    [
      'not if the policy surfaces lost connections',
      {},
      { outage: lost, options: { rules: { connectionClosed: 'surface' } } },
    ],
  ])('%s', (_what, given, scene) => {
    expect(outcome({ ...ranOut, ...given }, scene)).toBe('rule');
  });
});

describe('a refused room token', () => {
  const refused = failed({ code: 'invalidEgressConfig', roomTokenRefused: true });

  it('is replaced on a reconnect, with the delay of any loss, and a reason', () => {
    const decision = decided(refused);
    expect(decision).toMatchObject({ action: 'retry', source: 'backoff', minDelayMs: 0, maxDelayMs: 2_000 });
    expect(decision.why).toMatch(
      /^invalidEgressConfig is retried: .*; the function had returned a token that was accepted: this one has expired$/,
    );
  });

  it('is replaced, too, if it ends a confirmed connection', () => {
    expect(decided({ ...refused, phase: 'websocket_runtime' }, { outage: lost }).action).toBe('retry');
  });

  it.each<[string, Partial<DecidableFailure>, Parameters<typeof decided>[1]]>([
    ['not a second time in an outage', {}, { outage: { ...redialled, roomTokenReplaced: true } }],
    ['not on a first connect', {}, { outage: first }],
    ['not if no function of the application can make another one', { roomTokenRefused: false }, {}],
    ['not if the policy makes no retry', {}, { options: false }],
    [
      'not if the policy surfaces lost connections',
      {},
      { options: { rules: { connectionClosed: 'surface' } } },
    ],
  ])('%s', (_what, given, scene) => {
    expect(outcome({ ...refused, ...given }, scene)).toBe('rule');
  });

  it('is independent of the session token: each is replaced once', () => {
    const outage = retryDecided(redialled, refused);
    expect(outage).toMatchObject({ roomTokenReplaced: true, tokenReplaced: false });
    const ranOut = failed({ code: 'sessionTokenExpired', phase: 'websocket_runtime' });
    expect(decided(ranOut, { outage }).action).toBe('retry');
    expect(retryDecided(outage, ranOut)).toMatchObject({ roomTokenReplaced: true, tokenReplaced: true });
  });
});

describe('concurrencyLimit after a lost connection', () => {
  const ghost = failed({});

  it('is caused by the lost connection, which the service still counts: retried with backoff', () => {
    expect(decided(ghost)).toMatchObject({ action: 'retry', source: 'backoff', maxDelayMs: 2_000 });
    expect(decided(ghost).why).toContain('; the service still counts the connection that was lost');
  });

  it('is retried until 60 s after the loss, when the service must have noticed it; the last dial is at that time', () => {
    const outage = { ...redialled, attempts: 9 };
    expect(outcome(ghost, { outage, nowMs: LOST_AT_MS + 45_000, draw: 0.9 })).toBe(15_000);
    expect(outcome(ghost, { outage, nowMs: LOST_AT_MS + 59_999.5, draw: 0.9 })).toBe(1);
    expect(outcome(ghost, { outage, nowMs: LOST_AT_MS + 60_000 })).toBe('rule');
  });

  it('is retried after a connection that the session replaced on purpose, too', () => {
    const outage = attemptStarted(beginOutage(LOST_AT_MS, LOST_AT_MS), LOST_AT_MS);
    expect(decided(ghost, { outage }).action).toBe('retry');
  });

  it('is retried for the same time when the service first confirms the dial and then closes with this code', () => {
    const runtime = { ...ghost, phase: 'websocket_runtime' } as const;
    const confirmed = (outage: Outage, atMs: number): Outage =>
      connectionLost(attemptStarted(outage, atMs), {
        confirmedAtMs: atMs,
        nowMs: atMs,
        stableAfterMs: 5_000,
      });
    const once = confirmed(lost, LOST_AT_MS + 1_000);
    expect(decided(runtime, { outage: once }).why).toContain('; the service still counts');
    const again = confirmed(once, LOST_AT_MS + 59_000);
    expect(decided(runtime, { outage: again, nowMs: LOST_AT_MS + 59_000 }).action).toBe('retry');
    expect(outcome(runtime, { outage: again, nowMs: LOST_AT_MS + 60_000 })).toBe('rule');
    expect(outcome(runtime, { outage: confirmed(beginOutage(0), 500) })).toBe('rule');
  });

  it('is retried after the wait that it asks for, if it has one', () => {
    expect(decided({ ...ghost, retryAfterMs: 7_000 })).toMatchObject({ source: 'hint', minDelayMs: 7_000 });
  });

  it.each<[string, Partial<DecidableFailure>, Parameters<typeof decided>[1]]>([
    ['not on a first connect', {}, { outage: first }],
    ['not when it ends a stable connection', { phase: 'websocket_runtime' }, { outage: lost }],
    ['not when the application surfaces it', {}, { options: { rules: { concurrencyLimit: 'surface' } } }],
    ['not with retry: false', {}, { options: false }],
    ['not when it is permanent', { permanent: true }, {}],
  ])('%s', (_what, given, scene) => {
    expect(outcome({ ...ghost, ...given }, scene)).toBe('rule');
  });

  it('is subject to the limits of the outage', () => {
    expect(outcome(ghost, { options: { maxAttempts: 1 } })).toBe('attempts');
    expect(outcome(ghost, { options: { maxElapsedMs: 2_000 } })).toBe('elapsed');
  });
});

describe('a rate limit of a gateway during a reconnect', () => {
  const limited = failed({ origin: 'gateway' });

  it('is retried with backoff, limited only by the outage', () => {
    const outage = { ...redialled, attempts: 9 };
    expect(outcome(limited, { outage, nowMs: LOST_AT_MS + 90_000, draw: 0.9 })).toBe(40_500);
    expect(outcome(limited, { options: { maxElapsedMs: 2_000 } })).toBe('elapsed');
    expect(decided(limited).why).toContain('; a rate limit in front of the service');
  });

  it('is surfaced on a first connect', () => {
    expect(outcome(limited, { outage: first })).toBe('rule');
  });
});

describe('a bad certificate in a session that was connected before', () => {
  const bad = failed({ code: 'connectionFailed', permanent: true, origin: 'transport' });

  it('is retried for one minute after the first failure, and the last dial is at that time', () => {
    expect(decided(bad)).toMatchObject({ action: 'retry', source: 'backoff' });
    expect(decided(bad).why).toContain('; the certificate was good before: it is being replaced');
    const outage = { ...redialled, attempts: 9, badCertificateAtMs: 200_000 };
    expect(outcome(bad, { outage, nowMs: 250_000, draw: 0.9 })).toBe(10_000);
    expect(outcome(bad, { outage, nowMs: 260_000 })).toBe('rule');
  });

  it.each<[string, Partial<DecidableFailure>, Parameters<typeof decided>[1]]>([
    ['not on a first connect', {}, { outage: first }],
    ['not if an address cannot be dialled', { origin: 'local' }, {}],
    [
      'not when the application surfaces connectionFailed',
      {},
      { options: { rules: { connectionFailed: 'surface' } } },
    ],
    ['not with retry: false', {}, { options: false }],
  ])('%s', (_what, given, scene) => {
    expect(outcome({ ...bad, ...given }, scene)).toBe('rule');
  });

  it('is retried for the time of the row, if the row retries permanent failures', () => {
    const options = { ...PATIENT, rules: { connectionFailed: { retryPermanent: true } } };
    const outage = { ...redialled, badCertificateAtMs: 1 };
    expect(decided(bad, { outage, options, nowMs: 900_000 }).action).toBe('retry');
  });
});

it('every other failure of a reconnect follows its row', () => {
  expect(outcome(failed({ code: 'serverError' }))).toBe('rule');
  expect(outcome(failed({ code: 'upstreamError' }))).toBe(1_000);
});
