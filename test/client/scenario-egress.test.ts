/**
 * Sessions that publish into a room: the socket carries signals instead of keyframes, and the credentials of the
 * room are requested for every dial.
 */
import { describe, expect, it } from 'vitest';
import type { EgressRequest, LiveKitEgress } from '../../src/index.js';
import type { EmulatorOptions, Fault } from '../../src/emulator/index.js';
import { EgressType } from '../../src/ports/message.js';
import { tone } from '../emulator/pcm.js';
import { next } from './scenario-support/record.js';
import { openTrial } from './scenario-support/trial.js';

const ROOM: LiveKitEgress = { url: 'wss://room.example', apiToken: 'a room token', roomName: 'lobby' };
/** Half a second of audio is played in 25 ms. */
const FAST: EmulatorOptions = { playoutSpeed: 20, playbackStateIntervalMs: Infinity };

describe('a session with LiveKit egress', () => {
  it('configures it, and delivers signals instead of keyframes', async () => {
    await using trial = await openTrial(FAST, { livekitEgress: ROOM });
    const { session, seen, service } = trial;
    await session.start();
    const utterance = session.speak(tone(500));
    expect(await utterance.finished).toEqual({
      reqId: utterance.reqId,
      outcome: 'delivered',
      keyframes: 0,
      positionMs: 500,
    });
    expect(service.log.find(({ event }) => event === 'configured')).toMatchObject({
      egressType: EgressType.liveKit,
    });
    expect(
      seen.framesOf(utterance.reqId).map(({ end, keyframes, index }) => [end, keyframes, index]),
    ).toEqual([
      [false, [], 0],
      [true, [], 0],
    ]);
  });

  it('reports the playback with its positions', async () => {
    await using trial = await openTrial(FAST, { livekitEgress: ROOM });
    const { session, seen } = trial;
    await session.start();
    const { reqId } = await session.speak(tone(500)).finished;
    // At twenty times real time, playback advances by one millisecond every 50 µs, so this position is not exact.
    // Tests in virtual time check the exact rule.
    expect(seen.playback).toEqual([
      { reqId, state: 'started', positionMs: seen.playback[0]?.positionMs },
      { reqId, state: 'ended', positionMs: 500 },
    ]);
    expect(seen.playback[0]?.positionMs).toBeLessThan(500);
  });

  it('reports a repeated end once', async () => {
    const faults: Fault[] = [{ kind: 'duplicateEnd', phase: 'runtime', times: 'always' }];
    await using trial = await openTrial({ ...FAST, faults }, { livekitEgress: ROOM });
    const { session, seen } = trial;
    await session.start();
    const { reqId } = await session.speak(tone(500)).finished;
    await session.speak(tone(100)).finished;
    expect(seen.framesOf(reqId).filter(({ end }) => end)).toHaveLength(1);
  });

  it('pauses and resumes the playback', async () => {
    await using trial = await openTrial(
      { playoutSpeed: 4, playbackStateIntervalMs: Infinity },
      { livekitEgress: ROOM },
    );
    const { session, seen, service } = trial;
    await session.start();
    const utterance = session.speak(tone(1_000));
    await next(session, 'playback');
    const paused = next(session, 'playback');
    await session.pause();
    expect(await paused).toMatchObject({ reqId: utterance.reqId, state: 'paused', reason: 'explicit' });
    const resumed = next(session, 'playback');
    await session.resume();
    expect(await resumed).toMatchObject({ state: 'resumed', reason: 'explicit' });
    expect(await utterance.finished).toMatchObject({ outcome: 'delivered' });
    expect(seen.playback.map(({ state }) => state)).toEqual(['started', 'paused', 'resumed', 'ended']);
    expect(
      service.log.flatMap(({ event }) => (event === 'paused' || event === 'resumed' ? [event] : [])),
    ).toEqual(['paused', 'resumed']);
  });

  it('ends an interrupted utterance at once, with a playback event', async () => {
    await using trial = await openTrial({ playbackStateIntervalMs: Infinity }, { livekitEgress: ROOM });
    const { session } = trial;
    await session.start();
    const utterance = session.speak(tone(5_000));
    await next(session, 'playback');
    const silenced = next(session, 'playback');
    await session.interrupt();
    expect(await utterance.finished).toMatchObject({ outcome: 'interrupted', keyframes: 0 });
    expect(await silenced).toMatchObject({
      reqId: utterance.reqId,
      state: 'interrupted',
    });
  });

  it('handles the end of a pause by the service as an interrupt', async () => {
    await using trial = await openTrial({ pauseTimeoutMs: 20 }, { livekitEgress: ROOM });
    const { session, seen } = trial;
    await session.start();
    const utterance = session.speak(tone(5_000));
    await next(session, 'playback');
    await session.pause();
    expect(await utterance.finished).toMatchObject({ outcome: 'interrupted' });
    expect(seen.playback.at(-1)).toMatchObject({ state: 'interrupted', reason: 'pause_timeout' });
    // The utterance is over, and the session is still paused.
    await session.resume();
    expect(seen.playback.filter(({ state }) => state === 'resumed')).toEqual([]);
  });

  it('sends the utterance again after a lost connection, with one end', async () => {
    const faults: Fault[] = [{ kind: 'close', phase: 'runtime', nth: 1, afterAudioBytes: 640, code: 4503 }];
    await using trial = await openTrial({ ...FAST, faults }, { livekitEgress: ROOM });
    const { session, seen } = trial;
    await session.start();
    const { reqId, outcome } = await session.speak(tone(500)).finished;
    expect(outcome).toBe('replayed');
    expect(seen.framesOf(reqId).filter(({ end }) => end)).toHaveLength(1);
    expect(new Set(seen.playback.map((event) => event.reqId))).toEqual(new Set([reqId]));
  });
});

