import { describe, expect, it } from 'vitest';
import {
  AVATAR_SDK_ERROR_CODES,
  remediationFor,
  PHASES,
} from '../../../src/core/failure/avatar-sdk-error-code.js';

describe('the remediation for', () => {
  it.each(AVATAR_SDK_ERROR_CODES)('%s has one sentence in every phase', (code) => {
    for (const phase of PHASES) expect(remediationFor(code, phase)).toMatch(/^[A-Z][^\n]{20,158}[^.]\.$/);
  });

  it('is a different sentence for every code', () => {
    const sentences = AVATAR_SDK_ERROR_CODES.map((code) => remediationFor(code, 'websocket_runtime'));
    expect(new Set(sentences).size).toBe(20);
  });

  it.each([
    ['connectionFailed', 'session_token', 'consoleEndpointUrl'],
    ['connectionFailed', 'websocket_connect', 'ingressEndpointUrl'],
    ['invalidRequest', 'session_token', 'expireAt'],
  ] as const)('%s in %s names the option that may be wrong: %s', (code, phase, option) => {
    expect(remediationFor(code, phase)).toContain(option);
  });

  it('sessionTokenInvalid names the API key for a token request, and the token for an upgrade', () => {
    expect(remediationFor('sessionTokenInvalid', 'session_token')).toContain('API key');
    expect(remediationFor('sessionTokenInvalid', 'websocket_connect')).toContain('session token');
  });
});
