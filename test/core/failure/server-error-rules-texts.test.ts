/** Every row of §7.3 of the protocol notes, from words to a code. */
import { describe, expect, it } from 'vitest';
import { searchableText } from '../../../src/core/failure/server-error-rules.js';
import type { AvatarSDKErrorCode } from '../../../src/core/failure/avatar-sdk-error-code.js';
import { serverError, socketClosed, tokenRefused, upgradeRefused } from './facts.js';
import { verdict } from './verdict.js';

describe('3. text rules', () => {
  const rows: [string, AvatarSDKErrorCode][] = [
    ['Credits exhausted', 'creditsExhausted'],
    ['session denied: credits exhausted', 'creditsExhausted'],
    ['session time limit reached', 'sessionDurationExceeded'],
    ['maximum session duration', 'sessionDurationExceeded'],
    ['session denied', 'billingRequired'],
    ['Invalid session token', 'sessionTokenInvalid'],
    ['empty token', 'sessionTokenInvalid'],
    ['token is expired', 'sessionTokenExpired'],
    ['session token expired', 'sessionTokenExpired'],
    ['App ID mismatch', 'appIDMismatch'],
    ['appIDUnrecognized', 'appIDUnrecognized'],
    ['app id unrecognized', 'appIDUnrecognized'],
    ['Avatar not found: a1', 'avatarNotFound'],
    ['unsupported sample rate: 12345', 'unsupportedSampleRate'],
    ['livekit silence timeout', 'idleTimeout'],
    ['no audio input for 60s', 'idleTimeout'],
    ['livekit_egress is required', 'invalidEgressConfig'],
    ['agora_egress is required', 'invalidEgressConfig'],
    ['missing livekit credentials', 'invalidEgressConfig'],
    ['provide api_token or both api_key and api_secret', 'invalidEgressConfig'],
    ['egress client is not configured on server', 'egressUnavailable'],
    ['failed to create egress connection', 'egressUnavailable'],
    ['driven server returned non-200 status code', 'upstreamError'],
    ['driven server request failed', 'upstreamError'],
    ['concurrency limit', 'concurrencyLimit'],
    ['maximum concurrent sessions', 'concurrencyLimit'],
    ['expected ClientConfigureSession message', 'protocolError'],
    ['ClientConfigureSession message is nil', 'protocolError'],
    ['unexpected message type', 'protocolError'],
    ['failed to unmarshal initial message', 'protocolError'],
  ];
  it.each(rows)('%j is %s, over the socket and over HTTP', (text, expected) => {
    expect(verdict(serverError(0, text))).toBe(expected);
    expect(verdict(socketClosed(1011, { closeReason: text }))).toBe(expected);
    expect(verdict(upgradeRefused(418, { body: JSON.stringify({ message: text }) }))).toBe(expected);
    expect(verdict(tokenRefused(500, { body: JSON.stringify({ errors: [{ title: text }] }) }))).toBe(
      expected,
    );
    expect(verdict(tokenRefused(500, { body: JSON.stringify({ error: { code: text } }) }))).toBe(expected);
  });

  it.each([
    [
      'over the socket with egress',
      serverError(0, 'unauthorized', { usesEgress: true }),
      'invalidEgressConfig',
    ],
    ['over the socket without egress', serverError(0, 'unauthorized'), 'serverError'],
    [
      'over HTTP with egress',
      upgradeRefused(401, { body: '{"message":"unauthorized"}', usesEgress: true }),
      'sessionTokenExpired',
    ],
  ])('"unauthorized" %s', (_where, facts, expected) => {
    expect(verdict(facts)).toBe(expected);
  });

  it('the words take precedence over the HTTP status', () => {
    expect(verdict(upgradeRefused(404, { body: '{"message":"Avatar not found: a1"}' }))).toBe(
      'avatarNotFound',
    );
    expect(verdict(upgradeRefused(402, { body: 'credits exhausted' }))).toBe('creditsExhausted');
  });
});

describe('the searched text', () => {
  it('has the existing parts, in lower case, with a separator between them', () => {
    expect(searchableText('Code', undefined, 'A Detail')).toBe('code | a detail');
    expect(searchableText()).toBe('');
  });

  it('does not match a rule across two parts', () => {
    const body = JSON.stringify({ errors: [{ title: 'credits', detail: 'exhausted' }] });
    expect(verdict(tokenRefused(500, { body }))).toBe('serverError');
  });
});
