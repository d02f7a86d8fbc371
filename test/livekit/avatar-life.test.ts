/**
 * The start and the end of an avatar, with the real package of agents and the emulator, and the prewarm of a
 * job's process.
 */
import { defineAgent, voice } from '@livekit/agents';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { HttpPost, TokenProvider } from '../../src/index.js';
import { prewarm } from '../../src/livekit/avatar-session.js';
import { AgentStage, frame, SERVER, speech } from './agent-stage.js';
import { waitFor } from '../support/wait-for.js';

afterEach(() => vi.unstubAllEnvs());

describe('a close', () => {
  it('ends the speech as interrupted, and releases everything', async () => {
    await using stage = await AgentStage.onAir();
    const { avatar, agent, room, service } = stage;
    const begins = stage.plays();
    const speaks = agent.say('A long answer.', { audio: speech(5_000) }).waitForPlayout();
    await begins;
    await avatar.aclose();
    await speaks;
    expect(stage.finished).toMatchObject([{ interrupted: true }]);
    await service.waitFor(({ event }) => event === 'closed');
    expect(service.openSockets).toBe(0);
    expect([...room.rpc.keys(), ...room.eventNames()]).toEqual([]);
    await expect(avatar.aclose()).resolves.toBeUndefined();
  });

  it('with a drain finishes the speech given before it, and no later speech', async () => {
    await using stage = await AgentStage.onAir({ playoutSpeed: 4 }, { drainTimeoutMs: 20_000 });
    const { avatar, output, room, service } = stage;
    const begins = stage.plays();
    await output.captureFrame(frame(600));
    output.flush();
    await begins;
    const closed = avatar.aclose();
    await output.captureFrame(frame(100));
    output.flush();
    await closed;
    expect(stage.finished).toEqual([
      { playbackPosition: 0.6, interrupted: false },
      { playbackPosition: 0, interrupted: true },
    ]);
    expect(service.heard).toMatchObject([{ durationMs: 600 }]);
    expect([service.openSockets, room.rpc.size]).toEqual([0, 0]);
  });

  it('with a drain interrupts speech that takes longer', async () => {
    await using stage = await AgentStage.onAir();
    const begins = stage.plays();
    await stage.output.captureFrame(frame(60_000));
    stage.output.flush();
    await begins;
    await stage.avatar.aclose({ drainTimeoutMs: 50 });
    expect(stage.finished).toMatchObject([{ interrupted: true }]);
    expect(stage.service.openSockets).toBe(0);
  });

  it('with a drain ends at once by a second close with 0', async () => {
    await using stage = await AgentStage.onAir();
    const begins = stage.plays();
    await stage.output.captureFrame(frame(60_000));
    stage.output.flush();
    await begins;
    const draining = stage.avatar.aclose({ drainTimeoutMs: 60_000 });
    await stage.avatar.aclose({ drainTimeoutMs: 0 });
    await draining;
    expect(stage.finished).toMatchObject([{ interrupted: true }]);
  });

  it('of the agent session ends the open segment, which a drain then finishes', async () => {
    await using stage = await AgentStage.onAir({ playoutSpeed: 4 }, { drainTimeoutMs: 20_000 });
    const begins = stage.plays();
    await stage.output.captureFrame(frame(400));
    await begins;
    await stage.agent.close();
    await stage.avatar.aclose();
    expect(stage.finished).toEqual([{ playbackPosition: 0.4, interrupted: false }]);
  });

  it('names an option that is wrong', async () => {
    await using stage = await AgentStage.open();
    expect(() => stage.avatar.aclose({ drainTimeoutMs: -1 })).toThrow('drainTimeoutMs must be');
  });

  it('follows the close of the agent session', async () => {
    await using stage = await AgentStage.onAir();
    await stage.agent.close();
    await waitFor(() => expect(stage.avatar.session?.state).toBe('closed'));
    expect(stage.service.openSockets).toBe(0);
  });
});

describe('a start', () => {
  it('that the service refuses rejects with its error, and releases everything', async () => {
    await using stage = await AgentStage.open({}, { avatarId: 'unknown' });
    const { avatar, agent, room } = stage;
    await expect(avatar.start(agent, room.asRoom(), SERVER)).rejects.toMatchObject({
      code: 'avatarNotFound',
    });
    expect(agent.output.audio).toBe(null);
    expect([...room.rpc.keys(), ...room.eventNames()]).toEqual([]);
    expect(stage.service.openSockets).toBe(0);
  });

  it.each([
    ['without a server', new Map<string, unknown>(), { livekitUrl: '' }, 'livekitUrl is missing'],
    ['in a room without a name', new Map([['name', undefined]]), SERVER, 'room must be connected'],
  ] as const)('%s is refused before any I/O', async (_name, members, server, message) => {
    await using stage = await AgentStage.open();
    for (const [name, value] of members) Object.defineProperty(stage.room, name, { value });
    vi.stubEnv('LIVEKIT_URL', undefined);
    await expect(stage.avatar.start(stage.agent, stage.room.asRoom(), server)).rejects.toThrow(message);
    expect(stage.service.log).toEqual([]);
  });

  it('is refused after a close', async () => {
    await using stage = await AgentStage.open();
    await stage.avatar.aclose();
    const { avatar, agent, room } = stage;
    await expect(avatar.start(agent, room.asRoom(), SERVER)).rejects.toThrow('the avatar was closed');
  });

  it('is shared by concurrent calls', async () => {
    await using stage = await AgentStage.open();
    const { avatar, agent, room } = stage;
    const starts = [1, 2].map(() => avatar.start(agent, room.asRoom(), SERVER));
    await Promise.all(starts);
    expect(stage.connections).toBe(1);
  });

  it('uses the rate of the voice if the service supports it, and refuses frames of other rates', async () => {
    await using stage = await AgentStage.onAir({}, { sampleRate: 16_000 });
    const { output } = stage;
    expect(output.sampleRate).toBe(16_000);
    await expect(output.captureFrame(frame(100, 24_000))).rejects.toThrow('frames must be mono at 16000 Hz');
    await expect(output.captureFrame(frame(100, 16_000, 2))).rejects.toThrow('got 2 channels at 16000 Hz');
  });
});

