/// <reference types="node" preserve="true" />
/**
 * The avatar of a LiveKit agent, in the shape of the vendor's plugin, on a session that survives: it reconnects, and says what was not
 * heard yet. Joins the parts: the session, the token for the room, the agent's audio, and what the avatar's worker calls.
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

/** A room, as the package `@livekit/rtc-node` has it and an agent's job gives it. */
export type Room = Parameters<Voice.AvatarSession['start']>[1];
type Caller = Parameters<Parameters<NonNullable<Room['localParticipant']>['registerRpcMethod']>[1]>[0];

/** What an avatar's worker calls at the agent. The session knows the same from the service, with the segment that it is about. */
const WORKER_CALLS = ['lk.playback_started', 'lk.playback_finished'];
const DEFAULT_RATE = 24_000;

/**
 * The avatar of a LiveKit agent. Start it before the agent's session; it takes the agent's speech, and the service publishes the avatar
 * into the room. A lost connection costs no speech: the session reconnects, with a new token for the room, and goes on where the room
 * stopped. When the policy gives up, the agent's speech fails with the session's error. One object is one session: it starts once.
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
  /** Undoes what `start` did outside of this object, the newest last. */
  readonly #undo: (() => void)[] = [];

  /**
   * Checks the options, and does nothing else.
   * @throws TypeError or RangeError that names the option, and the variable of the environment that may stand in for it
   */
  constructor(options: AvatarSessionOptions = {}) {
    super();
    this.#options = checkPluginOptions(options, process.env);
  }

  /** The identity of the avatar in the room. */
  override get avatarIdentity(): string {
    return this.#options.participantIdentity;
  }

  /** The service, as metrics name it. */
  override get provider(): string {
    return 'spatius';
  }

  /** The session behind it, for its events, `explain()` and `restart()`; undefined before `start`. */
  get session(): Session | undefined {
    return this.#session;
  }

  /**
   * Connects, and becomes the audio output of the agent. Calls at the same time share one start. Rejects with the AvatarSDKError of the
   * session, or with a TypeError that names what is missing; nothing is left open then.
   */
  override start(agentSession: Voice.AgentSession, room: Room, options: StartOptions = {}): Promise<void> {
    return (this.#starting ??= this.#start(agentSession, room, options).catch(async (error: unknown) => {
      await this.aclose({ drainTimeoutMs: 0 });
      throw error;
    }));
  }

  /**
   * Ends the session, and takes back what `start` did. With `drainTimeoutMs` speech that the agent has given is finished first, and what it
   * gives later ends at once; what is not finished in that time, and without it everything, is cut short and reported to the agent as interrupted.
   * The end of the job, and that of the agent's session, call it. A second call joins the first; one with 0 ends its wait.
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
      output.flush(); // The agent gives no more audio: a segment that it has begun is complete.
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
      // By its type, a session has one of `apiKey` and `tokenProvider`; which one, was checked.
      tokenProvider: this.#options.session.tokenProvider,
      sampleRate,
      livekitEgress: () => roomEgress(server, roomName, { identity, name, agentIdentity }, idleTimeoutMs),
    });
    const logger = agents.log().child({ module: 'avatarkit-session' });
    session.on('error', (error) => logger.warn({ error: error.toJSON() }, error.message));
    session.on('reconnect', ({ error }) => logger.info(`the avatar has reconnected after ${error.code}`));
    return session;
  }

  /** The worker waits for an answer. */
  #acknowledge({ callerIdentity }: Caller): Promise<string> {
    return Promise.resolve(callerIdentity === this.avatarIdentity ? 'ok' : 'reject');
  }

  #refuseClosed(): void {
    if (this.#closing !== undefined) throw new Error('the avatar was closed before it had started');
  }

  async #close(drainTimeoutMs: number): Promise<void> {
    // The worker of the avatar may call as long as something plays.
    await this.#session?.close({ drain: drainTimeoutMs > 0, timeoutMs: drainTimeoutMs });
    for (const undo of this.#undo.splice(0).reverse()) undo();
    await super.aclose();
  }
}

function rateOf({ tts }: Voice.AgentSession, audioFormat: PluginOptions['session']['audioFormat']): number {
  const rates = audioFormat === 'ogg_opus' ? OPUS_SAMPLE_RATES_HZ : PCM_SAMPLE_RATES_HZ;
  return tts !== undefined && rates.includes(tts.sampleRate) ? tts.sampleRate : DEFAULT_RATE;
}

/** A pause that ends before anything is said changes nothing; it is refused where the service can't pause a room. */
async function canPause(session: Session): Promise<boolean> {
  try {
    await session.pause();
    await session.resume();
    return true;
  } catch {
    return false; // The caller goes on without pauses.
  }
}
