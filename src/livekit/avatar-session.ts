/// <reference types="node" preserve="true" />
/**
 * The avatar of a LiveKit agent, with the interface of the vendor's plugin, on a session that reconnects and sends unheard speech again.
 * Connects the parts: the session, the token for the room, the agent's audio, and the calls of the avatar's worker.
 */
import type { voice as Voice } from '@livekit/agents';
import { newAvatarSession } from '../client/avatar-session.js';
import type { Session } from '../client/session-interfaces.js';
import { OPUS_SAMPLE_RATES_HZ, PCM_SAMPLE_RATES_HZ } from '../core/utterance/sample-aligner.js';
import { agents } from './peer-packages.js';
import { checkCloseOptions, checkStartOptions } from './call-options.js';
import type { CloseOptions, RoomServer, StartOptions } from './call-options.js';
import { checkPluginOptions } from './plugin-options.js';
import type { AvatarSessionOptions, PluginOptions } from './plugin-options.js';
import { roomEgress } from './room-egress.js';
import { SessionAudioOutput } from './session-audio-output.js';

export { prewarm } from './prewarm.js';
export type { CloseOptions, StartOptions } from './call-options.js';
export type { AvatarSessionOptions, OptionOfPlugin } from './plugin-options.js';

/** A room of the package `@livekit/rtc-node`, as an agent's job has it. */
export type Room = Parameters<Voice.AvatarSession['start']>[1];
type Caller = Parameters<Parameters<NonNullable<Room['localParticipant']>['registerRpcMethod']>[1]>[0];

/**
 * The methods that an avatar's worker calls at the agent. The session gets the same information from the service, with the segment that
 * it refers to.
 */
const WORKER_CALLS = ['lk.playback_started', 'lk.playback_finished'];
const DEFAULT_RATE = 24_000;

/**
 * The avatar of a LiveKit agent. Start it before the agent's session; it receives the agent's speech, and the service publishes the
 * avatar into the room. After a lost connection no speech is missing: the session reconnects, with a new token for the room, and
 * continues where the playback stopped. When the policy gives up, the agent's speech fails with the session's error. One object is one
 * session, which can be started once.
 *
 * @example
 * ```ts
 * const avatar = new AvatarSession();
 * await avatar.start(agentSession, ctx.room);
 * await agentSession.start({ agent, room: ctx.room });
 * ```
 */
export class AvatarSession extends agents.voice.AvatarSession {
  readonly #options: PluginOptions;
  #session: Session | undefined;
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  /** Functions that undo the changes of `start` outside of this object, the newest last. */
  readonly #undo: (() => void)[] = [];

  /**
   * Only checks the options.
   * @throws TypeError or RangeError that names the option, and the environment variable that may replace it
   */
  constructor(options: AvatarSessionOptions = {}) {
    super();
    this.#options = checkPluginOptions(options, process.env);
  }

  /** The identity of the avatar in the room. */
  override get avatarIdentity(): string {
    return this.#options.participantIdentity;
  }

  /** The name of the service in metrics. */
  override get provider(): string {
    return 'spatius';
  }

  /** The underlying session, for its events, `explain()` and `restart()`; undefined before `start`. */
  get session(): Session | undefined {
    return this.#session;
  }