describe('pause() and resume()', () => {
  it('reject if the service lacks the capability', async () => {
    const faults: Fault[] = [
      { kind: 'missingCapability', phase: 'handshake', capability: 'playback_control' },
    ];
    await using trial = await openTrial({ faults }, { livekitEgress: ROOM });
    const { session, service } = trial;
    await session.start();
    session.speak(tone(1_000));
    await expect(session.pause()).rejects.toThrow('playback_control');
    await expect(session.resume()).rejects.toMatchObject({
      code: 'invalidRequest',
      phase: 'websocket_runtime',
      willRetry: true,
    });
    expect(service.log.some(({ event }) => event === 'paused' || event === 'ignored')).toBe(false);
  });

  it.each(['pause', 'resume'] as const)('reject before start() and after close(): %s', async (call) => {
    await using trial = await openTrial({}, { livekitEgress: ROOM });
    const { session } = trial;
    await expect(session[call]()).rejects.toThrow('call start() first');
    await session.start();
    await session[call]();
    await session.close();
    await expect(session[call]()).rejects.toMatchObject({ code: 'connectionClosed', reason: 'closed' });
  });
});

describe('an egress function', () => {
  it('is called for every dial, with the reason of the dial', async () => {
    const faults: Fault[] = [
      { kind: 'refuse', phase: 'upgrade', nth: 1, status: 401 },
      { kind: 'close', phase: 'runtime', nth: 1, code: 4503 },
      { kind: 'reset', phase: 'upgrade', nth: 3 },
    ];
    const calls: EgressRequest[] = [];
    const livekitEgress = (request: EgressRequest): Promise<LiveKitEgress> => {
      calls.push(request);
      return Promise.resolve({ ...ROOM, apiToken: `room token ${calls.length}` });
    };
    await using trial = await openTrial({ faults }, { livekitEgress });
    const { session } = trial;
    const reconnected = next(session, 'reconnect');
    await session.init();
    await session.start();
    await reconnected;
    expect(calls.map(({ reason }) => reason)).toEqual(['start', 'refused', 'reconnect', 'reconnect']);
    expect(calls.map(({ signal }) => signal.aborted)).toEqual([false, false, false, false]);
  });

  it('that hangs is aborted by its signal when the step ends', async () => {
    const signals: AbortSignal[] = [];
    const livekitEgress = ({ signal }: EgressRequest): Promise<never> => {
      signals.push(signal);
      return new Promise(() => undefined);
    };
    await using trial = await openTrial({}, { livekitEgress, timeoutMs: 30, retry: { maxAttempts: 1 } });
    await expect(trial.session.start()).rejects.toMatchObject({
      phase: 'websocket_connect',
      step: 'handshake',
      reason: 'attempts',
    });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(trial.service.log.some(({ event }) => event === 'upgradeRequested')).toBe(false);
  });

  it('that throws fails the dial, with its error as the cause', async () => {
    const livekitEgress = (): never => {
      throw new Error('no room available');
    };
    await using trial = await openTrial({}, { livekitEgress, retry: { maxAttempts: 1 } });
    await expect(trial.session.start()).rejects.toMatchObject({
      phase: 'websocket_connect',
      cause: { message: 'no room available' },
    });
  });

  it('that returns no configuration is not called again', async () => {
    const livekitEgress = (() => 'a token') as unknown as () => LiveKitEgress;
    await using trial = await openTrial({}, { livekitEgress });
    await expect(trial.session.start()).rejects.toMatchObject({
      code: 'invalidEgressConfig',
      reason: 'rule',
    });
    expect(trial.dials).toBe(1);
  });
});

