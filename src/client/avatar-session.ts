/**
 * The public session: one stable object across any number of connections. It checks its arguments and passes them on to `Session`, which
 * runs the session, and to `Speech`, which has the utterances.
 */
import { inspect } from 'node:util';
import type { SourceFormat } from '../audio/conversions.js';
import { checkingOptions } from '../core/option/option-check.js';
import type { HistoryEntry, SessionState } from '../core/session/session-life.js';
import { warnOfCleartext, rejectedStart } from './events/process-warnings.js';
import { pauseSession, restartRefusal, resumeSession } from './close-session.js';
import type { SessionEvents } from './events/session-events.js';
import { TypedEmitter } from './events/typed-emitter.js';
import { addOpenSession, closeOpenSessions } from './open-sessions.js';
import type { LeakSentinel } from './open-sessions.js';
import { resolveSessionOptions } from './options/resolve-session-options.js';
import { configOf } from './options/session-config.js';
import type { SessionConfig } from './options/session-config.js';
import type { AvatarSessionOptions } from './options/session-options.js';
import { checkClose, checkCloseAll, checkSendAudio, checkSignalOption } from './session-calls.js';
import type {
  CloseAllOptions,
  CloseOptions,
  SendAudioOptions,
  Session as SessionInterface,
  SpeakOptions,
  StartOptions,
} from './session-interfaces.js';
import { fetchAheadLocated } from './locate-session.js';
import { CurrentRequest, speakIn } from './send-audio.js';
import { healthOf, sessionText } from './session-health.js';
import type { SessionHealth } from './session-health.js';
import { Session } from './session.js';
import { toBytes } from './speech/audio-chunk.js';
import type { AudioChunk, FormattedSource, SpeakSource } from './speech/audio-chunk.js';
import type { InterruptedUtterance } from './speech/utterance-interfaces.js';
import { interruptedOf } from './speech/utterance.js';
import type { Utterance } from './speech/utterance.js';
import { markHandled, handledRejection } from './waiting/deferred.js';

/**
 * One avatar session. It goes through token → connect → runtime, reconnects after failures that the policy retries, sends unfinished
 * speech again, and delivers every frame once. None of its promises causes an unhandled rejection; errors of handlers have no effect.
 *
 * @example
 * ```ts
 * const session = new AvatarSession({ apiKey, appId, avatarId, region: 'us-west' });
 * session.on('error', (error) => console.error(error.code, error.remediation));
 * await session.start();
 * const { keyframes } = await session.speak(audio).finished;
 * await session.close();
 * ```
 */
export class AvatarSession extends TypedEmitter<SessionEvents> implements SessionInterface {
  /** Replaced at each restart. */
  #session: Session;
  /** Set by `start`. Its garbage collection while the session is open causes a process warning: the session object was dropped. */
  #leakSentinel: LeakSentinel | undefined;
  #current = new CurrentRequest();

  /**
   * Only checks the options: no I/O before `init` or `start`.
   * @throws TypeError for a wrong kind of value or an unknown name, RangeError for a value out of bounds
   */
  constructor(options: AvatarSessionOptions) {
    const session = checkingOptions(() => new Session(resolveSessionOptions(options)));
    super(session.lifecycle.notifier);
    this.#session = session;
  }

  /** The id of this session in the messages on `CHANNELS`: random, made in this process, the same across connections and restarts. */
  get id(): string {
    return this.#session.lifecycle.telemetry.sessionId;
  }

  /** The current state. It changes before the event `state` is emitted. */
  get state(): SessionState {
    return this.#session.lifecycle.state;
  }

