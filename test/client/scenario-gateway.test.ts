/**
 * A gateway in front of the service answers in its place: on a first connect, and while a session that was connected
 * before reconnects.
 */
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/emulator/index.js';
import { tone } from '../emulator/pcm.js';
import { next } from './scenario-support/record.js';
import { expectSpokenOnce } from './scenario-support/spoken.js';
import { openTrial } from './scenario-support/trial.js';

const STATUSES = [200, 302, 400, 401, 403, 404, 405, 421, 426, 429, 431, 500, 502, 511, 520, 527, 530];
const cut: Fault = { kind: 'reset', phase: 'runtime', nth: 1, afterKeyframes: 5 };

describe.each(['token', 'upgrade'] as const)('a response of a gateway in place of the %s', (phase) => {
  it.each(STATUSES)('with status %i, during a reconnect, is retried', async (status) => {
    const page: Fault = { kind: 'gatewayPage', phase, nth: 2, status };
    await using trial = await openTrial({ faults: [cut, page] });
    const { session, seen } = trial;
    await session.start();
    const pcm = tone(400);
    const utterance = session.speak(pcm);
    expect(await utterance.finished).toMatchObject({ outcome: 'replayed' });
    expectSpokenOnce(seen.frames, utterance.reqId, pcm);
    const code = status === 429 ? 'concurrencyLimit' : 'upstreamError';
    expect(seen.errors).toMatchObject([
      { code: 'connectionClosed', willRetry: true },
      { code, httpStatus: status, origin: 'gateway', willRetry: true },
    ]);
    expect(session.explain().filter(({ kind }) => kind === 'failure')[1]).toMatchObject({
      matchedRow: expect.stringMatching(status === 429 ? /^HTTP 429/ : /not the service’s answer/) as string,
    });
  });

  it.each([401, 403, 404, 500, 503])(
    'as JSON with status %i, during a reconnect, is retried',
    async (status) => {
      const front: Fault = { kind: 'gatewayPage', phase, nth: 2, status, json: true };
      await using trial = await openTrial({ faults: [cut, front] });
      const { session, seen } = trial;
      await session.start();
      expect(await session.speak(tone(400)).finished).toMatchObject({ outcome: 'replayed' });
      expect(seen.errors[1]).toMatchObject({ code: 'upstreamError', origin: 'gateway', willRetry: true });
      expect(seen.errors[1]?.matchedRow).toMatch(/^a message alone, .*: not the service’s answer/);
    },
  );

  it.each([
    [401, 'token is expired'],
    [403, 'Session denied'],
    [400, '{"detail":"Invalid session token"}'],
  ])(
    'with status %i and the words "%s" of the service in another shape, is retried',
    async (status, body) => {
      const front: Fault = {
        kind: 'refuse',
        phase,
        nth: 2,
        status,
        body,
        headers: { 'content-type': 'text/plain' },
      };
      await using trial = await openTrial({ faults: [cut, front] });
      const { session, seen } = trial;
      await session.start();
      expect(await session.speak(tone(400)).finished).toMatchObject({ outcome: 'replayed' });
      expect(seen.errors[1]).toMatchObject({ code: 'upstreamError', origin: 'gateway', willRetry: true });
    },
  );

  it('in a shape of the service, is treated as a response of the service', async () => {
    const own: Fault = { kind: 'refuse', phase, nth: 2, status: 403, body: '{"message":"Session denied"}' };
    await using trial = await openTrial({ faults: [cut, own] });
    const { session, seen } = trial;
    await session.start();
    await expect(session.speak(tone(400)).finished).rejects.toMatchObject({ code: 'billingRequired' });
    expect(seen.closes).toMatchObject([{ reason: 'failed', error: { code: 'billingRequired' } }]);
  });

  it.each([
    [401, phase === 'token' ? 'sessionTokenInvalid' : 'sessionTokenExpired'],
    [404, 'appIDUnrecognized'],
    [400, 'invalidRequest'],
    [302, 'invalidRequest'],
  ])('with status %i, on a first connect, is %s of the gateway', async (status, code) => {
    await using trial = await openTrial({ faults: [{ kind: 'gatewayPage', phase, nth: 1, status }] });
    await expect(trial.session.start()).rejects.toMatchObject({ code, origin: 'gateway', reason: 'rule' });
    expect(trial.dials).toBe(1);
  });
});

describe('the handshake', () => {
  const GREETINGS: readonly (readonly [string, Fault, string])[] = [
    ['a text', { kind: 'textFrame', phase: 'handshake', text: 'no healthy upstream' }, 'protocolError'],
    ['bytes', { kind: 'garble', phase: 'handshake' }, 'protocolError'],
    ['1002', { kind: 'close', phase: 'handshake', code: 1002 }, 'protocolError'],
    ['1008', { kind: 'close', phase: 'handshake', code: 1008, reason: 'policy' }, 'invalidRequest'],
  ];

  it.each(GREETINGS)('answered with %s during a reconnect is retried', async (_what, greeting) => {
    await using trial = await openTrial({ faults: [cut, { ...greeting, nth: 2 }] });
    const { session, seen } = trial;
    await session.start();
    expect(await session.speak(tone(400)).finished).toMatchObject({ outcome: 'replayed' });
    expect(seen.errors[1]).toMatchObject({
      code: 'upstreamError',
      origin: 'gateway',
      step: 'handshake',
      willRetry: true,
    });
    expect(seen.errors[1]?.matchedRow).toMatch(
      /: not the service’s answer, as it had confirmed the session before$/,
    );
  });

  it.each(GREETINGS)('answered with %s on a first connect is not retried', async (_what, greeting, code) => {
    await using trial = await openTrial({ faults: [greeting] });
    await expect(trial.session.start()).rejects.toMatchObject({ code, origin: 'service', reason: 'rule' });
    expect(trial.dials).toBe(1);
  });
});

it('a page in response to every dial fails the session within the limits, and the error describes the gateway', async () => {
  const page: Fault = { kind: 'gatewayPage', phase: 'upgrade', nth: 2, times: 'always', status: 404 };
  await using trial = await openTrial(
    { faults: [cut, page] },
    { retry: { maxAttempts: 2, backoff: { baseMs: 5 } } },
  );
  const closed = next(trial.session, 'close');
  await trial.session.start();
  void trial.session.speak(tone(400)).finished.catch(() => undefined);
  expect(await closed).toMatchObject({
    reason: 'failed',
    error: { code: 'upstreamError', origin: 'gateway', httpStatus: 404, reason: 'attempts' },
  });
});

it('a refusal of the service itself ends a session also during a reconnect', async () => {
  const refusal: Fault = {
    kind: 'refuse',
    phase: 'upgrade',
    nth: 2,
    status: 402,
    body: '{"message":"session denied: credits exhausted"}',
  };
  await using trial = await openTrial({ faults: [cut, refusal] });
  const closed = next(trial.session, 'close');
  await trial.session.start();
  void trial.session.speak(tone(400)).finished.catch(() => undefined);
  expect(await closed).toMatchObject({
    error: { code: 'creditsExhausted', origin: 'service', reason: 'rule' },
  });
});
