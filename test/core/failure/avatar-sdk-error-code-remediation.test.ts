import { describe, expect, it } from 'vitest';
import {
  AVATAR_SDK_ERROR_CODES,
  remediationFor,
  PHASES,
} from '../../../src/core/failure/avatar-sdk-error-code.js';

describe('what an operator should do', () => {
  it.each(AVATAR_SDK_ERROR_CODES)('%s has one sentence in every phase', (code) => {
    for (const phase of PHASES) expect(remediationFor(code, phase)).toMatch(/^[A-Z][^\n]{20,158}[^.]\.$/);
  });

  it('no two codes share a sentence', () => {
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

  it('a refused token request is a matter of the API key, a refused upgrade one of the token', () => {
    expect(remediationFor('sessionTokenInvalid', 'session_token')).toContain('API key');
    expect(remediationFor('sessionTokenInvalid', 'websocket_connect')).toContain('session token');
  });
});