describe('a room that is refused', () => {
  it.each([
    [
      3,
      'missing LiveKit credentials: provide api_token or both api_key and api_secret',
      'invalidEgressConfig',
    ],
    [
      16,
      'failed to create connection: failed to connect to room: unauthorized: invalid token',
      'invalidEgressConfig',
    ],
    [0, 'unauthorized', 'invalidEgressConfig'],
    [14, 'try later', 'egressUnavailable'],
    [3, 'agora_egress: bad channel', 'invalidEgressConfig'],
  ] as const)('error %i "%s" is %s', async (code, message, expected) => {
    const faults: Fault[] = [
      { kind: 'serverError', phase: 'handshake', code, message, thenClose: { code: 1011 } },
    ];
    await using trial = await openTrial({ faults }, { agoraEgress: { channelName: 'c' } });
    await expect(trial.session.start()).rejects.toMatchObject({
      code: expected,
      phase: 'websocket_connect',
      reason: 'rule',
    });
    expect(trial.seen.errors).toHaveLength(1);
    expect(trial.service.log.find(({ event }) => event === 'configured')).toMatchObject({
      egressType: EgressType.agora,
    });
  });
});

describe('a room token that has expired', () => {
  const tokenUntil = (epochMs: number): string => {
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${part({ alg: 'HS256' })}.${part({ exp: epochMs / 1_000 })}.signature`;
  };

  it('in the cache of the application is replaced: the session requests another one, and the utterance finishes', async () => {
    const faults: Fault[] = [{ kind: 'close', phase: 'runtime', nth: 1, afterAudioBytes: 640, code: 4503 }];
    const reasons: string[] = [];
    let token = tokenUntil(Date.now() + 3_600_000);
    const livekitEgress = ({ reason }: EgressRequest): LiveKitEgress => {
      reasons.push(reason);
      if (reason === 'refused') token = tokenUntil(Date.now() + 3_600_000);
      return { ...ROOM, apiToken: token };
    };
    await using trial = await openTrial({ ...FAST, faults }, { livekitEgress });
    const { session, seen } = trial;
    await session.start();
    token = tokenUntil(Date.now() - 1_000);
    expect(await session.speak(tone(500)).finished).toMatchObject({ outcome: 'replayed' });
    expect(reasons).toEqual(['start', 'reconnect', 'refused']);
    expect(seen.errors).toMatchObject([
      { code: 'upstreamError', willRetry: true },
      { code: 'invalidEgressConfig', serverCode: '16', willRetry: true },
    ]);
  });
});
