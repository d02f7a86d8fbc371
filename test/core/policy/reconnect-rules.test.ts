/** The rows of the policy table that count only in a session that has had a connection. */
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
/** A stable connection was lost. */
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

/** As the shell does it: what failed is noticed, and then decided about. */
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

  it('is replaced, with a delay as after any loss, and a reason', () => {
    const decision = decided(ranOut, { outage: lost });
    expect(decision).toMatchObject({ action: 'retry', source: 'backoff', minDelayMs: 0, maxDelayMs: 1_000 });
    expect(decision.why).toMatch(
      /^sessionTokenExpired is retried: .*; the token had been accepted, so it has expired$/,
    );
  });

  it.each<[string, Partial<DecidableFailure>, Parameters<typeof decided>[1]]>([
    ['once in an outage', {}, { outage: { ...lost, tokenReplaced: true } }],
    ['only then: the refusal of one minted for this dial is meant', { phase: 'websocket_connect' }, {}],
    ['not when it is called invalid', { code: 'sessionTokenInvalid' }, { outage: lost }],
    ['not without a reconnect', {}, { outage: lost, options: false }],
    [
      'not where lost connections are not replaced',
      {},
      { outage: lost, options: { rules: { connectionClosed: 'surface' } } },
    ],
  ])('%s', (_what, given, scene) => {
    expect(outcome({ ...ranOut, ...given }, scene)).toBe('rule');
  });
});

describe('the token of a room that is refused', () => {
  const refused = failed({ code: 'invalidEgressConfig', roomTokenRefused: true });

  it('on a reconnect is replaced, with a delay as after any loss, and a reason', () => {
    const decision = decided(refused);
    expect(decision).toMatchObject({ action: 'retry', source: 'backoff', minDelayMs: 0, maxDelayMs: 2_000 });
    expect(decision.why).toMatch(
      /^invalidEgressConfig is retried: .*; the function had returned a token that was accepted: this one has expired$/,
    );
  });

  it('is replaced as well where it ends a confirmed connection', () => {
    expect(decided({ ...refused, phase: 'websocket_runtime' }, { outage: lost }).action).toBe('retry');
  });

  it.each<[string, Partial<DecidableFailure>, Parameters<typeof decided>[1]]>([
    ['once in an outage', {}, { outage: { ...redialled, roomTokenReplaced: true } }],
    ['not on a first connect', {}, { outage: first }],
    ['not where no function can give another one', { roomTokenRefused: false }, {}],
    ['not without a reconnect', {}, { options: false }],
    [
      'not where lost connections are not replaced',
      {},
      { options: { rules: { connectionClosed: 'surface' } } },
    ],
  ])('%s', (_what, given, scene) => {
    expect(outcome({ ...refused, ...given }, scene)).toBe('rule');
  });

  it('is not the token of the session: each is replaced once', () => {
    const outage = retryDecided(redialled, refused);
    expect(outage).toMatchObject({ roomTokenReplaced: true, tokenReplaced: false });
    const ranOut = failed({ code: 'sessionTokenExpired', phase: 'websocket_runtime' });
    expect(decided(ranOut, { outage }).action).toBe('retry');
    expect(retryDecided(outage, ranOut)).toMatchObject({ roomTokenReplaced: true, tokenReplaced: true });
  });
});

describe('a limit of the plan after a lost connection', () => {
  const ghost = failed({});

  it('is our own ghost: retried with backoff', () => {
    expect(decided(ghost)).toMatchObject({ action: 'retry', source: 'backoff', maxDelayMs: 2_000 });
    expect(decided(ghost).why).toContain('; the service still counts the connection that was lost');
  });

  it('is retried at most until the service must have noticed; the last dial comes then', () => {
    const outage = { ...redialled, attempts: 9 };
    expect(outcome(ghost, { outage, nowMs: LOST_AT_MS + 45_000, draw: 0.9 })).toBe(15_000);
    expect(outcome(ghost, { outage, nowMs: LOST_AT_MS + 59_999.5, draw: 0.9 })).toBe(1);
    expect(outcome(ghost, { outage, nowMs: LOST_AT_MS + 60_000 })).toBe('rule');
  });

  it('also after a connection that the session replaced on purpose', () => {
    const outage = attemptStarted(beginOutage(LOST_AT_MS, LOST_AT_MS), LOST_AT_MS);
    expect(decided(ghost, { outage }).action).toBe('retry');
  });

  it('also when the service confirms first and closes with it then, until the lost connection must have been noticed', () => {
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

  it('is obeyed when it has a time', () => {
    expect(decided({ ...ghost, retryAfterMs: 7_000 })).toMatchObject({ source: 'hint', minDelayMs: 7_000 });
  });

  it.each<[string, Partial<DecidableFailure>, Parameters<typeof decided>[1]]>([
    ['not on a first connect', {}, { outage: first }],
    ['not when it ends a stable connection', { phase: 'websocket_runtime' }, { outage: lost }],
    ['not when the application surfaces it', {}, { options: { rules: { concurrencyLimit: 'surface' } } }],
    ['not with retry: false', {}, { options: false }],
    ['not when it can not heal', { permanent: true }, {}],
  ])('%s', (_what, given, scene) => {
    expect(outcome({ ...ghost, ...given }, scene)).toBe('rule');
  });

  it('keeps to the limits of the outage', () => {
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

describe('a bad certificate in a session that had been connected', () => {
  const bad = failed({ code: 'connectionFailed', permanent: true, origin: 'transport' });

  it('is being replaced: retried for a minute from the first one, and the last dial comes then', () => {
    expect(decided(bad)).toMatchObject({ action: 'retry', source: 'backoff' });
    expect(decided(bad).why).toContain('; the certificate was good before: it is being replaced');
    const outage = { ...redialled, attempts: 9, badCertificateAtMs: 200_000 };
    expect(outcome(bad, { outage, nowMs: 250_000, draw: 0.9 })).toBe(10_000);
    expect(outcome(bad, { outage, nowMs: 260_000 })).toBe('rule');
  });

  it.each<[string, Partial<DecidableFailure>, Parameters<typeof decided>[1]]>([
    ['not on a first connect', {}, { outage: first }],
    ['not an address that can not be dialled', { origin: 'local' }, {}],
    [
      'not when the application surfaces connectionFailed',
      {},
      { options: { rules: { connectionFailed: 'surface' } } },
    ],
    ['not with retry: false', {}, { options: false }],
  ])('%s', (_what, given, scene) => {
    expect(outcome({ ...bad, ...given }, scene)).toBe('rule');
  });

  it('is retried for as long as the row says, when the row retries permanent failures', () => {
    const options = { ...PATIENT, rules: { connectionFailed: { retryPermanent: true } } };
    const outage = { ...redialled, badCertificateAtMs: 1 };
    expect(decided(bad, { outage, options, nowMs: 900_000 }).action).toBe('retry');
  });
});

it('every other failure of a reconnect follows its row', () => {
  expect(outcome(failed({ code: 'serverError' }))).toBe('rule');
  expect(outcome(failed({ code: 'upstreamError' }))).toBe(1_000);
});
