/**
 * Refusals of the token request over real sockets: the errors that the application gets, and the number of
 * requests.
 */
import { describe, expect, it } from 'vitest';
import type { AvatarSDKError } from '../../src/index.js';
import type { Fault } from '../../src/emulator/index.js';
import { RawService } from './scenario-support/raw-service.js';
import { QUICK, openTrial } from './scenario-support/trial.js';
import { newAvatarSession } from '../../src/index.js';

const always = 'always';
type Reported = Partial<{ [Name in keyof AvatarSDKError]: unknown }>;

const SURFACED: readonly [status: number, body: string, reported: Reported][] = [
  [
    400,
    '{"errors":[{"id":"r-1","status":400,"code":"bad","title":"Bad","detail":"expire_at must be in the future"}]}',
    {
      code: 'invalidRequest',
      serverCode: 'bad',
      serverTitle: 'Bad',
      serverDetail: 'expire_at must be in the future',
      requestId: 'r-1',
    },
  ],
  [
    401,
    '{"errors":[{"status":401,"title":"Unauthorized","detail":"invalid key"}]}',
    {
      code: 'sessionTokenInvalid',
      serverTitle: 'Unauthorized',
      serverDetail: 'invalid key',
    },
  ],
  [
    403,
    '{"message":"forbidden for this key"}',
    { code: 'sessionTokenInvalid', serverDetail: 'forbidden for this key' },
  ],
  [
    404,
    '{"error":{"code":"not_found","message":"no such app","request_id":"r-2"}}',
    {
      code: 'appIDUnrecognized',
      serverCode: 'not_found',
      serverDetail: 'no such app',
      requestId: 'r-2',
    },
  ],
  [402, '{"message":"session denied: credits exhausted"}', { code: 'creditsExhausted' }],
  [429, '{"message":"slow down"}', { code: 'concurrencyLimit', serverDetail: 'slow down' }],
  [
    500,
    '<html><h1>Internal Server Error</h1></html>',
    { code: 'serverError', rawBody: '<html><h1>Internal Server Error</h1></html>' },
  ],
  [501, '', { code: 'serverError' }],
  [418, 'short and stout', { code: 'invalidRequest', serverDetail: 'short and stout' }],
  [302, 'elsewhere', { code: 'invalidRequest' }],
];

describe('a token request that is refused permanently', () => {
  it.each(SURFACED)(
    'with %i: one dial, and an error with the whole response',
    async (status, body, reported) => {
      const fault: Fault = {
        kind: 'refuse',
        phase: 'token',
        times: always,
        status,
        body,
        headers: { Location: '/elsewhere' },
      };
      await using trial = await openTrial({ faults: [fault] });
      const { session, seen } = trial;
      const expected = {
        phase: 'session_token',
        step: 'request',
        httpStatus: status,
        willRetry: false,
        reason: 'rule',
        attempt: 1,
        ...reported,
      };
      await expect(session.start()).rejects.toMatchObject(expected);
      expect(seen.errors).toHaveLength(1);
      expect(seen.errors[0]).toMatchObject(expected);
      expect(seen.closes).toMatchObject([{ reason: 'failed', error: expected }]);
      expect(seen.retries).toEqual([]);
      expect(JSON.stringify(seen.errors)).not.toContain('[object Object]');
      expect(trial.dials).toBe(1);
    },
  );

  it('with HTTP 200 and an error in the body: the status of the body counts', async () => {
    const body = '{"errors":[{"status":401,"detail":"invalid key"}]}';
    await using trial = await openTrial({ faults: [{ kind: 'refuse', phase: 'token', status: 200, body }] });
    await expect(trial.session.start()).rejects.toMatchObject({
      code: 'sessionTokenInvalid',
      httpStatus: 401,
      reason: 'rule',
    });
    expect(trial.dials).toBe(1);
  });

  it.each(['{}', '{"sessionToken":""}', 'no json', '[]', 'null'])(
    'with HTTP 200 and no token in %s: protocolError',
    async (body) => {
      await using trial = await openTrial({
        faults: [{ kind: 'refuse', phase: 'token', status: 200, body }],
      });
      await expect(trial.session.start()).rejects.toMatchObject({
        code: 'protocolError',
        phase: 'session_token',
        reason: 'rule',
      });
      expect(trial.dials).toBe(1);
    },
  );

  it('with a redirect: the API key is sent to no other address', async () => {
    await using target = await RawService.start();
    await using service = await RawService.start({
      token: (_request, response) =>
        void response
          .writeHead(307, { Location: `${target.endpoints.consoleEndpointUrl}/session-tokens` })
          .end(),
    });
    await using session = newAvatarSession({ ...service.endpoints, apiKey: 'key', retry: QUICK });
    await expect(session.start()).rejects.toMatchObject({ code: 'invalidRequest', httpStatus: 307 });
    expect([service.tokenRequests, target.tokenRequests]).toEqual([1, 0]);
  });
});

