/**
 * Failures of a running session over real sockets: their codes, their scope, and whether the session continues.
 */
import { describe, expect, it } from 'vitest';
import type { AvatarSDKError } from '../../src/index.js';
import type { Fault } from '../../src/emulator/index.js';
import { pieces, tone } from '../emulator/pcm.js';
import { next } from './scenario-support/record.js';
import { CHUNK_BYTES, expectSpokenOnce } from './scenario-support/spoken.js';
import { QUICK, openTrial } from './scenario-support/trial.js';

type Reported = Partial<{ [Name in keyof AvatarSDKError]: unknown }>;
/** The fault occurs during speech, so a request is unfinished. */
const speaking = { phase: 'runtime', nth: 1, afterAudioBytes: 640 } as const;

const ENDING: readonly [what: string, fault: Fault, reported: Reported][] = [
  [
    'close 4001',
    { kind: 'close', ...speaking, code: 4001, reason: 'Credits exhausted' },
    { code: 'creditsExhausted', closeCode: 4001 },
  ],
  ['close 4002', { kind: 'close', ...speaking, code: 4002 }, { code: 'sessionDurationExceeded' }],
  ['close 4003', { kind: 'close', ...speaking, code: 4003 }, { code: 'concurrencyLimit' }],
  ['close 4400', { kind: 'close', ...speaking, code: 4400 }, { code: 'connectionClosed', permanent: true }],
  ['close 1008', { kind: 'close', ...speaking, code: 1008, reason: 'policy' }, { code: 'invalidRequest' }],
  [
    'only error 4001',
    { kind: 'serverError', ...speaking, code: 4001, message: 'Credits exhausted' },
    { code: 'creditsExhausted', serverCode: '4001' },
  ],
  [
    'error 4001 and close 4001',
    { kind: 'serverError', ...speaking, code: 4001, message: 'Credits exhausted', thenClose: { code: 4001 } },
    { code: 'creditsExhausted', serverCode: '4001' },
  ],
  [
    'error 16 in a room, and 1011',
    {
      kind: 'serverError',
      ...speaking,
      code: 16,
      message: 'unauthorized: invalid token',
      thenClose: { code: 1011 },
    },
    { code: 'sessionTokenInvalid', serverCode: '16' },
  ],
];

const RECONNECTING: readonly [what: string, fault: Fault, reported: Reported][] = [
  [
    'close 4503',
    { kind: 'close', ...speaking, code: 4503, reason: 'deploy' },
    { code: 'upstreamError', closeCode: 4503, closeReason: 'deploy' },
  ],
  ['close 4999', { kind: 'close', ...speaking, code: 4999 }, { code: 'connectionClosed' }],
  [
    'close 1000 during speech',
    { kind: 'close', ...speaking, code: 1000 },
    { code: 'connectionClosed', closeCode: 1000 },
  ],
  [
    'close 1011, idle',
    { kind: 'close', ...speaking, code: 1011, reason: 'no audio input for 60s' },
    { code: 'idleTimeout' },
  ],
  [
    'close 1008, idle',
    { kind: 'close', ...speaking, code: 1008, reason: 'no audio input for 60s' },
    { code: 'idleTimeout' },
  ],
  [
    'close 4010: the token has expired',
    { kind: 'close', ...speaking, code: 4010 },
    { code: 'sessionTokenExpired', closeCode: 4010 },
  ],
  ['a reset', { kind: 'reset', ...speaking }, { code: 'connectionClosed', closeCode: 1006 }],
  [
    'only error 4503',
    { kind: 'serverError', ...speaking, code: 4503, message: 'deploy' },
    { code: 'upstreamError', serverCode: '4503' },
  ],
  [
    'error 14 and close 1011',
    { kind: 'serverError', ...speaking, code: 14, message: 'backend gone', thenClose: { code: 1011 } },
    { code: 'upstreamError', serverCode: '14' },
  ],
];

