/**
 * The effect of each failure on the gate: of every code, every origin, and losses of confirmed connections.
 */
import { describe, expect, it } from 'vitest';
import { AVATAR_SDK_ERROR_CODES } from '../../../src/core/failure/avatar-sdk-error-code.js';
import type { DecidableFailure } from '../../../src/core/policy/decide.js';
import { dialEvidence, lossEvidence } from '../../../src/core/gate/gate-belief.js';

const UNREACHABLE = ['connectionFailed', 'connectionClosed', 'upstreamError', 'serverError'];
const failure = (code: DecidableFailure['code'], more: Partial<DecidableFailure> = {}): DecidableFailure => ({
  code,
  phase: 'websocket_connect',
  permanent: false,
  ...more,
});

describe('a dial that failed is evidence about the endpoint, or about the account', () => {
  it.each(AVATAR_SDK_ERROR_CODES)('%s', (code) => {
    const { endpoint, account, hintOf } = dialEvidence(failure(code));
    const expected = UNREACHABLE.includes(code)
      ? 'unreachable'
      : code === 'unknown'
        ? 'inconclusive'
        : 'refused';
    expect(endpoint).toBe(expected);
    expect(account).toBe(code === 'concurrencyLimit' ? 'throttled' : 'none');
    expect(hintOf).toBe(UNREACHABLE.includes(code) ? 'endpoint' : 'account');
    expect(dialEvidence(failure(code, { phase: 'session_token' })).endpoint).toBe(expected);
  });

  it('is no evidence about the endpoint if waiting cannot remedy it', () => {
    expect(dialEvidence(failure('connectionFailed', { permanent: true })).endpoint).toBe('inconclusive');
  });
});

describe('a failure that did not happen at the endpoint', () => {
  it.each(AVATAR_SDK_ERROR_CODES)('is no evidence (%s)', (code) => {
    for (const origin of ['application', 'local'] as const) {
      const about = { endpoint: 'none', account: 'none', hintOf: undefined };
      expect(dialEvidence(failure(code, { origin, retryAfterMs: 1_000 }))).toEqual(about);
      expect(lossEvidence({ code, origin })).toEqual(about);
    }
  });
});

describe('a response that is not from the service', () => {
  it('is no evidence that the service is up, but can be evidence that it is down', () => {
    const origin = 'gateway';
    expect(dialEvidence(failure('appIDUnrecognized', { origin })).endpoint).toBe('none');
    expect(dialEvidence(failure('upstreamError', { origin })).endpoint).toBe('unreachable');
  });

  it('limits all sessions if it is a rate limit without a Retry-After, and only its account with one', () => {
    const limit = failure('concurrencyLimit', { origin: 'gateway' });
    expect(dialEvidence(limit)).toMatchObject({ endpoint: 'unreachable', account: 'throttled' });
    const hinted = { ...limit, retryAfterMs: 1_000 };
    expect(dialEvidence(hinted)).toEqual({ endpoint: 'none', account: 'throttled', hintOf: 'account' });
  });
});

describe('a confirmed connection that was lost', () => {
  it.each(AVATAR_SDK_ERROR_CODES)('%s', (code) => {
    const { endpoint, account } = lossEvidence({ code });
    expect(endpoint === 'unreachable').toBe(UNREACHABLE.includes(code));
    expect(account === 'throttled').toBe(code === 'concurrencyLimit');
  });
});
