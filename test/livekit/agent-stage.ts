/**
 * The real LiveKit agents, without their server: a stand-in for the room, an agent's session, and an avatar
 * at the emulator.
 */
import { EventEmitter } from 'node:events';
import { initializeLogger, voice } from '@livekit/agents';
import { AvatarEmulator } from '../../src/emulator/index.js';
import type { EmulatorOptions } from '../../src/emulator/index.js';
import { AvatarSession } from '../../src/livekit/avatar-session.js';
import type { AvatarSessionOptions } from '../../src/livekit/avatar-session.js';

initializeLogger({ pretty: false, level: 'silent' });

export type Room = Parameters<voice.AvatarSession['start']>[1];
type AudioFrame = Parameters<voice.AudioOutput['captureFrame']>[0];
type RpcHandler = (call: { readonly callerIdentity: string; readonly payload: string }) => Promise<string>;

export const RATE = 24_000;
export const SERVER = {
  livekitUrl: 'wss://room.example',
  livekitApiKey: 'livekit-key',
  livekitApiSecret: 'a secret of the LiveKit server',
};

/** The members of a connected room that an avatar uses. */
export class FakeRoom extends EventEmitter {
  readonly name = 'lobby';
  readonly isConnected = true;
  readonly remoteParticipants = new Map<string, object>();
  readonly rpc = new Map<string, RpcHandler>();
  readonly localParticipant = {
    identity: 'agent-1',
    registerRpcMethod: (name: string, handler: RpcHandler): void => void this.rpc.set(name, handler),
    unregisterRpcMethod: (name: string): void => void this.rpc.delete(name),
  };

  /** The avatar's worker joins, and publishes its video track. */
  avatarJoins(identity: string): void {
    const participant = { identity, trackPublications: new Map<string, object>() };
    this.remoteParticipants.set(identity, participant);
    this.emit('participantConnected', participant);
    const VIDEO = 2;
    participant.trackPublications.set('t', { kind: VIDEO });
    this.emit('trackPublished', { kind: VIDEO }, participant);
  }

  asRoom(): Room {
    return this as unknown as Room;
  }
}

export function frame(ms: number, sampleRate = RATE, channels = 1): AudioFrame {
  const samplesPerChannel = (ms / 1_000) * sampleRate;
  const data = new Int16Array(samplesPerChannel * channels).fill(1_000);
  return { data, sampleRate, channels, samplesPerChannel } as unknown as AudioFrame;
}

/** Speech as a TTS streams it, in frames of 100 ms, without waits. */
export function speech(ms: number): ReadableStream<AudioFrame> {
  return new ReadableStream({
    start(controller): void {
      for (let atMs = 0; atMs < ms; atMs += 100) controller.enqueue(frame(100));
      controller.close();
    },
  });
}

export class AgentStage {
  readonly service: AvatarEmulator;
  readonly avatar: AvatarSession;
  readonly room = new FakeRoom();
  readonly agent = new voice.AgentSession({});
  readonly started: voice.PlaybackStartedEvent[] = [];
  readonly progressed: voice.PlaybackProgressedEvent[] = [];
  readonly finished: voice.PlaybackFinishedEvent[] = [];

  private constructor(service: AvatarEmulator, options: Partial<AvatarSessionOptions>) {
    this.service = service;
    const { apiKey, appId, avatarId, consoleEndpointUrl, ingressEndpointUrl, ...inProcess } =
      service.sessionOptions;
    this.avatar = new AvatarSession({
      ...{ apiKey, appId, avatarId, consoleEndpointUrl, ingressEndpointUrl },
      ...options,
      session: { ...inProcess, ...options.session },
    });
  }

  static async open(
    emulator: EmulatorOptions = {},
    options: Partial<AvatarSessionOptions> = {},
  ): Promise<AgentStage> {
    const service = await AvatarEmulator.start({ roomTokens: 'jwt', ...emulator });
    return new AgentStage(service, options);
  }

  /** A stage on which avatar and agent have started. */
  static async onAir(
    emulator: EmulatorOptions = {},
    options: Partial<AvatarSessionOptions> = {},
  ): Promise<AgentStage> {
    const stage = await AgentStage.open(emulator, options);
    await stage.avatar.start(stage.agent, stage.room.asRoom(), SERVER);
    const { output } = stage;
    output.on('playbackStarted', (event: voice.PlaybackStartedEvent) => stage.started.push(event));
    output.on('playbackProgressed', (event: voice.PlaybackProgressedEvent) => stage.progressed.push(event));
    output.on('playbackFinished', (event: voice.PlaybackFinishedEvent) => stage.finished.push(event));
    await stage.agent.start({ agent: new voice.Agent({ instructions: 'You are helpful.' }) });
    return stage;
  }

  get output(): voice.AudioOutput {
    const { audio } = this.agent.output;
    if (audio === null) throw new Error('the agent has no audio output');
    return audio;
  }

  /** The number of confirmed connections. */
  get connections(): number {
    return this.service.log.filter(({ event }) => event === 'confirmed').length;
  }

  /** Resolves when playback in the room starts. */
  async plays(): Promise<void> {
    if (this.output.listenerCount('playbackStarted') === 0) throw new Error('the avatar has not started');
    await new Promise((resolve) => this.output.once('playbackStarted', resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.agent.close();
    await this.avatar.aclose();
    await this.service.stop();
  }
}
