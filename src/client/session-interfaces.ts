/**
 * The session as an interface without private members: what an application's code should ask for, so that its tests can give it a fake.
 * `AvatarSession` implements it. And the options of its methods.
 */
import type { SourceFormat } from '../audio/conversions.js';
import type { HistoryEntry, SessionState } from '../core/session/session-life.js';
import type { FrameLike, SessionEvents } from './events/session-events.js';
import type { ListenerMethods } from './events/typed-emitter.js';
import type { Recovery } from '../core/utterance/recovery.js';
import type { TraceContext } from '../ports/message.js';
import type { AudioChunk, FormattedSource, SpeakSource } from './speech/audio-chunk.js';
import type { InterruptedUtterance, Overlap, UtteranceHandle } from './speech/utterance-interfaces.js';

/** Options of `session.start`. */
export interface StartOptions {
  /**
   * Aborting it before `start` has resolved ends the session; afterwards it means nothing any more.
   *
   * @default none
   */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `session.speak`. */
export interface SpeakOptions {
  /**
   * What happens to this utterance when the connection is lost.
   *
   * @default the session's `recovery`
   */
  readonly recovery?: Recovery | undefined;
  /**
   * Not sent again when it was neither written to nor on the air for so long, milliseconds, 0 to 2³¹−1, or Infinity.
   *
   * @default the session's `replay.ttlMs`
   */
  readonly ttlMs?: number | undefined;
  /**
   * What the source gives; it is converted to the PCM of the session. Only with a source, and in a
   * session that takes PCM: not with Ogg Opus, unless `oggOpusEncoder` makes it.
   *
   * @default PCM s16le at the session's `sampleRate`
   */
  readonly format?: SourceFormat | undefined;
  /**
   * Your name for the utterance, such as the number of a turn: it is in its result, in playback events, and in what `interruptAll`
   * gives. At most 256 characters.
   *
   * @default none
   */
  readonly label?: string | undefined;
  /**
   * Aborting it interrupts the utterance, at once; `finished` resolves as `interrupted`.
   *
   * @default none
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * `queue`: its frames come after those of the utterances that were begun before it, never in between; `parallel`: as the service sends
   * them. In a room audio waits instead of frames.
   *
   * @default the session's `overlap`
   */
  readonly overlap?: Overlap | undefined;
  /**
   * Another utterance of this session, or its request id: this one comes right after that, before others that wait. When that one is
   * over, however long ago, it comes in its order. RangeError for what is no utterance of this session.
   *
   * @default none
   */
  readonly after?: Pick<UtteranceHandle, 'reqId'> | string | undefined;
  /**
   * `keep`: all frames are kept as long as the utterance is, up to 32 MiB, so that `utterance.frames({ from })` may loop over them any
   * number of times; `none`: none are kept for a loop.
   *
   * @default kept for one loop
   */
  readonly frames?: 'keep' | 'none' | undefined;
  /**
   * The trace that the utterance belongs to, by W3C Trace Context. It goes out with the first audio of the request, again after a re-send.
   *
   * @default none
   */
  readonly traceContext?: TraceContext | undefined;
}

/** Options of `session.sendAudio`. */
export interface SendAudioOptions {
  /**
   * Whether this is the last audio of the request.
   *
   * @default false
   */
  readonly end?: boolean | undefined;
  /**
   * The request that the audio belongs to. The rest of one that was interrupted is refused then, and begins no new request.
   *
   * @default the current request, or a new one
   */
  readonly reqId?: string | undefined;
}

/** What a close that drains does with a session that is paused. */
export type WhenPaused = 'resume' | 'interrupt';

/** Options of `session.close`. */
export interface CloseOptions {
  /**
   * Wait for what is being said to be finished.
   *
   * @default false
   */
  readonly drain?: boolean | undefined;
  /**
   * What a close that drains does first when the session is paused: `resume` it, so that what is being said is finished, or
   * `interrupt` everything.
   *
   * @default resume
   */
  readonly whenPaused?: WhenPaused | undefined;
  /**
   * How long to wait for that, milliseconds, 0 to 2³¹−1.
   *
   * @default 30_000
   */
  readonly timeoutMs?: number | undefined;
}

/** Options of `AvatarSession.closeAll`. */
export interface CloseAllOptions {
  /**
   * Wait for what is being said to be finished.
   *
   * @default false
   */
  readonly drain?: boolean | undefined;
  /**
   * How long to wait for that, or for a session that does not close, milliseconds, 0 to 2³¹−1.
   *
   * @default 10_000
   */
  readonly timeoutMs?: number | undefined;
}

/** `SessionEvents`, with frames that a fake can make. */
export interface SessionEventsLike extends Omit<SessionEvents, 'frame'> {
  /** An animation message, once and in order. */
  frame: FrameLike;
}

/**
 * A session, as an interface: `AvatarSession` implements it, and a fake can. Code that takes a `Session` is tested without a service;
 * `avatarkit-session/emulator` is the better test where it can be used.
 *
 * @example
 * ```ts
 * async function greet(session: Session): Promise<number> {
 *   return (await session.speak(greeting).finished).keyframes;
 * }
 * ```
 */
export interface Session extends AsyncDisposable, ListenerMethods<SessionEventsLike> {
  /** The current state. */
  readonly state: SessionState;
  /** The service's id of the current connection; undefined while there is none. */
  readonly connectionId: string | undefined;
  /** Fetches the first token ahead of time. */
  init(): Promise<void>;
  /** Connects; resolves with the connection id. */
  start(options?: StartOptions): Promise<string>;
  /** Starts a session again that has failed or that the service has ended; resolves with the connection id. */
  restart(options?: StartOptions): Promise<string>;
  /** Sends audio of the current request; resolves with the request id when the audio is accepted. */
  sendAudio(chunk: AudioChunk, end?: boolean | SendAudioOptions): Promise<string>;
  /** Begins an utterance whose source is converted. */
  speak(
    audio: SpeakSource<FormattedSource>,
    options: SpeakOptions & {
      /** What the source gives. */
      readonly format: SourceFormat;
    },
  ): UtteranceHandle;
  /** Begins an utterance. */
  speak(audio?: SpeakSource, options?: SpeakOptions): UtteranceHandle;
  /** Cuts short everything that is being said; resolves with the id of the newest request that was interrupted. */
  interrupt(): Promise<string | undefined>;
  /** As `interrupt`; resolves with everything that was interrupted, the newest last. */
  interruptAll(): Promise<readonly InterruptedUtterance[]>;
  /** Pauses everything that is being said or begins. */
  pause(): Promise<void>;
  /** Ends the pause. */
  resume(): Promise<void>;
  /** Ends the session. */
  close(options?: CloseOptions): Promise<void>;
  /** The last transitions, failures and decisions, oldest first. */
  explain(): readonly HistoryEntry[];
}
