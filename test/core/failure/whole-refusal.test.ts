/** Whole refusals over HTTP: every field that follows from status, headers and body, and no other field. */
import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/core/failure/classify.js';
import type { FailureFacts } from '../../../src/core/failure/failure-facts.js';
import { NOW_EPOCH_MS, tokenMissing, tokenRefused, upgradeRefused } from './facts.js';

/** The classification without its explanations: the matched row and the remedy. */
function whole(facts: FailureFacts): object {
  const all = Object.entries(classify(facts, NOW_EPOCH_MS));
  return Object.fromEntries(all.filter(([name]) => name !== 'matchedRow' && name !== 'remediation'));
}
const failure = { normalEnd: false, origin: 'service' } as const;

describe('a refusal over HTTP', () => {
  const bare = { ...failure, phase: 'session_token', step: 'request' } as const;

  it('without a body has only its status', () => {
    expect(whole(tokenRefused(500))).toStrictEqual({
      ...bare,
      origin: 'gateway',
      code: 'serverError',
      message: 'token request refused with HTTP 500',
      httpStatus: 500,
    });
  });

  it('has all fields of its body and its headers', () => {
    const error = {
      id: 'i-1',
      status: '503',
      code: 'BUSY',
      title: 'Busy',
      detail: 'come back',
      message: 'more',
    };
    const body = JSON.stringify({ errors: [error] });
    const headers = { 'retry-after': '3' };
    expect(whole(upgradeRefused(500, { body, headers, connectionId: 'c-1' }))).toStrictEqual({
      ...failure,
      phase: 'websocket_connect',
      step: 'upgrade',
      code: 'serverError',
      message: 'upgrade refused with HTTP 500 (come back)',
      httpStatus: 500,
      serverCode: 'BUSY',
      serverTitle: 'Busy',
      serverDetail: 'come back',
      requestId: 'i-1',
      connectionId: 'c-1',
      retryAfterMs: 3_000,
      rawBody: body,
    });
  });

  it('has its title as the message where the body has no other text', () => {
    expect(whole(tokenRefused(500, { body: '{"errors":[{"title":"Busy"}]}' }))).toMatchObject({
      message: 'token request refused with HTTP 500 (Busy)',
    });
  });

  it.each([
    ['a success', 200, { errors: [{ status: '503' }] }, 503],
    ['the highest success status', 299, { errors: [{ status: '300' }] }, 300],
    ['no success', 500, { errors: [{ status: '404' }] }, 500],
    ['a status below the successes', 199, { errors: [{ status: '404' }] }, 199],
    ['a redirect', 300, { errors: [{ status: '404' }] }, 300],
    ['a success within a success', 200, { errors: [{ status: '299' }] }, 200],
    ['a success without a status', 200, { errors: [{ title: 'no' }] }, 200],
    ['a success of another shape', 200, { error: { status: '503' } }, 200],
  ])('with %s as HTTP status reports the status of the failure', (_name, httpStatus, body, real) => {
    expect(whole(tokenRefused(httpStatus, { body: JSON.stringify(body) }))).toMatchObject({
      httpStatus: real,
    });
  });

  it('that is a response without a token says so, unless the body names a failure', () => {
    expect(whole(tokenMissing('{"message":"soon"}'))).toMatchObject({
      message: 'the token answer with HTTP 200 holds no session token (soon)',
    });
    expect(whole(tokenMissing('{"errors":[{"status":"503","title":"Busy"}]}'))).toMatchObject({
      message: 'token request refused with HTTP 503 (Busy)',
    });
  });

  it('with an invalid status is unknown', () => {
    expect(whole(tokenRefused(Number.NaN))).toMatchObject({ code: 'unknown' });
  });
});