  /** Every option with its default, as plain data that is frozen: no secrets, no functions, no implementations. */
  get config(): SessionConfig {
    return configOf(this.#session.context.options);
  }

  /** The service's id of the current connection; undefined while there is none. */
  get connectionId(): string | undefined {
    return this.#session.connectionId;
  }

  /**
   * Fetches the first token before `start`, which then begins with the upgrade. One try: rejects with the AvatarSDKError, and `start`
   * will fetch a token itself. Does nothing once the session has been started.
   */
  init(): Promise<void> {
    const session = this.#session;
    if (session.end !== undefined) return handledRejection(session.end.error);
    if (session.started) return Promise.resolve();
    return markHandled(session.lifecycle.notifier.inContext(() => fetchAheadLocated(session)));
  }

  /**
   * Connects, by the same policy as a reconnect. Resolves with the connection id, or rejects with the AvatarSDKError of the last failure;
   * the session is over then. A second call joins the first, and the signal of either ends the session. Rejects with TypeError for wrong
   * options, before anything has begun.
   */
  start(options?: StartOptions): Promise<string> {
    return this.#begin(this.#session, options);
  }

  /**
   * Starts a session again that has failed or that the service has ended. The object and its listeners stay; the policy counts from the
   * beginning. Resolves and rejects as `start` does; a second call joins the first. A signal ends the wait of its own call, and the
   * session when no other call waits. No state is kept from before: utterances stay settled, a pause is over, and `sendAudio` begins a
   * new request; but a refused token is asked for with the reason `refused`. It does not wait: the first dial follows at once, unless the connect gate delays it. Don't call it after a failure that
   * waiting can't remedy, such as a wrong key (`reason: 'rule'`).
   *
   * Rejects with an AvatarSDKError, and changes nothing, before `start`, while the session is not over (it reconnects by itself), and
   * after `close()` or an abort by the signal of `start`, which are final. Until `close()` a failed session keeps its credentials.
   * `closeAll` closes the open sessions: one that had failed before can be restarted after it.
   *
   * @example
   * ```ts
   * session.on('close', ({ error }) => {
   *   const restart = () => session.restart().catch(() => undefined);
   *   if (error?.reason === 'elapsed') setTimeout(restart, 60_000);
   * });
   * ```
   */
  restart(options?: StartOptions): Promise<string> {
    const before = this.#session;
    if (before.isRestarting) return this.#begin(before, options);
    const refusal = restartRefusal(before);
    if (refusal !== undefined) return handledRejection(refusal);
    return this.#begin(new Session(before.context.options, before), options);
  }

  #begin(session: Session, options: StartOptions | undefined): Promise<string> {
    const before = { session: this.#session, current: this.#current };
    const begins = !session.over && !session.started;
    let begun: Promise<string>;
    try {
      const signal = checkSignalOption(options);
      if (session !== before.session) {
        this.#leakSentinel = undefined;
        this.#current = new CurrentRequest();
        this.#session = session;
      }
      begun = session.start(signal);
    } catch (error) {
      this.#session = before.session;
      this.#current = before.current;
      return rejectedStart(session.context.clock, error);
    }
    if (begins) warnOfCleartext(session.context.options);
    if (!session.over) this.#leakSentinel ??= addOpenSession(session);
    return begun;
  }

  /**
   * Sends audio of the current request, or begins a request if there is none; `end` completes it. Resolves with the request id when the
   * audio is accepted: sent, or kept while the session reconnects. Rejects with an AvatarSDKError when the session accepts none or the
   * request has failed, with TypeError for a chunk that is no audio.
   *
   * With `{ reqId }` the audio belongs to that request: further audio of an interrupted request is refused, and begins no new request.
   */
  sendAudio(chunk: AudioChunk, end?: boolean | SendAudioOptions): Promise<string> {
    try {
      return this.#current.send(this.#session, toBytes(chunk), checkSendAudio(end));
    } catch (error) {
      return handledRejection(error);
    }
  }

  /**
   * Begins an utterance. Audio that is given (bytes, an iterable, or a function that returns one of these) is written, and then the
   * utterance is ended. A function gets an AbortSignal, which is aborted when the utterance is interrupted or fails, and when the session
   * is closed. If the source throws, the utterance is cut short and `finished` rejects with an error that has it as `cause`; an
   * AbortError interrupts the utterance.
   *
   * @throws TypeError or RangeError for wrong options, TypeError for a value that is no audio and no source, before anything begins
   */
  speak(
    audio: SpeakSource<FormattedSource>,
    options: SpeakOptions & { readonly format: SourceFormat },
  ): Utterance;
  speak(audio?: SpeakSource, options?: SpeakOptions): Utterance;
  speak(source?: SpeakSource<FormattedSource>, options?: SpeakOptions): Utterance {
    return speakIn(this.#session, source, options);
  }

  /**
   * Interrupts all unfinished utterances. None of their frames is delivered afterwards, not even after a reconnect. Resolves with the id
   * of the newest interrupted request, or undefined if there was none.
   */
  interrupt(): Promise<string | undefined> {
    this.#current.forget();
    return Promise.resolve(this.#session.speech.interruptAll().at(-1)?.ledger.reqId);
  }

  /**
   * Like `interrupt`, at once. Resolves with all interrupted utterances, the newest last, and how far each was heard: in a room that may
   * take 250 ms. Empty if there was none.
   */
  interruptAll(): Promise<readonly InterruptedUtterance[]> {
    this.#current.forget();
    return interruptedOf(this.#session.speech.interruptAll());
  }

  /**
   * Pauses the session until `resume`: all unfinished and new utterances, on every connection, also while it reconnects, and after an
   * interrupt. In a room the service is asked to pause, which needs its capability `playback_control`. Otherwise received frames are kept
   * in bounded memory and delivered to no handler or loop meanwhile. Audio is still accepted and sent. A second call changes nothing.
   *
   * An utterance that is paused for longer than four times `silenceTimeoutMs` is interrupted, with the reason `pause_timeout`; the
   * service may do that earlier. Rejects with an AvatarSDKError before `start`, after `close`, and if the room can't be paused.
   */
  pause(): Promise<void> {
    return pauseSession(this.#session);
  }

  /**
   * Ends the pause: kept frames are delivered first, in their order. Without a pause it changes nothing. Rejects as `pause` does, but
   * never while the session is paused and open.
   */
  resume(): Promise<void> {
    return resumeSession(this.#session);
  }

  /**
   * Ends the session; with `drain` after the unfinished utterances, at most after `timeoutMs`: no new utterance is accepted meanwhile. A
   * paused session is resumed first, or its utterances are interrupted, as `whenPaused` says. Resolves when no socket, timer or listener
   * is left. A second call joins the first; a call without `drain` does not wait for one that drains.
   */
  close(options?: CloseOptions): Promise<void> {
    try {
      return markHandled(this.#session.close(checkClose(options)));
    } catch (error) {
      return handledRejection(error);
    }
  }

  /**
   * Closes every open session of this process; with `drain` each after its unfinished utterances, at most after `timeoutMs`. Resolves
   * when all are closed. If a session does not close, it resolves after `timeoutMs`, or a second later with `drain`, with a process
   * warning (`AvatarKitCloseTimeoutWarning`).
   */
  static closeAll(options?: CloseAllOptions): Promise<void> {
    try {
      return markHandled(closeOpenSessions(checkCloseAll(options)));
    } catch (error) {
      return handledRejection(error);
    }
  }

  /** Closes the session, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The latest transitions, failures and decisions, oldest first; plain data without secrets. */
  explain(): readonly HistoryEntry[] {
    return this.#session.lifecycle.history();
  }

  /**
   * The current condition of the session: state, outage, last frame. Plain JSON without secrets, for readiness probes and logs.
   *
   * @example
   * ```ts
   * const { state, outage } = session.health();
   * const isReady = state !== 'closed' && (outage === null || outage.forMs < 10_000);
   * ```
   */
  health(): SessionHealth {
    return healthOf(this.#session);
  }

  /** Id, state and connection id, for logs: `AvatarSession 5f3a… websocket_runtime conn-1`. */
  override toString(): string {
    return sessionText(this.#session);
  }

  /** The same, for `util.inspect` and `console.log`. */
  [inspect.custom](): string {
    return `<${sessionText(this.#session)}>`;
  }
}

/**
 * Same as `new AvatarSession(options)`.
 * @example
 * ```ts
 * const session = newAvatarSession({ apiKey, appId, avatarId, region: 'us-west' });
 * await session.start();
 * ```
 */
export function newAvatarSession(options: AvatarSessionOptions): AvatarSession {
  return new AvatarSession(options);
}
