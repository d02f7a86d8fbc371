/** Whole classifications: the message, every field that follows from the facts, and no other field. */
import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/core/failure/classify.js';
import type { FailureFacts } from '../../../src/core/failure/failure-facts.js';
import { NOW_EPOCH_MS, serverError, socketClosed } from './facts.js';

const runtime = { phase: 'websocket_runtime', step: 'receive', usesEgress: false } as const;
const connecting = { phase: 'websocket_connect', step: 'upgrade', usesEgress: false } as const;
const cause = new Error('why');

/** The classification without its explanations: the matched row and the remedy. */
function whole(facts: FailureFacts): object {
  const all = Object.entries(classify(facts, NOW_EPOCH_MS));
  return Object.fromEntries(all.filter(([name]) => name !== 'matchedRow' && name !== 'remediation'));
}
const failure = { normalEnd: false } as const;
const transportFailure = { ...failure, origin: 'transport' } as const;
const serviceFailure = { ...failure, origin: 'service' } as const;
const connectingFailure = { ...transportFailure, phase: 'websocket_connect', step: 'upgrade' } as const;
const runtimeFailure = { ...serviceFailure, phase: 'websocket_runtime', step: 'receive' } as const;

describe('a failure whose code is known where it happens', () => {
  it.each<[string, FailureFacts, object]>([
    [
      'a step that took too long',
      { ...connecting, kind: 'stepTimedOut', timeoutMs: 10_000 },
      {
        ...connectingFailure,
        code: 'connectionFailed',
        message: 'connection attempt timed out after 10000 ms',
      },
    ],
    [
      'a token that took too long',
      { ...connecting, phase: 'session_token', step: 'request', kind: 'stepTimedOut', timeoutMs: 5 },
      {
        ...transportFailure,
        phase: 'session_token',
        step: 'request',
        code: 'connectionFailed',
        message: 'token request timed out after 5 ms',
      },
    ],
    [
      'a silent peer',
      { ...runtime, kind: 'heartbeatMissed', silentMs: 9_000, connectionId: 'c-1' },
      {
        ...runtimeFailure,
        step: 'heartbeat',
        origin: 'transport',
        code: 'connectionClosed',
        message: 'connection lost: no sign of life from the service for 9000 ms',
        connectionId: 'c-1',
      },
    ],
    [
      'a broken protocol, and why',
      { ...runtime, kind: 'protocolViolated', message: 'text frame', cause },
      {
        ...runtimeFailure,
        code: 'protocolError',
        message: 'the service broke the protocol: text frame',
        cause,
      },
    ],
    [
      'a broken protocol without a message',
      { ...runtime, kind: 'protocolViolated', message: '', cause: undefined },
      { ...runtimeFailure, code: 'protocolError', message: 'the service broke the protocol' },
    ],
    [
      'a token provider that throws',
      { ...connecting, phase: 'session_token', kind: 'tokenProviderFailed', message: 'no backend' },
      {
        ...connectingFailure,
        phase: 'session_token',
        origin: 'application',
        code: 'connectionFailed',
        message: 'the token provider failed: no backend',
      },
    ],
    [
      'a refusal by the client',
      { ...connecting, kind: 'refusedLocally', code: 'unsupportedSampleRate', message: '1 Hz' },
      { ...connectingFailure, origin: 'local', code: 'unsupportedSampleRate', message: '1 Hz' },
    ],
    [
      'a function of the application that does not settle',
      { ...connecting, kind: 'stepTimedOut', timeoutMs: 5, ofApplication: true },
      {
        ...connectingFailure,
        origin: 'application',
        code: 'connectionFailed',
        message: 'the egress function did not settle within 5 ms',
      },
    ],
    [
      'an unusable value that the application returned',
      { ...connecting, kind: 'refusedLocally', code: 'invalidRequest', origin: 'application', message: 'no' },
      { ...connectingFailure, origin: 'application', code: 'invalidRequest', message: 'no' },
    ],
    [
      'a refusal by the client of one request',
      { ...connecting, kind: 'refusedLocally', code: 'invalidRequest', message: 'WAV', reqId: 'r-1' },
      { ...connectingFailure, origin: 'local', code: 'invalidRequest', message: 'WAV', reqId: 'r-1' },
    ],
  ])('%s', (_name, facts, expected) => {
    expect(whole(facts)).toStrictEqual(expected);
  });
});