describe('prewarm', () => {
  const ACCOUNT = { apiKey: 'key', appId: 'app', avatarId: 'avatar' };

  it('finds the region for the avatars of the process, and requests no token from the console', async () => {
    const asked: string[] = [];
    const httpPost: HttpPost = ({ url }) => {
      asked.push(url.href);
      return Promise.resolve({ status: 200, headers: {}, body: '{"region":{"current":"ap-northeast"}}' });
    };
    const options = { ...ACCOUNT, region: 'auto', session: { httpPost } };
    await prewarm(undefined, options);
    await prewarm(undefined, options);
    expect(asked).toEqual(['https://global.spatialwalk.top/bootstrap']);
  });

  it('reads the account from the environment, as the avatar does', async () => {
    const environment = { SPATIUS_APP_ID: 'app', SPATIUS_AVATAR_ID: 'avatar' };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const reasons: string[] = [];
    const tokenProvider: TokenProvider = ({ reason }) => {
      reasons.push(reason);
      return { token: 'a token', reusable: true };
    };
    await prewarm(undefined, { session: { tokenProvider } });
    expect(reasons).toEqual(['start']);
  });

  it.each([
    ['without an account', {}],
    ['with a wrong option', { ...ACCOUNT, region: 'no region' }],
    [
      'with a token provider that fails',
      { ...ACCOUNT, session: { tokenProvider: () => Promise.reject(new Error('down')) } },
    ],
  ])('never rejects: %s', async (_name, options) => {
    for (const name of ['API_KEY', 'APP_ID', 'AVATAR_ID']) vi.stubEnv(`SPATIUS_${name}`, undefined);
    await expect(prewarm(undefined, options)).resolves.toBeUndefined();
  });

  it('has the type that `defineAgent` expects', () => {
    expect(defineAgent({ prewarm, entry: () => Promise.resolve() }).prewarm).toBe(prewarm);
  });
});

describe('examples/livekit-agent.mjs', () => {
  it('imports, in a clone, all exports of the entry', async () => {
    const found = (await import('../../examples/clone/package-livekit.mjs')) as object;
    const entry = (await import('../../src/livekit/avatar-session.js')) as object;
    expect(Object.keys(found).toSorted()).toEqual(Object.keys(entry).toSorted());
  });

  it('gives the agent of a job its avatar, and ends the job when that fails permanently', async () => {
    await using stage = await AgentStage.open();
    const { apiKey, appId, avatarId, consoleEndpointUrl, ingressEndpointUrl } = stage.service.sessionOptions;
    const environment = {
      ...{ SPATIUS_API_KEY: apiKey, SPATIUS_APP_ID: appId, SPATIUS_AVATAR_ID: avatarId },
      ...{ SPATIUS_CONSOLE_ENDPOINT: consoleEndpointUrl, SPATIUS_INGRESS_ENDPOINT: ingressEndpointUrl },
      ...{ LIVEKIT_URL: SERVER.livekitUrl, LIVEKIT_API_KEY: SERVER.livekitApiKey },
      LIVEKIT_API_SECRET: SERVER.livekitApiSecret,
    };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    // The session of an agent needs a complete room and models, so these methods are replaced.
    const starts = vi.spyOn(voice.AgentSession.prototype, 'start').mockResolvedValue(undefined);
    const reply = vi.spyOn(voice.AgentSession.prototype, 'generateReply').mockReturnValue(undefined as never);
    const { default: worker } = await import('../../examples/livekit-agent.mjs');
    const connect = vi.fn(() => Promise.resolve());
    const shutdown = vi.fn();
    const entered = worker.entry({ connect, shutdown, room: stage.room } as never);
    await waitFor(() => expect(starts).toHaveBeenCalled());
    stage.room.avatarJoins('spatius-avatar-agent');
    await entered;
    expect([connect, reply].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
    expect(stage.connections).toBe(1);
    stage.service.inject({ kind: 'close', phase: 'runtime', code: 4001 });
    await waitFor(() => expect(shutdown).toHaveBeenCalledWith(expect.stringContaining('redits')));
    await waitFor(() => expect(stage.service.openSockets).toBe(0));
  });
});
