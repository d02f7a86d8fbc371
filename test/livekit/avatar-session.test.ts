/**
 * An avatar for LiveKit agents, with their real package and the emulator. The agent speaks by `say`, as with
 * any TTS. The room is a stand-in with the members that are used. Loading the package takes a second, so the
 * start and the end of an avatar have only one more file, avatar-life.test.ts.
 */
import type { voice } from '@livekit/agents';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createSystemClock } from '../../src/adapters/node/system-clock.js';
import { AvatarSession } from '../../src/livekit/avatar-session.js';
import { AgentStage, frame, speech } from './agent-stage.js';
import { waitFor } from '../support/wait-for.js';

afterEach(() => {
  vi.useRealTimers();
});

/** Waits at least this long, by the system clock. */
const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('an avatar', () => {
  it('plays the speech of the agent, and reports its start and its end', async () => {
    await using stage = await AgentStage.onAir();
    const { agent, service, started, progressed, finished } = stage;
    expect(stage.output).toMatchObject({ sampleRate: 24_000, canPause: true });
    const beforeMs = Date.now();
    await agent.say('Hello.', { audio: speech(500) }).waitForPlayout();
    expect(finished).toEqual([{ playbackPosition: 0.5, interrupted: false }]);
    expect(progressed).toEqual([{ startedAt: started[0]?.createdAt, offset: 0, duration: 500 }]);
    expect(started).toHaveLength(1);
    expect(started[0]?.createdAt).toBeGreaterThanOrEqual(beforeMs);
    expect(service.heard).toMatchObject([{ durationMs: 500, playedMs: 500, ended: true }]);
  });

  it('encodes the speech if configured, with the same positions', async () => {
    await using stage = await AgentStage.onAir({}, { audioFormat: 'ogg_opus' });
    await stage.agent.say('Hello.', { audio: speech(400) }).waitForPlayout();
    expect(stage.finished).toMatchObject([{ interrupted: false }]);
    expect(Math.abs((stage.finished[0]?.playbackPosition ?? 0) - 0.4)).toBeLessThanOrEqual(0.02);
    expect(stage.service.log).toContainEqual(
      expect.objectContaining({ event: 'configured', audioFormat: 1 }),
    );
  });

  it('has the type of an avatar session, and the identity and provider of the vendor', () => {
    const options = { apiKey: 'key', appId: 'app', avatarId: 'avatar' };
    const avatar: voice.AvatarSession = new AvatarSession(options);
    expect(avatar).toMatchObject({ avatarIdentity: 'spatius-avatar-agent', provider: 'spatius' });
    const named = new AvatarSession({ ...options, avatarParticipantIdentity: 'face' });
    expect(named.avatarIdentity).toBe('face');
  });

  it('waits until its worker has joined the room, and reports how long that took', async () => {
    await using stage = await AgentStage.onAir();
    const { avatar, room } = stage;
    const metrics: unknown[] = [];
    avatar.on('metrics_collected', (event) => metrics.push(event));
    await expect(avatar.waitForJoin({ timeout: 1 })).rejects.toThrow('timed out');
    room.avatarJoins(avatar.avatarIdentity);
    await avatar.waitForJoin();
    expect(metrics).toMatchObject([{ type: 'avatar_metrics', metadata: { modelProvider: 'spatius' } }]);
  });

  it('answers the calls of its worker only', async () => {
    await using stage = await AgentStage.onAir();
    const { room, avatar } = stage;
    const call = room.rpc.get('lk.playback_finished');
    const payload = '{"playback_position":1,"interrupted":false}';
    expect(await call?.({ callerIdentity: avatar.avatarIdentity, payload })).toBe('ok');
    expect(await call?.({ callerIdentity: 'somebody', payload })).toBe('reject');
    expect(stage.finished).toEqual([]);
  });
});

