/**
 * The session as an interface without private members: code of an application should use it as a parameter type, so that tests can pass a
 * fake. `AvatarSession` implements it. Also the options of its methods.
 */
import type { SourceFormat } from '../audio/conversions.js';
import type { HistoryEntry, SessionState } from '../core/session/session-life.js';
import type { FrameLike, SessionEvents } from './events/session-events.js';
import type { ListenerMethods } from './events/typed-emitter.js';
import type { Recovery } from '../core/utterance/recovery.js';
import type { TraceContext } from '../ports/message.js';
import type { AudioChunk, FormattedSource, SpeakSource } from './speech/audio-chunk.js';
import type { InterruptedUtterance, Overlap, UtteranceHandle } from './speech/utterance-interfaces.js';

/** Options of `session.start` and `session.restart`. */
export interface StartOptions {
  /**
   * Aborting it before `start` has resolved ends the session; afterwards it has no effect.
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
   * The utterance is not sent again if it was neither written to nor sent for this time, milliseconds, 0 to 2³¹−1, or Infinity.
   *
   * @default the session's `replay.ttlMs`
   */
  readonly ttlMs?: number | undefined;
  /**
   * The format of the source, which is converted to the PCM of the session. Only with a source, and in a session that takes PCM: not with
   * Ogg Opus, unless `oggOpusEncoder` makes it.
   *
   * @default PCM s16le at the session's `sampleRate`
   */
  readonly format?: SourceFormat | undefined;
  /**
   * A label for the utterance, such as the number of a turn: it is in its result, in playback events, and in the result of
   * `interruptAll`. At most 256 characters.
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
   * `queue`: its frames are delivered after those of earlier utterances, never in between; `parallel`: as the service sends them. In a
   * room the audio waits instead of the frames.
   *
   * @default the session's `overlap`
   */
  readonly overlap?: Overlap | undefined;
  /**
   * Another utterance of this session, or its request id: the new utterance comes right after that one, before others that wait. If that
   * one is over, the new one comes in its usual order. RangeError for an id that is not of this session.
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
   * The trace that the utterance belongs to, by W3C Trace Context. It is sent with the first audio of the request, and again after a
   * re-send.
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
   * The request that the audio belongs to. Then further audio of an interrupted request is refused, and begins no new request.
   *
   * @default the current request, or a new one
   */
  readonly reqId?: string | undefined;
}

/** What a close with `drain` does to a paused session. */
export type WhenPaused = 'resume' | 'interrupt';

/** Options of `session.close`. */
export interface CloseOptions {
  /**
   * Wait until the unfinished utterances have ended.
   *
   * @default false
   */
  readonly drain?: boolean | undefined;
  /**
   * What a close with `drain` does first to a paused session: `resume` it, so that its utterances finish, or `interrupt` them.
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
   * Wait until the unfinished utterances have ended.
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

/** `SessionEvents` with an interface for frames, so that a fake can make them. */
export interface SessionEventsLike extends Omit<SessionEvents, 'frame'> {
  /** An animation message; each one once, in order. */
  frame: FrameLike;
}

/**
 * A session, as an interface: `AvatarSession` implements it, and a fake can. Code that takes a `Session` is tested without a service;
 * `avatarkit-session/emulator` is the better test if it can be used.
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
  /** Fetches the first token before `start`. */
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
      /** The format of the source. */
      readonly format: SourceFormat;
    },
  ): UtteranceHandle;
  /** Begins an utterance. */
  speak(audio?: SpeakSource, options?: SpeakOptions): UtteranceHandle;
  /** Interrupts all unfinished utterances; resolves with the id of the newest interrupted request. */
  interrupt(): Promise<string | undefined>;
  /** Like `interrupt`; resolves with all interrupted utterances, the newest last. */
  interruptAll(): Promise<readonly InterruptedUtterance[]>;
  /** Pauses all unfinished and new utterances. */
  pause(): Promise<void>;
  /** Ends the pause. */
  resume(): Promise<void>;
  /** Ends the session. */
  close(options?: CloseOptions): Promise<void>;
  /** The latest transitions, failures and decisions, oldest first. */
  explain(): readonly HistoryEntry[];
}
