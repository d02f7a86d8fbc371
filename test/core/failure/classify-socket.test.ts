/** Every row of §7.1 and §7.2 of the protocol notes, from close codes and ServerError numbers to a code. */
import { describe, expect, it } from 'vitest';
import { serverError, socketClosed, tokenRefused, upgradeRefused } from './facts.js';
import { verdict } from './verdict.js';

describe('1. close codes', () => {
  it.each([
    [4001, 'creditsExhausted'],
    [4002, 'sessionDurationExceeded'],
    [4003, 'concurrencyLimit'],
    [4010, 'sessionTokenExpired'],
    [4503, 'upstreamError'],
    [4000, 'connectionClosed!'],
    [4004, 'connectionClosed!'],
    [4400, 'connectionClosed!'],
    [4499, 'connectionClosed!'],
    [4500, 'connectionClosed'],
    [4502, 'connectionClosed'],
    [4504, 'connectionClosed'],
    [4999, 'connectionClosed'],
    [1000, 'connectionClosed'],
    [1001, 'connectionClosed'],
    [1005, 'connectionClosed'],
    [1006, 'connectionClosed'],
    [1011, 'connectionClosed'],
    [1012, 'connectionClosed'],
    [1013, 'connectionClosed'],
    [1014, 'connectionClosed'],
    [1002, 'protocolError'],
    [1003, 'protocolError'],
    [1007, 'protocolError'],
    [1008, 'invalidRequest'],
    [1009, 'invalidRequest'],
    [1015, 'connectionFailed'],
    [0, 'connectionClosed'],
    [1004, 'connectionClosed'],
    [1010, 'connectionClosed'],
    [1999, 'connectionClosed'],
    [3000, 'connectionClosed'],
    [5000, 'connectionClosed'],
    [Number.NaN, 'connectionClosed'],
  ])('a running session with an unfinished request closed by %d is %s', (closeCode, expected) => {
    expect(verdict(socketClosed(closeCode))).toBe(expected);
  });

  it.each([
    ['no text, not confirmed', '', false, 'sessionTokenInvalid'],
    ['a text without "expired", not confirmed', 'bad token', false, 'sessionTokenInvalid'],
    ['the text says expired', 'Token has EXPIRED', false, 'sessionTokenExpired'],
    ['the session had been confirmed', 'bad token', true, 'sessionTokenExpired'],
  ])('4010: %s', (_when, closeReason, confirmed, expected) => {
    expect(verdict(socketClosed(4010, { closeReason, confirmed }))).toBe(expected);
  });

  it.each([
    [1008, 'token has expired', true, 'sessionTokenExpired'],
    [1008, 'token has expired', false, 'invalidRequest'],
    [1002, 'expired credentials', true, 'sessionTokenExpired'],
    [4401, 'jwt expired', true, 'sessionTokenExpired'],
    [1008, 'Session expired', true, 'sessionTokenExpired'],
    [4401, 'Your login expired', true, 'sessionTokenExpired'],
    [4008, 'EXPIRED', true, 'sessionTokenExpired'],
    [1000, 'token expired', true, 'sessionTokenExpired'],
    [1008, 'trial expired', true, 'invalidRequest'],
    [4003, 'token expired', true, 'concurrencyLimit'],
  ])(
    '%d %j, confirmed %j: its words mean an expired token',
    (closeCode, closeReason, confirmed, expected) => {
      expect(verdict(socketClosed(closeCode, { closeReason, confirmed }))).toBe(expected);
    },
  );

  it.each([
    ['1000 while no request is unfinished ends the session', 1000, { unfinishedRequests: 0 }, 'end'],
    ['1000 with a reason of no meaning does too', 1000, { unfinishedRequests: 0, closeReason: 'bye' }, 'end'],
    [
      '1000 with a reason of the text rules does not',
      1000,
      { unfinishedRequests: 0, closeReason: 'Session time limit reached' },
      'sessionDurationExceeded',
    ],
    [
      '1000 in response to the handshake does not',
      1000,
      { unfinishedRequests: 0, confirmed: false },
      'connectionClosed',
    ],
    ['1005 never ends normally', 1005, { unfinishedRequests: 0 }, 'connectionClosed'],
    ['1008 with a reason of the text rules', 1008, { closeReason: 'no audio input for 60s' }, 'idleTimeout'],
    ['1011 with a reason of the text rules', 1011, { closeReason: 'no audio input for 60s' }, 'idleTimeout'],
    ['1007 with a reason of the text rules', 1007, { closeReason: 'Avatar not found: a' }, 'avatarNotFound'],
    ['1099 with a reason of the text rules', 1099, { closeReason: 'credits exhausted' }, 'creditsExhausted'],
    ['4100 with a reason of the text rules', 4100, { closeReason: 'session denied' }, 'billingRequired'],
    ['4503 regardless of its reason', 4503, { closeReason: 'credits exhausted' }, 'upstreamError'],
    ['4500 regardless of its reason', 4500, { closeReason: 'credits exhausted' }, 'connectionClosed'],
    ['4001 regardless of its reason', 4001, { closeReason: 'concurrency limit' }, 'creditsExhausted'],
    [
      '1008 unauthorized with egress',
      1008,
      { closeReason: 'Unauthorized', usesEgress: true },
      'invalidEgressConfig',
    ],
    ['1008 unauthorized without egress', 1008, { closeReason: 'Unauthorized' }, 'invalidRequest'],
  ])('%s', (_name, closeCode, given, expected) => {
    expect(verdict(socketClosed(closeCode, given))).toBe(expected);
  });
});