describe('when the connection is lost in mid-speech', () => {
  it.each([
    ['a reset', { kind: 'reset', phase: 'runtime', afterMs: 300 }],
    ['a deploy', { kind: 'close', phase: 'runtime', code: 1012, reason: 'rolling deploy', afterMs: 300 }],
  ] as const)('%s loses no speech: one start, one end, the whole length', async (_name, fault) => {
    await using stage = await AgentStage.onAir({}, { session: { retry: 'test' } });
    stage.service.inject(fault);
    await stage.agent.say('A long answer.', { audio: speech(1_000) }).waitForPlayout();
    expect(stage.finished).toEqual([{ playbackPosition: 1, interrupted: false }]);
    expect(stage.started).toHaveLength(1);
    await waitFor(() => expect(stage.connections).toBe(2));
  });

  it('the room gets a new token for the next dial if the first has expired', async () => {
    // The test controls the date, for the service and for the tokens. It is read from Date, as LiveKit's
    // package does.
    const clock = Object.assign(createSystemClock(), { epochMs: () => Date.now() });
    await using stage = await AgentStage.onAir({ clock }, { session: { retry: 'test' } });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * 3_600_000 });
    stage.service.inject({ kind: 'reset', phase: 'runtime', afterMs: 100 });
    await stage.agent.say('Two hours later.', { audio: speech(400) }).waitForPlayout();
    expect(stage.finished).toEqual([{ playbackPosition: 0.4, interrupted: false }]);
    await waitFor(() => expect(stage.connections).toBe(2));
  });

  it('permanently, the speech ends as interrupted, and the next one fails with the error of the session', async () => {
    await using stage = await AgentStage.onAir();
    const { output, service } = stage;
    const closed = new Promise((resolve) => stage.avatar.session?.once('close', resolve));
    service.inject({
      kind: 'close',
      phase: 'runtime',
      code: 4001,
      reason: 'Credits exhausted',
      afterMs: 200,
    });
    await stage.agent.say('A long answer.', { audio: speech(5_000) }).waitForPlayout();
    await closed;
    expect(stage.finished).toMatchObject([{ interrupted: true }]);
    expect(stage.finished[0]?.playbackPosition).toBeLessThan(2);
    await expect(output.captureFrame(frame(100))).rejects.toMatchObject({ code: 'creditsExhausted' });
    await output.waitForPlayout(); // Playback that has not begun is not awaited.
  });
});

describe('an interrupt', () => {
  it('ends the speech at the position that the room has played, within 150 ms', async () => {
    await using stage = await AgentStage.onAir();
    // The agent ignores interrupts in the first seconds of a call, so the test uses the output directly.
    const { output, service } = stage;
    const begins = stage.plays();
    for (let atMs = 0; atMs < 5_000; atMs += 100) await output.captureFrame(frame(100));
    output.flush();
    await begins;
    await after(500);
    output.clearBuffer();
    const { playbackPosition, interrupted } = await output.waitForPlayout();
    expect(interrupted).toBe(true);
    const [heard] = service.heard;
    expect(playbackPosition).toBeGreaterThanOrEqual(0.4);
    expect(Math.abs(playbackPosition * 1_000 - (heard?.playedMs ?? 0))).toBeLessThan(150);
    expect(stage.progressed.at(-1)).toMatchObject({ offset: 0, duration: playbackPosition * 1_000 });
  });

  it('drops further frames of that speech from the agent, and not the next speech', async () => {
    await using stage = await AgentStage.onAir({ playoutSpeed: 10 });
    const { output, service, finished } = stage;
    await output.captureFrame(frame(100));
    output.clearBuffer();
    await output.captureFrame(frame(100));
    output.flush();
    await output.waitForPlayout();
    expect(finished).toMatchObject([{ interrupted: true }]);
    await output.captureFrame(frame(200));
    output.flush();
    expect(await output.waitForPlayout()).toEqual({ playbackPosition: 0.2, interrupted: false });
    expect(service.heard.map(({ durationMs }) => durationMs).at(-1)).toBe(200);
  });

  it('of several segments ends them in their order', async () => {
    await using stage = await AgentStage.onAir();
    const { output } = stage;
    const begins = stage.plays();
    for (const ms of [1_000, 2_000]) {
      await output.captureFrame(frame(ms));
      output.flush();
    }
    await begins;
    output.clearBuffer();
    await output.waitForPlayout();
    expect(stage.finished).toMatchObject([{ interrupted: true }, { playbackPosition: 0, interrupted: true }]);
  });
});

describe('a pause', () => {
  it('stops the room, and the reported playback periods have no gap', async () => {
    await using stage = await AgentStage.onAir();
    const { output, progressed, service } = stage;
    const begins = stage.plays();
    // The speech is long enough that much is left when the pause arrives, even on a busy machine.
    await output.captureFrame(frame(3_000));
    output.flush();
    await begins;
    const paused = new Promise((resolve) => output.once('playbackProgressed', resolve));
    output.pause();
    await paused;
    const [first] = progressed;
    await after(300);
    expect(service.heard[0]?.playedMs).toBeLessThan((first?.duration ?? 0) + 150);
    output.resume();
    expect(await output.waitForPlayout()).toEqual({ playbackPosition: 3, interrupted: false });
    const [, second] = progressed;
    expect(second?.offset).toBe(first?.duration);
    expect((first?.duration ?? 0) + (second?.duration ?? 0)).toBe(3_000);
    expect((second?.startedAt ?? 0) - (first?.startedAt ?? 0)).toBeGreaterThanOrEqual(300);
  });

  it('is not offered if the service can not pause a room, so the agent interrupts instead', async () => {
    await using stage = await AgentStage.onAir({ capabilities: ['playback_state'] });
    expect(stage.output.canPause).toBe(false);
  });
});
