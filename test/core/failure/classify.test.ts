/**
 * §7.5 and §7.7 of the protocol notes: the codes of transport failures, and of failures whose code is known
 * where they happen.
 */
import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/core/failure/classify.js';
import { PHASES } from '../../../src/core/failure/avatar-sdk-error-code.js';
import { NOW_EPOCH_MS, transportFailed } from './facts.js';
import { verdict } from './verdict.js';

describe('5. transport', () => {
  const healable = [
    'ENOTFOUND',
    'EAI_AGAIN',
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'EHOSTUNREACH',
  ];
  const alsoHealable = [
    'ENETUNREACH',
    'EPROTO',
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'HPE_INVALID_EOF_STATE',
    'ENEW',
    '',
  ];
  const certificates = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'];
  const others = ['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'ERR_TLS_CERT_ALTNAME_INVALID'];
  const addresses = ['ERR_INVALID_URL', 'ERR_INVALID_PROTOCOL', 'ERR_SOCKET_BAD_PORT', 'ERR_INVALID_CHAR'];
  const codes = { session_token: 'connectionFailed', websocket_connect: 'connectionFailed' } as const;
  const codeIn = { ...codes, websocket_runtime: 'connectionClosed' } as const;

  describe.each(PHASES)('in %s', (phase) => {
    it.each([...healable, ...alsoHealable])('%j may be temporary', (errno) => {
      expect(verdict(transportFailed(errno, { phase }))).toBe(codeIn[phase]);
    });
    it.each([...certificates, ...others, ...addresses])('%s is permanent', (errno) => {
      expect(verdict(transportFailed(errno, { phase }))).toBe(`${codeIn[phase]}!`);
    });
    it.each(['HPE_INVALID_CONSTANT', 'WS_ERR_INVALID_OPCODE', 'ERR_BODY_TOO_LARGE'])(
      '%s is not a transport failure',
      (errno) => {
        expect(verdict(transportFailed(errno, { phase }))).toBe('protocolError');
      },
    );
    it('a time-out is a transport failure that may be temporary', () => {
      const facts = {
        kind: 'stepTimedOut',
        phase,
        step: 'request',
        usesEgress: false,
        timeoutMs: 5,
      } as const;
      expect(verdict(facts)).toBe(codeIn[phase]);
    });
  });

  it('a malformed response to an upgrade is a protocolError', () => {
    const where = { phase: 'websocket_connect', step: 'upgrade', usesEgress: false } as const;
    expect(
      verdict({ kind: 'protocolViolated', ...where, message: 'Invalid Sec-WebSocket-Accept header' }),
    ).toBe('protocolError');
  });
});

describe('7. the running session, and failures whose code is known', () => {
  const runtime = { phase: 'websocket_runtime', usesEgress: false } as const;
  it('a text frame, undecodable bytes or an oversized frame are a protocolError', () => {
    const facts = { kind: 'protocolViolated', ...runtime, step: 'receive', message: 'a text frame' } as const;
    expect(verdict(facts)).toBe('protocolError');
  });
  it('a missed heartbeat is connectionClosed in step heartbeat', () => {
    const facts = { kind: 'heartbeatMissed', ...runtime, step: 'receive', silentMs: 10_000 } as const;
    expect(classify(facts, NOW_EPOCH_MS)).toMatchObject({ code: 'connectionClosed', step: 'heartbeat' });
  });
  it('a failure of a token provider is treated like one of the network', () => {
    const where = { phase: 'session_token', step: 'request', usesEgress: false } as const;
    expect(verdict({ kind: 'tokenProviderFailed', ...where, message: 'boom' })).toBe('connectionFailed');
  });
  it('a refusal by the client keeps its code and its request', () => {
    const facts = { kind: 'refusedLocally', ...runtime, step: 'send', message: 'm', reqId: 'r1' } as const;
    expect(classify({ ...facts, code: 'unsupportedSampleRate' }, NOW_EPOCH_MS)).toMatchObject({
      code: 'unsupportedSampleRate',
      reqId: 'r1',
      message: 'm',
    });
  });
});
