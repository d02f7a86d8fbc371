/**
 * Refusals between the token and the confirmation: of the upgrade by HTTP, and of the handshake by messages and close
 * codes.
 */
import { describe, expect, it } from 'vitest';
import { newAvatarSession } from '../../src/index.js';
import type { AvatarSDKError } from '../../src/index.js';
import { AvatarEmulator } from '../../src/emulator/index.js';
import type { Fault } from '../../src/emulator/index.js';
import { QUICK, openTrial } from './scenario-support/trial.js';

const always = 'always';
type Reported = Partial<{ [Name in keyof AvatarSDKError]: unknown }>;

const UPGRADES: readonly [status: number, body: string, reported: Reported][] = [
  [
    400,
    '{"message":"Invalid session token"}',
    { code: 'sessionTokenInvalid', serverDetail: 'Invalid session token' },
  ],
  [400, '', { code: 'sessionTokenInvalid' }],
  [401, '{"message":"session token expired"}', { code: 'sessionTokenExpired' }],
  [401, '', { code: 'sessionTokenExpired' }],
  [402, '', { code: 'billingRequired' }],
  [402, '{"message":"session denied: credits exhausted"}', { code: 'creditsExhausted' }],
  [403, '{"message":"app id mismatch"}', { code: 'appIDMismatch' }],
  [
    404,
    '{"message":"Avatar not found: face"}',
    { code: 'avatarNotFound', serverDetail: 'Avatar not found: face' },
  ],
  [404, '', { code: 'appIDUnrecognized' }],
  [429, '{"message":"maximum concurrent sessions reached"}', { code: 'concurrencyLimit' }],
  [500, 'oops', { code: 'serverError', serverDetail: 'oops' }],
  [200, 'hello', { code: 'protocolError' }],
  [307, '', { code: 'invalidRequest' }],
];

const HANDSHAKES: readonly [what: string, fault: Fault, reported: Reported][] = [
  [
    'close 4001',
    close(4001, 'Credits exhausted'),
    { code: 'creditsExhausted', closeCode: 4001, closeReason: 'Credits exhausted' },
  ],
  ['close 4002', close(4002, 'limit'), { code: 'sessionDurationExceeded' }],
  ['close 4003', close(4003, 'maximum concurrent'), { code: 'concurrencyLimit' }],
  ['close 4010', close(4010, 'bad token'), { code: 'sessionTokenInvalid' }],
  ['close 4010 expired', close(4010, 'token expired'), { code: 'sessionTokenExpired' }],
  ['close 4400', close(4400, 'no'), { code: 'connectionClosed', permanent: true, closeCode: 4400 }],
  ['close 1002', close(1002, ''), { code: 'protocolError' }],
  ['close 1008', close(1008, 'policy'), { code: 'invalidRequest' }],
  [
    'error 0, sample rate',
    error(0, 'unsupported sample rate: 16000'),
    { code: 'unsupportedSampleRate', serverCode: '0' },
  ],
  ['error 3', error(3, 'bad parameter'), { code: 'invalidRequest', serverDetail: 'bad parameter' }],
  ['error 3, agora', error(3, 'agora_egress: channel_name is missing'), { code: 'invalidEgressConfig' }],
  ['error 14, egress', error(14, 'egress client is not configured on server'), { code: 'egressUnavailable' }],
  ['error 16', error(16, 'who are you'), { code: 'sessionTokenInvalid' }],
  ['error 4001', error(4001, 'Credits exhausted'), { code: 'creditsExhausted', serverCode: '4001' }],
  ['error 99', error(99, 'something'), { code: 'serverError', serverCode: '99' }],
  ['an empty id', { kind: 'emptyConnectionId', phase: 'handshake' }, { code: 'protocolError' }],
  ['garbage', { kind: 'garble', phase: 'handshake' }, { code: 'protocolError' }],
  ['a text frame', { kind: 'textFrame', phase: 'handshake' }, { code: 'protocolError' }],
  ['frames', { kind: 'foreignFrames', phase: 'handshake' }, { code: 'protocolError' }],
];

const TRANSIENT: readonly [what: string, fault: Fault, reported: Reported][] = [
  [
    'upgrade 502',
    { kind: 'refuse', phase: 'upgrade', times: always, status: 502 },
    { code: 'upstreamError', step: 'upgrade' },
  ],
  [
    'upgrade 503',
    { kind: 'refuse', phase: 'upgrade', times: always, status: 503, body: 'draining' },
    { code: 'upstreamError', step: 'upgrade', rawBody: 'draining' },
  ],
  [
    'upgrade reset',
    { kind: 'reset', phase: 'upgrade', times: always },
    { code: 'connectionFailed', step: 'upgrade' },
  ],
  [
    'upgrade silence',
    { kind: 'hang', phase: 'upgrade', times: always },
    { code: 'connectionFailed', step: 'upgrade' },
  ],
  [
    'handshake silence',
    { kind: 'hang', phase: 'handshake', times: always },
    { code: 'connectionFailed', step: 'handshake' },
  ],
  ['close 4503', close(4503, 'deploy'), { code: 'upstreamError', closeCode: 4503 }],
  ['close 4999', close(4999, ''), { code: 'connectionClosed', closeCode: 4999 }],
  ['close 1001', close(1001, ''), { code: 'connectionClosed' }],
  ['close 1012', close(1012, 'restart'), { code: 'connectionClosed' }],
  ['close 1000', close(1000, ''), { code: 'connectionClosed' }],
  ['close 1011 idle', close(1011, 'no audio input for 60s'), { code: 'idleTimeout' }],
  ['error 14', error(14, 'backend'), { code: 'upstreamError', serverCode: '14' }],
  ['reset', { kind: 'reset', phase: 'handshake', times: always }, { closeCode: 1006 }],
];