describe('1. the words of a close reason', () => {
  it.each([1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015])(
    'take precedence over %d, which is less specific',
    (closeCode) => {
      expect(verdict(socketClosed(closeCode, { closeReason: 'No audio input for 60s' }))).toBe('idleTimeout');
    },
  );
});

describe('2. ServerError numbers', () => {
  const plain = { usesEgress: false };
  const egress = { usesEgress: true };
  it.each([
    [4001, '', plain, 'creditsExhausted'],
    [4002, '', plain, 'sessionDurationExceeded'],
    [4003, '', plain, 'concurrencyLimit'],
    [4010, '', plain, 'sessionTokenInvalid'],
    [4010, 'token expired', plain, 'sessionTokenExpired'],
    [4010, '', { confirmed: true }, 'sessionTokenExpired'],
    [4503, '', plain, 'upstreamError'],
    [4404, '', plain, 'connectionClosed!'],
    [4404, 'avatar not found', plain, 'avatarNotFound'],
    [4501, '', plain, 'connectionClosed'],
    [1002, '', plain, 'protocolError'],
    [1011, 'no audio input for 30s', plain, 'idleTimeout'],
    [1000, '', { confirmed: true }, 'connectionClosed'],
    [3, 'bad bitrate', plain, 'invalidRequest'],
    [3, 'bad bitrate', egress, 'invalidRequest'],
    [3, 'LiveKit url is missing', plain, 'invalidEgressConfig'],
    [3, 'bad Agora channel', plain, 'invalidEgressConfig'],
    [3, 'unknown egress type', plain, 'invalidEgressConfig'],
    [400, 'bad bitrate', plain, 'invalidRequest'],
    [400, 'livekit url is missing', egress, 'invalidEgressConfig'],
    [14, 'try later', plain, 'upstreamError'],
    [14, 'try later', egress, 'egressUnavailable'],
    [14, 'Egress is down', plain, 'egressUnavailable'],
    [16, 'who are you', plain, 'sessionTokenInvalid'],
    [16, 'who are you', egress, 'invalidEgressConfig'],
    [16, 'livekit refused', plain, 'invalidEgressConfig'],
    [16, 'token is expired', plain, 'sessionTokenInvalid'],
    [16, 'token is expired', { confirmed: true }, 'sessionTokenExpired'],
    [16, 'JWT expired at 12:00', { confirmed: true }, 'sessionTokenExpired'],
    [16, 'who are you', { confirmed: true }, 'sessionTokenInvalid'],
    [16, 'room token expired', { ...egress, confirmed: true }, 'invalidEgressConfig'],
    [16, 'Session token has expired', { ...egress, confirmed: true }, 'sessionTokenExpired'],
    [0, 'authorization expired', { confirmed: true }, 'sessionTokenExpired'],
    [0, 'authorization expired', plain, 'serverError'],
    [0, 'trial expired', { confirmed: true }, 'serverError'],
    [0, 'something broke', plain, 'serverError'],
    [0, '', plain, 'serverError'],
    [0, 'something broke', egress, 'serverError'],
    [0, 'unauthorized', egress, 'invalidEgressConfig'],
    [0, 'credits exhausted', plain, 'creditsExhausted'],
    [13, 'driven server request failed', plain, 'upstreamError'],
    [500, '', plain, 'serverError'],
    [1004, '', plain, 'serverError'],
    [-1, '', plain, 'serverError'],
  ])('ServerError %d %j with %j is %s', (number, message, given, expected) => {
    expect(verdict(serverError(number, message, given))).toBe(expected);
  });

  it.each([
    ['INVALID_ARGUMENT', 'bad', 'invalidRequest'],
    ['invalid_argument', 'bad livekit url', 'invalidEgressConfig'],
    ['UNAVAILABLE', 'later', 'upstreamError'],
    ['UNAVAILABLE', 'egress down', 'egressUnavailable'],
    ['UNAUTHENTICATED', 'no', 'sessionTokenInvalid'],
    ['UNAUTHENTICATED', 'agora says no', 'invalidEgressConfig'],
  ])(
    '%s as code text of a JSON body (%j) is %s, whether or not the session uses egress',
    (code, message, expected) => {
      const body = JSON.stringify({ error: { code, message } });
      expect(verdict(upgradeRefused(418, { body }))).toBe(expected);
      expect(verdict(tokenRefused(418, { body, usesEgress: true }))).toBe(expected);
    },
  );
});