describe('a transport that failed', () => {
  it.each<[string | undefined, string, string]>([
    ['ECONNREFUSED', 'connect ECONNREFUSED ::1', 'connection attempt failed: connect ECONNREFUSED ::1'],
    ['ECONNRESET', 'socket hang up', 'connection attempt failed: ECONNRESET, socket hang up'],
    [undefined, 'socket hang up', 'connection attempt failed: socket hang up'],
    ['ECONNRESET', '', 'connection attempt failed: ECONNRESET'],
    [undefined, '', 'connection attempt failed'],
  ])('with the code %s and the message "%s" has the error message "%s"', (errno, message, said) => {
    const facts = {
      ...connecting,
      kind: 'transportFailed',
      message,
      ...(errno !== undefined && { errno }),
    } as const;
    expect(whole(facts)).toStrictEqual({ ...connectingFailure, code: 'connectionFailed', message: said });
  });

  it.each([
    ['ECONNREFUSED', undefined, 'transport'],
    ['CERT_HAS_EXPIRED', undefined, 'transport'],
    ['HPE_INVALID_CONSTANT', undefined, 'service'],
    ['ERR_INVALID_URL', undefined, 'local'],
    ['ERR_INVALID_CHAR', undefined, 'local'],
    [undefined, undefined, 'transport'],
    [undefined, true, 'application'],
  ])('with the code %s, thrown by the application: %s, comes from %s', (errno, ofApplication, origin) => {
    const facts = {
      ...connecting,
      kind: 'transportFailed',
      message: '',
      ...(errno !== undefined && { errno }),
      ...(ofApplication !== undefined && { ofApplication }),
    } as const;
    expect(whole(facts)).toMatchObject({ origin });
  });

  it('keeps its cause, and is permanent when waiting cannot remedy it', () => {
    const facts = {
      ...connecting,
      kind: 'transportFailed',
      errno: 'CERT_HAS_EXPIRED',
      message: '',
      cause,
    } as const;
    expect(whole(facts)).toStrictEqual({
      ...connectingFailure,
      code: 'connectionFailed',
      message: 'connection attempt failed: CERT_HAS_EXPIRED',
      cause,
      permanent: true,
    });
    expect(whole({ ...facts, phase: 'websocket_runtime', errno: 'HPE_INVALID_CONSTANT' })).toMatchObject({
      code: 'protocolError',
      message: 'connection failed: HPE_INVALID_CONSTANT',
    });
  });
});

describe('a close', () => {
  it('has a reason only if it came with words', () => {
    const bare = {
      ...serviceFailure,
      phase: 'websocket_runtime',
      step: 'close',
      code: 'connectionClosed',
    } as const;
    expect(whole(socketClosed(1006))).toStrictEqual({
      ...bare,
      origin: 'transport',
      message: 'connection lost without a close frame (1006)',
      closeCode: 1006,
    });
    expect(whole(socketClosed(1005))).toMatchObject({
      message: 'connection closed by the service without a close code (1005)',
    });
    expect(whole(socketClosed(1012, { closeReason: 'deploy', connectionId: 'c-1' }))).toStrictEqual({
      ...bare,
      message: 'connection closed by the service with 1012 (deploy)',
      connectionId: 'c-1',
      closeCode: 1012,
      closeReason: 'deploy',
    });
  });

  it('that ends normally is a normal end, with the connection id if there was one', () => {
    const end = { normalEnd: true, closeCode: 1000, closeReason: '' } as const;
    expect(whole(socketClosed(1000, { unfinishedRequests: 0 }))).toStrictEqual(end);
    expect(whole(socketClosed(1000, { unfinishedRequests: 0, connectionId: 'c-1' }))).toStrictEqual({
      ...end,
      connectionId: 'c-1',
    });
  });
});

describe('a ServerError', () => {
  const bare = {
    ...serviceFailure,
    phase: 'websocket_connect',
    step: 'handshake',
    code: 'serverError',
  } as const;

  it('without a text has only its number', () => {
    expect(whole(serverError(7, ''))).toStrictEqual({
      ...bare,
      message: 'the service reported error 7',
      serverCode: '7',
    });
    expect(whole(serverError(7, '', { reqId: '' }))).not.toHaveProperty('reqId');
  });

  it('names its connection and its request', () => {
    expect(whole(serverError(7, 'why', { connectionId: 'c-1', reqId: 'r-1' }))).toStrictEqual({
      ...bare,
      message: 'the service reported error 7 (why)',
      serverCode: '7',
      serverDetail: 'why',
      connectionId: 'c-1',
      reqId: 'r-1',
    });
  });
});