function close(code: number, reason: string): Fault {
  return { kind: 'close', phase: 'handshake', times: always, code, reason };
}

function error(code: number, message: string): Fault {
  return {
    kind: 'serverError',
    phase: 'handshake',
    times: always,
    code,
    message,
    thenClose: { code: 1008, reason: message },
  };
}

describe('an upgrade that is refused permanently', () => {
  it.each(UPGRADES)('with %i %s: one dial, body and status on the error', async (status, body, reported) => {
    await using trial = await openTrial({
      faults: [{ kind: 'refuse', phase: 'upgrade', times: always, status, body }],
    });
    const { session, seen } = trial;
    const expected = {
      phase: 'websocket_connect',
      step: 'upgrade',
      httpStatus: status,
      willRetry: false,
      reason: 'rule',
      ...reported,
      ...(body === '' ? {} : { rawBody: body }),
    };
    await expect(session.start()).rejects.toMatchObject(expected);
    expect(seen.errors).toHaveLength(1);
    expect(seen.closes).toMatchObject([{ reason: 'failed' }]);
    expect(trial.dials).toBe(1);
  });

  it('keeps at most 4096 characters of a long body', async () => {
    const fault: Fault = { kind: 'refuse', phase: 'upgrade', status: 402, body: 'x'.repeat(100_000) };
    await using trial = await openTrial({ faults: [fault] });
    await expect(trial.session.start()).rejects.toMatchObject({ code: 'billingRequired', httpStatus: 402 });
    expect(trial.seen.errors[0]?.rawBody).toHaveLength(4_096);
  });

  it('waits for the Retry-After of a 429', async () => {
    const fault: Fault = { kind: 'refuse', phase: 'upgrade', status: 429, headers: { 'Retry-After': '1' } };
    await using trial = await openTrial({ faults: [fault] });
    await trial.session.start();
    expect(trial.seen.retries).toMatchObject([
      { source: 'hint', error: { code: 'concurrencyLimit', retryAfterMs: 1_000 } },
    ]);
    expect(trial.seen.retries[0]?.delayMs).toBeGreaterThanOrEqual(1_000);
    expect(trial.dials).toBe(2);
  });

  it('replaces a token that was fetched ahead, once', async () => {
    const refused: Fault = { kind: 'refuse', phase: 'upgrade', times: always, status: 401 };
    await using trial = await openTrial({ faults: [refused] });
    await trial.session.init();
    await expect(trial.session.start()).rejects.toMatchObject({
      code: 'sessionTokenExpired',
      reason: 'rule',
      attempt: 2,
    });
    expect(trial.seen.retries).toMatchObject([{ source: 'staleToken', delayMs: 0 }]);
    expect(trial.dials).toBe(2);
  });
});

describe('a handshake that is refused permanently', () => {
  it.each(HANDSHAKES)('by %s: one dial, one error, and no socket left', async (_what, fault, reported) => {
    await using trial = await openTrial({ faults: [fault] });
    const { session, seen } = trial;
    const expected = { phase: 'websocket_connect', step: 'handshake', willRetry: false, reason: 'rule' };
    const failed = await session.start().catch((error: unknown) => error);
    expect(failed).toMatchObject({
      ...expected,
      ...reported,
      ...('closeCode' in reported ? { step: expect.any(String) as string } : {}),
    });
    expect(seen.errors).toEqual([failed]);
    expect(seen.closes).toEqual([{ reason: 'failed', error: failed }]);
    expect(trial.dials).toBe(1);
    expect(await trial.socketsLeft()).toBe(0);
  });
});

describe('a connect that fails temporarily', () => {
  it.each(TRANSIENT)(
    'by %s: makes the allowed number of dials, with one socket at a time',
    async (_what, fault, reported) => {
      const retry = { ...QUICK, maxAttempts: 2 };
      await using trial = await openTrial({ faults: [fault] }, { timeoutMs: 100, retry });
      const { session, seen, service } = trial;
      await expect(session.start()).rejects.toMatchObject({
        phase: 'websocket_connect',
        reason: 'attempts',
        attempt: 2,
        ...reported,
      });
      expect(seen.errors.map(({ willRetry }) => willRetry)).toEqual([true, false]);
      expect(trial.dials).toBe(2);
      expect(service.peakOpenSockets).toBeLessThanOrEqual(1);
      expect(await trial.socketsLeft()).toBe(0);
    },
  );
});

it.each([false, true])(
  'a token of the maximum length reaches the service, in the query: %s',
  { timeout: 20_000 },
  async (useQueryAuth) => {
    await using service = await AvatarEmulator.start();
    const { consoleEndpointUrl, ingressEndpointUrl, credentials } = service;
    const { appId, avatarId } = credentials;
    // Each of these characters takes three characters of a URL.
    const tokenProvider = (): string => '/+='.repeat(5_461) + '/';
    const session = newAvatarSession({
      ...{ appId, avatarId, consoleEndpointUrl, ingressEndpointUrl, tokenProvider, useQueryAuth },
      retry: false,
    });
    const error: unknown = await session.start().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'sessionTokenInvalid',
      phase: 'websocket_connect',
      origin: 'service',
    });
    expect(service.log.map(({ event }) => event)).toContain('upgradeRefused');
    await session.close();
  },
);