  /**
   * Connects, and becomes the audio output of the agent. Concurrent calls share one start. Rejects with the AvatarSDKError of the
   * session, or with a TypeError that names a missing option; nothing is left open then.
   */
  override start(agentSession: Voice.AgentSession, room: Room, options: StartOptions = {}): Promise<void> {
    return (this.#starting ??= this.#start(agentSession, room, options).catch(async (error: unknown) => {
      await this.aclose({ drainTimeoutMs: 0 });
      throw error;
    }));
  }

  /**
   * Ends the session, and undoes the changes of `start`. With `drainTimeoutMs` speech that the agent has given is finished first, and
   * later speech ends at once. Speech that is not finished in that time, or all speech without the option, is interrupted and reported to
   * the agent as interrupted. It is also called at the end of the job, and of the agent's session. A second call joins the first; one
   * with 0 ends its wait.
   *
   * @throws TypeError or RangeError that names the option
   */
  override aclose(options: CloseOptions = {}): Promise<void> {
    const drainTimeoutMs = checkCloseOptions(options, this.#options.drainTimeoutMs);
    if (this.#closing !== undefined && options.drainTimeoutMs === 0) void this.#session?.close();
    return (this.#closing ??= this.#close(drainTimeoutMs));
  }

  async #start(agentSession: Voice.AgentSession, room: Room, options: StartOptions): Promise<void> {
    const server = checkStartOptions(options, process.env);
    const participant = room.localParticipant;
    const agentIdentity = agents.getJobContext(false)?.agent?.identity ?? participant?.identity ?? '';
    const roomName = server.roomName ?? room.name ?? '';
    if (participant === undefined || agentIdentity === '' || roomName === '')
      throw new TypeError('room must be connected: it has no name or no local participant yet');
    this.#refuseClosed();
    await super.start(agentSession, room);
    const sampleRate = this.#options.sampleRate ?? rateOf(agentSession, this.#options.session.audioFormat);
    const session = this.#newSession(server, roomName, agentIdentity, sampleRate);
    this.#session = session;
    await session.start();
    const output = new SessionAudioOutput(session, sampleRate, await canPause(session));
    this.#refuseClosed();
    const onClose = (): void => {
      output.flush(); // The agent gives no more audio, so a segment that it has begun is complete.
      void this.aclose();
    };
    agentSession.on(agents.voice.AgentSessionEventTypes.Close, onClose);
    this.#undo.push(() => agentSession.off(agents.voice.AgentSessionEventTypes.Close, onClose));
    for (const method of WORKER_CALLS) {
      participant.registerRpcMethod(method, (call) => this.#acknowledge(call));
      this.#undo.push(() => participant.unregisterRpcMethod(method));
    }
    agentSession.output.audio = output;
  }

  #newSession(server: RoomServer, roomName: string, agentIdentity: string, sampleRate: number): Session {
    const { participantIdentity: identity, participantName: name, idleTimeoutMs } = this.#options;
    const session = newAvatarSession({
      ...this.#options.session,
      // By its type, a session has one of `apiKey` and `tokenProvider`; the check has determined which one.
      tokenProvider: this.#options.session.tokenProvider,
      sampleRate,
      livekitEgress: () => roomEgress(server, roomName, { identity, name, agentIdentity }, idleTimeoutMs),
    });
    const logger = agents.log().child({ module: 'avatarkit-session' });
    session.on('error', (error) => logger.warn({ error: error.toJSON() }, error.message));
    session.on('reconnect', ({ error }) => logger.info(`the avatar has reconnected after ${error.code}`));
    return session;
  }

  /** Answers the worker, which waits for it. */
  #acknowledge({ callerIdentity }: Caller): Promise<string> {
    return Promise.resolve(callerIdentity === this.avatarIdentity ? 'ok' : 'reject');
  }

  #refuseClosed(): void {
    if (this.#closing !== undefined) throw new Error('the avatar was closed before it had started');
  }

  async #close(drainTimeoutMs: number): Promise<void> {
    // The avatar's worker may call as long as audio is playing.
    await this.#session?.close({ drain: drainTimeoutMs > 0, timeoutMs: drainTimeoutMs });
    for (const undo of this.#undo.splice(0).reverse()) undo();
    await super.aclose();
  }
}

function rateOf({ tts }: Voice.AgentSession, audioFormat: PluginOptions['session']['audioFormat']): number {
  const rates = audioFormat === 'ogg_opus' ? OPUS_SAMPLE_RATES_HZ : PCM_SAMPLE_RATES_HZ;
  return tts !== undefined && rates.includes(tts.sampleRate) ? tts.sampleRate : DEFAULT_RATE;
}

/** A pause before any speech has no effect; it is refused if the service can't pause a room. */
async function canPause(session: Session): Promise<boolean> {
  try {
    await session.pause();
    await session.resume();
    return true;
  } catch {
    return false; // The caller continues without pauses.
  }
}
