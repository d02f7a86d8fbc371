/**
 * The playback events of every mode, the effect of a pause on audio, and what is played in the room after a lost
 * connection.
 */
import { describe, expect, it } from 'vitest';
import type { LiveKitEgress, PlaybackEvent } from '../../src/index.js';
import type { EmulatorOptions, LogEntry } from '../../src/emulator/index.js';
import { MessageType, PlaybackStateValue } from '../../src/ports/message.js';
import { pieces, tone } from '../emulator/pcm.js';
import { next } from './scenario-support/record.js';
import { openTrial } from './scenario-support/trial.js';
import { virtualSession } from './virtual-session.js';

const livekitEgress: LiveKitEgress = {
  url: 'wss://room.example',
  apiToken: 'a room token',
  roomName: 'lobby',
};
const FAST: EmulatorOptions = { playoutSpeed: 20, playbackStateIntervalMs: Infinity };
/** The bytes of one second of speech at 16 kHz. */
const SECOND_BYTES = 32_000;

const audioBytes = (log: readonly LogEntry[], connection: number): number =>
  log.reduce((sum, e) => sum + (e.event === 'audio' && e.connection === connection ? e.bytes : 0), 0);

describe('playback events', () => {
  it.each([
    ['without egress: at the position of the frames', {}, {}, [0, 480]],
    ['with egress and playback_state: as the service reports them', FAST, { livekitEgress }, [0, 480]],
    [
      'with egress and without playback_state: at the signals',
      { ...FAST, capabilities: [] },
      { livekitEgress },
      // By the clock of a machine that may be busy: less than 50 ms after the signal.
      [expect.closeTo(0, -2), 480],
    ],
    ['with Agora egress', FAST, { agoraEgress: { channelName: 'c', token: 't' } }, [0, 480]],
  ])('report the start and the end %s', async (_mode, service, options, positions) => {
    await using trial = await openTrial(service, options);
    await trial.session.start();
    await trial.session.speak(tone(480)).finished;
    expect(trial.seen.playback.map(({ state }) => state)).toEqual(['started', 'ended']);
    expect(trial.seen.playback.map(({ positionMs }) => positionMs)).toEqual(positions);
  });

  it.each([
    ['without egress', { pace: 4 }, {}],
    ['with egress', {}, { livekitEgress }],
    ['with egress and without playback_state', { capabilities: [] }, { livekitEgress }],
  ])('report an interrupt once, as the last event: %s', async (_mode, service, options) => {
    await using trial = await openTrial(service, options);
    const { session, seen } = trial;
    await session.start();
    const cut = session.speak(tone(5_000));
    await next(session, 'playback');
    await session.interrupt();
    await session.speak(tone(40)).finished;
    const reported = seen.playback.filter(({ reqId }) => reqId === cut.reqId).map(({ state }) => state);
    expect(reported).toEqual(['started', 'interrupted']);
  });

  it('report the end also if the service sends nothing after the last signal', async () => {
    const { session, transport } = virtualSession({
      service: (dial) => void dial.confirm('c-1', ['playback_state']),
      options: { livekitEgress },
    });
    const reported: PlaybackEvent[] = [];
    session.on('playback', (event) => reported.push(event));
    await session.start();
    const { reqId, finished } = session.speak(tone(40));
    const signal = {
      type: MessageType.serverResponseAnimation,
      connectionId: 'c-1',
      reqId,
      avatarId: '',
    } as const;
    const state = { type: MessageType.serverPlaybackState, connectionId: 'c-1', reqId, reason: '' } as const;
    transport.latest.say({ ...state, state: PlaybackStateValue.playing, playedMs: 0 });
    transport.latest.say({ ...signal, end: true, keyframes: [] });
    transport.latest.say({ ...state, state: PlaybackStateValue.ended, playedMs: 40 });
    await finished;
    expect(reported).toEqual([
      { reqId, state: 'started', positionMs: 0 },
      { reqId, state: 'ended', positionMs: 40 },
    ]);
    await session.close();
  });

  it('never go back when the position of the service does', async () => {
    await using trial = await openTrial({ playoutSpeed: 4, playbackStateIntervalMs: 20 }, { livekitEgress });
    const { session, seen, service } = trial;
    await session.start();
    const utterance = session.speak(tone(1_000));
    await service.waitFor((e) => e.event === 'playback' && e.playedMs >= 300);
    service.inject({ kind: 'playedMsBackwards', phase: 'runtime', times: 3, byMs: 150 });
    const paused = next(session, 'playback');
    await session.pause();
    await paused;
    await session.resume();
    await utterance.finished;
    const said = service.log.flatMap((e) => (e.event === 'playback' ? [e.playedMs] : []));
    const ascending = (positions: number[]): number[] => positions.toSorted((a, b) => a - b);
    expect(said).not.toEqual(ascending(said));
    const positions = seen.playback.map(({ positionMs }) => positionMs ?? -1);
    expect(positions).toHaveLength(4);
    expect(positions).toEqual(ascending(positions));
    expect(positions[1]).toBeGreaterThanOrEqual(300);
  });
});