describe('a running session', () => {
  it.each(ENDING)(
    'is ended by %s: one error event, and the utterance fails with that error',
    async (_what, fault, reported) => {
      await using trial = await openTrial({ faults: [fault] });
      const { session, seen } = trial;
      const connectionId = await session.start();
      const closed = next(session, 'close');
      const utterance = session.speak(pieces(tone(400), CHUNK_BYTES));
      expect(await closed).toMatchObject({ reason: 'failed', error: reported });
      expect(seen.errors).toHaveLength(1);
      expect(seen.errors[0]).toMatchObject({
        phase: 'websocket_runtime',
        connectionId,
        willRetry: false,
        reason: 'rule',
        ...reported,
      });
      await expect(utterance.finished).rejects.toMatchObject({
        code: reported.code,
        outcome: 'failed',
        reqId: utterance.reqId,
      });
      expect(trial.dials).toBe(1);
      expect(await trial.socketsLeft()).toBe(0);
    },
  );

  it.each(RECONNECTING)(
    'continues after %s: one error event, then the utterance is sent again',
    async (_what, fault, reported) => {
      await using trial = await openTrial({ faults: [fault] });
      const { session, seen } = trial;
      const connectionId = await session.start();
      const pcm = tone(400);
      const utterance = session.speak(pieces(pcm, CHUNK_BYTES));
      await utterance.finished;
      expectSpokenOnce(seen.frames, utterance.reqId, pcm);
      expect(seen.errors).toHaveLength(1);
      expect(seen.errors[0]).toMatchObject({
        phase: 'websocket_runtime',
        connectionId,
        willRetry: true,
        ...reported,
      });
      expect(seen.errors[0]?.reason).toBeUndefined();
      expect(seen.reconnects).toMatchObject([
        {
          connectionId: session.connectionId,
          previousConnectionId: connectionId,
          attempts: 2,
          error: reported,
        },
      ]);
      expect(trial.dials).toBe(2);
    },
  );

  it.each([
    ['is retried', QUICK, { willRetry: true }, 'reconnect'],
    ['ends the session', false, { willRetry: false, reason: 'rule' }, 'close'],
  ] as const)(
    'has one error for a ServerError and a close that %s, with this verdict',
    async (_what, retry, verdict, event) => {
      const fault: Fault = {
        kind: 'serverError',
        phase: 'runtime',
        nth: 1,
        afterMs: 10,
        code: 99,
        message: 'odd',
        thenClose: { code: 1011 },
      };
      await using trial = await openTrial({ faults: [fault] }, { retry });
      const { session, seen } = trial;
      const followed = next(session, event);
      await session.start();
      await followed;
      expect(seen.errors).toMatchObject([{ code: 'serverError', serverCode: '99', ...verdict }]);
      expect(seen.closes.map(({ error }) => error)).toEqual(retry === false ? seen.errors : []);
    },
  );

  it('ends normally when the service closes with 1000 and no request is open', async () => {
    await using trial = await openTrial({
      faults: [{ kind: 'close', phase: 'runtime', afterMs: 10, code: 1000, reason: 'bye' }],
    });
    const { session, seen } = trial;
    const closed = next(session, 'close');
    await session.start();
    expect(await closed).toEqual({ reason: 'ended' });
    expect(seen.errors).toEqual([]);
    await expect(session.sendAudio(tone(20))).rejects.toMatchObject({ reason: 'closed' });
    expect(trial.dials).toBe(1);
  });

  it('fails after the attempts of one outage when the service confirms and then drops every connection', async () => {
    const drop: Fault = { kind: 'acceptThenDrop', phase: 'handshake', times: 'always' };
    await using trial = await openTrial({ faults: [drop] }, { retry: { ...QUICK, maxAttempts: 4 } });
    const { session, seen } = trial;
    const closed = next(session, 'close');
    await session.start();
    expect(await closed).toMatchObject({
      reason: 'failed',
      error: { code: 'connectionClosed', reason: 'attempts' },
    });
    expect(trial.dials).toBe(4);
    expect(seen.reconnects).toHaveLength(3);
  });

  it('reconnects after a code that the default policy surfaces, with one changed option', async () => {
    const fault: Fault = { kind: 'close', ...speaking, code: 4002 };
    const retry = { ...QUICK, rules: { sessionDurationExceeded: 'retry' } } as const;
    await using trial = await openTrial({ faults: [fault] }, { retry });
    await trial.session.start();
    expect(await trial.session.speak(pieces(tone(400), CHUNK_BYTES)).finished).toMatchObject({
      outcome: 'replayed',
    });
  });

  it('does not reconnect with retry: false', async () => {
    await using trial = await openTrial({ faults: [{ kind: 'reset', ...speaking }] }, { retry: false });
    const { session } = trial;
    await session.start();
    await expect(session.speak(pieces(tone(400), CHUNK_BYTES)).finished).rejects.toMatchObject({
      code: 'connectionClosed',
      outcome: 'failed',
    });
    expect(trial.dials).toBe(1);
  });
});
