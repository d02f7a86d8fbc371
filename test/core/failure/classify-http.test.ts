/**
 * Every row of §7.4 of the protocol notes, from an HTTP status to a code, and of §7.5, about 200 without a
 * token.
 */
import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/core/failure/classify.js';
import { NOW_EPOCH_MS, tokenMissing, tokenRefused, upgradeRefused } from './facts.js';
import { verdict } from './verdict.js';

describe('4. HTTP status', () => {
  it.each([
    [400, 'invalidRequest', 'sessionTokenInvalid'],
    [401, 'sessionTokenInvalid', 'sessionTokenExpired'],
    [403, 'sessionTokenInvalid', 'sessionTokenInvalid'],
    [402, 'billingRequired', 'billingRequired'],
    [404, 'appIDUnrecognized', 'appIDUnrecognized'],
    [408, 'connectionFailed', 'connectionFailed'],
    [425, 'connectionFailed', 'connectionFailed'],
    [429, 'concurrencyLimit', 'concurrencyLimit'],
    [500, 'serverError', 'serverError'],
    [501, 'serverError', 'serverError'],
    [502, 'upstreamError', 'upstreamError'],
    [503, 'upstreamError', 'upstreamError'],
    [504, 'upstreamError', 'upstreamError'],
    [599, 'serverError', 'serverError'],
    [405, 'invalidRequest', 'invalidRequest'],
    [499, 'invalidRequest', 'invalidRequest'],
    [301, 'invalidRequest', 'invalidRequest'],
    [307, 'invalidRequest', 'invalidRequest'],
    [200, 'protocolError', 'protocolError'],
    [204, 'protocolError', 'protocolError'],
    [0, 'unknown', 'unknown'],
    [600, 'unknown', 'unknown'],
  ])('%d is %s for a token and %s for an upgrade', (httpStatus, token, upgrade) => {
    expect(verdict(tokenRefused(httpStatus))).toBe(token);
    expect(verdict(upgradeRefused(httpStatus))).toBe(upgrade);
  });

  it('keeps the wait that the response asks for', () => {
    const headers = { 'retry-after': '30' };
    expect(classify(upgradeRefused(429, { headers }), NOW_EPOCH_MS)).toMatchObject({ retryAfterMs: 30_000 });
    expect(classify(tokenRefused(503, { headers }), NOW_EPOCH_MS)).toMatchObject({ retryAfterMs: 30_000 });
    expect(classify(upgradeRefused(429), NOW_EPOCH_MS)).not.toHaveProperty('retryAfterMs');
  });
});

describe('5. 200 without a token', () => {
  it.each([
    ['an empty body', '', 'protocolError'],
    ['JSON without a token', '{"data":{}}', 'protocolError'],
    ['a page', '<html>credits exhausted</html>', 'protocolError'],
    ['errors with a status', '{"errors":[{"status":"401","title":"Unauthorized"}]}', 'sessionTokenInvalid'],
    ['errors with a number as status', '{"errors":[{"status":503}]}', 'upstreamError'],
    ['errors that claim success', '{"errors":[{"status":200}]}', 'protocolError'],
    ['errors with a text of the text rules', '{"errors":[{"detail":"App ID mismatch"}]}', 'appIDMismatch'],
  ])('%s', (_name, body, expected) => {
    expect(verdict(tokenMissing(body))).toBe(expected);
  });
});