describe('a pause', () => {
  it('does not delay audio, which is still sent', async () => {
    await using trial = await openTrial({ playoutSpeed: 10 }, { livekitEgress });
    const { session, service } = trial;
    await session.start();
    const utterance = session.speak();
    await utterance.write(tone(200));
    await next(session, 'playback');
    await session.pause();
    await service.waitFor(({ event }) => event === 'paused');
    for (const piece of pieces(tone(400), 640)) await utterance.write(piece);
    await utterance.end();
    await service.waitFor((e) => e.event === 'audio' && e.end);
    expect(audioBytes(service.log, 1)).toBe((600 * SECOND_BYTES) / 1000);
    expect(service.log.some(({ event }) => event === 'ended')).toBe(false);
    await session.resume();
    expect(await utterance.finished).toMatchObject({ outcome: 'delivered' });
  });

  it('is reported by the session if the service does not report it', async () => {
    const capabilities = ['playback_control'];
    await using trial = await openTrial({ capabilities, playoutSpeed: 4 }, { livekitEgress });
    const { session, seen } = trial;
    await session.start();
    const utterance = session.speak(tone(400));
    await next(session, 'playback');
    await session.pause();
    await session.pause();
    await session.resume();
    await utterance.finished;
    expect(seen.playback.map(({ state }) => state)).toEqual(['started', 'paused', 'resumed', 'ended']);
  });

  it('that the service has ended is not resumed: the rest of the audio is refused, and the next utterance waits for resume()', async () => {
    await using trial = await openTrial({ pauseTimeoutMs: 500, playoutSpeed: 10 }, { livekitEgress });
    const { session, seen } = trial;
    await session.start();
    const utterance = session.speak();
    await utterance.write(tone(1_000));
    await next(session, 'playback');
    await session.pause();
    expect(await utterance.finished).toMatchObject({ outcome: 'interrupted' });
    await expect(utterance.write(tone(20))).rejects.toMatchObject({
      code: 'invalidRequest',
      outcome: 'interrupted',
      reqId: utterance.reqId,
    });
    const following = session.speak(tone(100));
    await trial.service.waitFor((e) => e.event === 'paused' && e.reqId === following.reqId);
    await session.resume();
    expect(await following.finished).toMatchObject({ outcome: 'delivered' });
    expect(seen.playback.filter(({ reqId }) => reqId === following.reqId).at(-1)?.state).toBe('ended');
  });
});

describe('after a lost connection the room gets', () => {
  /**
   * Closes the connection when the service has reported a position of at least `fromMs`, and returns that
   * position.
   */
  async function cutWhilePlaying(
    trial: Awaited<ReturnType<typeof openTrial>>,
    fromMs: number,
  ): Promise<number> {
    const { service } = trial;
    await service.waitFor((e) => e.event === 'playback' && e.playedMs >= fromMs);
    service.inject({ kind: 'close', phase: 'runtime', code: 4503 });
    await service.waitFor((e) => e.event === 'opened' && e.connection === 2);
    return Math.max(
      ...service.log.map((e) => (e.event === 'playback' && e.connection === 1 ? e.playedMs : 0)),
    );
  }

  it.each([16_000, 22_050, 44_100])(
    'only the audio that it had not played, cut at a sample: by PlaybackState, at %i Hz',
    async (sampleRate) => {
      const service = { playoutSpeed: 4, playbackStateIntervalMs: 20 };
      await using trial = await openTrial(service, { livekitEgress, sampleRate });
      const { session, seen } = trial;
      await session.start();
      const pcm = tone(1_000, 1, sampleRate);
      const utterance = session.speak(pcm);
      const heardMs = await cutWhilePlaying(trial, 300);
      expect(await utterance.finished).toMatchObject({ outcome: 'replayed' });
      // The position is the last one of the service, advanced by the clock until the connection was lost.
      const resent = audioBytes(trial.service.log, 2);
      const unheard = pcm.length - 2 * Math.floor((heardMs * sampleRate) / 1000);
      expect(resent % 2).toBe(0);
      expect(resent).toBeLessThanOrEqual(unheard);
      expect(resent).toBeGreaterThan(unheard - (2 * sampleRate * 200) / 1000);
      const reported = seen.playback.filter(({ reqId }) => reqId === utterance.reqId);
      expect(reported.map(({ state }) => state)).toEqual(['started', 'ended']);
      expect(reported.at(-1)?.positionMs).toBeCloseTo(1_000, -1);
    },
  );

  it('the whole utterance if the service reports no position', async () => {
    await using trial = await openTrial({ ...FAST, playoutSpeed: 4, capabilities: [] }, { livekitEgress });
    const { session, service } = trial;
    await session.start();
    const utterance = session.speak(tone(400));
    await next(session, 'playback');
    service.inject({ kind: 'close', phase: 'runtime', code: 4503 });
    expect(await utterance.finished).toMatchObject({ outcome: 'replayed' });
    expect(audioBytes(service.log, 2)).toBe(0.4 * SECOND_BYTES);
  });

  it('the whole utterance again, with recovery: replay', async () => {
    const service = { playoutSpeed: 4, playbackStateIntervalMs: 20 };
    await using trial = await openTrial(service, { livekitEgress, recovery: 'replay' });
    await trial.session.start();
    const utterance = trial.session.speak(tone(1_000));
    await cutWhilePlaying(trial, 200);
    await utterance.finished;
    expect(audioBytes(trial.service.log, 2)).toBe(SECOND_BYTES);
  });
});