describe('a token request that fails temporarily', () => {
  it.each([
    [
      '502',
      { kind: 'refuse', phase: 'token', times: always, status: 502 },
      { code: 'upstreamError', httpStatus: 502 },
    ],
    [
      '503',
      { kind: 'refuse', phase: 'token', times: always, status: 503, body: 'restarting' },
      { code: 'upstreamError', httpStatus: 503, serverDetail: 'restarting' },
    ],
    ['504', { kind: 'refuse', phase: 'token', times: always, status: 504 }, { code: 'upstreamError' }],
    ['408', { kind: 'refuse', phase: 'token', times: always, status: 408 }, { code: 'connectionFailed' }],
    ['a reset', { kind: 'reset', phase: 'token', times: always }, { code: 'connectionFailed' }],
    ['silence', { kind: 'hang', phase: 'token', times: always }, { code: 'connectionFailed' }],
  ] as const)(
    'with %s: makes the allowed number of dials, then fails with that reason',
    async (_what, fault, reported) => {
      await using trial = await openTrial(
        { faults: [fault] },
        // With a patienceMs of 0 the third dial has the same limit as the others.
        { timeoutMs: 100, retry: { ...QUICK, maxAttempts: 3, patienceMs: 0 } },
      );
      const { session, seen } = trial;
      await expect(session.start()).rejects.toMatchObject({
        ...reported,
        phase: 'session_token',
        step: 'request',
        reason: 'attempts',
        attempt: 3,
      });
      expect(seen.errors.map(({ willRetry, attempt }) => [willRetry, attempt])).toEqual([
        [true, 1],
        [true, 2],
        [false, 3],
      ]);
      expect(seen.retries.map(({ attempt }) => attempt)).toEqual([2, 3]);
      expect(trial.dials).toBe(3);
    },
  );

  it('with 429 and Retry-After: waits for that time, then connects', async () => {
    const fault: Fault = {
      kind: 'refuse',
      phase: 'token',
      status: 429,
      headers: { 'Retry-After': '1' },
      body: '{"message":"slow down"}',
    };
    await using trial = await openTrial({ faults: [fault] });
    const { session, seen, service } = trial;
    await session.start();
    expect(seen.retries).toMatchObject([
      {
        attempt: 2,
        source: 'hint',
        error: { code: 'concurrencyLimit', retryAfterMs: 1_000, willRetry: true },
      },
    ]);
    const [first, second] = service.log.filter(({ event }) => event === 'tokenRequested');
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(1_000);
    expect(trial.dials).toBe(2);
  });

  it('with a longer Retry-After than is accepted: fails at once with that reason', async () => {
    const fault: Fault = { kind: 'refuse', phase: 'token', status: 503, headers: { 'Retry-After': '121' } };
    await using trial = await openTrial({ faults: [fault] });
    await expect(trial.session.start()).rejects.toMatchObject({
      reason: 'hintTooLong',
      retryAfterMs: 121_000,
      willRetry: false,
    });
    expect(trial.dials).toBe(1);
  });

  it('with a wait beyond the limit of the outage: does not begin to wait', async () => {
    const fault: Fault = { kind: 'refuse', phase: 'token', status: 503, headers: { 'Retry-After': '30' } };
    await using trial = await openTrial({ faults: [fault] }, { retry: { maxElapsedMs: 10_000 } });
    await expect(trial.session.start()).rejects.toMatchObject({ reason: 'elapsed' });
    expect(trial.dials).toBe(1);
  });

  it('with retry: false: one attempt', async () => {
    await using trial = await openTrial({ faults: [{ kind: 'reset', phase: 'token' }] }, { retry: false });
    await expect(trial.session.start()).rejects.toMatchObject({
      code: 'connectionFailed',
      willRetry: false,
      reason: expect.any(String) as string,
    });
    expect(trial.dials).toBe(1);
  });

  it('to a port without a server: connectionFailed with the cause of the system', async () => {
    const service = await RawService.start();
    const { endpoints } = service;
    await service[Symbol.asyncDispose]();
    await using session = newAvatarSession({
      ...endpoints,
      apiKey: 'key',
      retry: { ...QUICK, maxAttempts: 2 },
    });
    await expect(session.start()).rejects.toMatchObject({
      code: 'connectionFailed',
      phase: 'session_token',
      reason: 'attempts',
      permanent: false,
      cause: { code: 'ECONNREFUSED' },
    });
  });
});
