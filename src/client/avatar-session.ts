/**
 * The public session: one stable object over any number of connections. It checks what it is given and hands it on; the
 * driver knows how a session lives, `Speech` what is being said.
 */
import type { AvatarSDKError } from '../core/failure/avatar-sdk-error.js';
import { checkingOptions } from '../core/option/option-check.js';
import type { HistoryEntry, SessionState } from '../core/session/session-life.js';
import { warnOfCleartext, rejectedStart } from './events/process-warnings.js';
import { abortedStart, pauseSession, resumeSession } from './close-session.js';
import type { Handler } from './events/notifier.js';
import type { SessionEventName, SessionEvents } from './events/session-events.js';
import { fetchAhead } from './loop/token-store.js';
import { addOpenSession, closeOpenSessions } from './open-sessions.js';
import type { LeakSentinel } from './open-sessions.js';
import { resolveSessionOptions } from './options/resolve-session-options.js';
import type { AvatarSessionOptions } from './options/session-options.js';
import {
  checkClose,
  checkCloseAll,
  checkListener,
  checkSourceFormat,
  checkSpeak,
  checkStart,
  inSessionFormat,
} from './session-calls.js';
import type { CloseAllOptions, CloseOptions, SpeakOptions, StartOptions } from './session-calls.js';
import { Session } from './session.js';
import { checkSource, toBytes } from './speech/audio-chunk.js';
import type { AudioChunk, AudioSource } from './speech/audio-chunk.js';
import type { ActiveUtterance, UtteranceTraits } from './speech/active-utterance.js';
import { speakSource } from './speech/audio-source.js';
import { Utterance } from './speech/utterance.js';
import { markHandled, handledRejection } from './waiting/deferred.js';

/**
 * One avatar session. It drives token → connect → runtime, reconnects what the policy retries, sends unfinished speech again,
 * and gives every frame once. No promise of it is ever an unhandled rejection, and no handler can harm it.
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
export class AvatarSession implements AsyncDisposable {
  readonly #session: Session;
  /** Present from `start` on: whoever forgets this object while the session is open is told of it. */
  #leakSentinel: LeakSentinel | undefined;
  /** The request that `sendAudio` is in the middle of. */
  #current: ActiveUtterance | undefined;

  /**
   * Checks the options and does nothing else: no I/O before `init` or `start`.
   * @throws TypeError for a wrong kind of value or an unknown name, RangeError for a value out of bounds
   */
  constructor(options: AvatarSessionOptions) {
    this.#session = checkingOptions(() => new Session(resolveSessionOptions(options)));
  }

  /** The current state. It changes before the event `state` is emitted. */
  get state(): SessionState {
    return this.#session.lifecycle.state;
  }

  /** The service's id of the current connection; undefined while there is none. */
  get connectionId(): string | undefined {
    return this.#session.connectionId;
  }

  /**
   * Fetches the first token ahead of time; `start` then begins with the upgrade. One try: rejects with the AvatarSDKError, and
   * `start` will fetch one for itself. Does nothing once the session has been started.
   */
  init(): Promise<void> {
    const { end, started, lifecycle } = this.#session;
    if (end !== undefined) return handledRejection(end.error);
    if (started) return Promise.resolve();
    return markHandled(lifecycle.notifier.inContext(() => fetchAhead(this.#session)));
  }

  /**
   * Connects, by the same policy as a reconnect. Resolves with the connection id, or rejects with the AvatarSDKError that was given
   * up on; the session is over then. A second call joins the first. Rejects with TypeError for wrong options: nothing has begun then.
   */
  start(options?: StartOptions): Promise<string> {
    const session = this.#session;
    const begins = !session.over && !session.started;
    let begun: Promise<string>;
    try {
      const signal = checkStart(options);
      begun = session.start(signal, () => abortedStart(session.errors, signal));
    } catch (error) {
      return rejectedStart(session.context.clock, error);
    }
    if (begins) warnOfCleartext(session.context.options);
    if (!session.over) this.#leakSentinel ??= addOpenSession(session);
    return begun;
  }

  /**
   * Sends audio of the current request, and begins one where there is none; `end` completes it. Resolves with the request id
   * when the audio is accepted: sent, or kept while the session reconnects. Rejects with an AvatarSDKError when the session takes
   * none or the request has failed, with TypeError for what is no audio.
   */
  sendAudio(chunk: AudioChunk, end = false): Promise<string> {
    let bytes: Uint8Array;
    try {
      bytes = toBytes(chunk);
    } catch (error) {
      return handledRejection(error);
    }
    const { speech } = this.#session;
    const before = this.#current;
    const active = before ?? speech.begin(false, this.#traits());
    // A request that failed half-way stays current until its end: the rest of its audio belongs to no other.
    const begunInVain = this.#current === undefined && active.stage.kind !== 'speaking';
    this.#current = end || begunInVain ? undefined : active;
    const wait = speech.write(active, bytes, end);
    if (wait === undefined) return active.accepted;
    // Calls that wait for the same thing have the same answer: one that is not awaited costs nothing of its own.
    if (active.latestWait?.wait === wait) return active.latestWait.answer;
    const refused = (error: AvatarSDKError): never => {
      if (active.stage.kind === 'speaking' && !active.ledger.endAsked) {
        // Nothing of a request was accepted: there is none. Otherwise it still needs its end.
        if (before !== undefined) this.#current ??= active;
        else {
          speech.giveUp(active, error);
          if (this.#current === active) this.#current = undefined;
        }
      }
      throw error;
    };
    const answer = markHandled(wait.then(() => active.ledger.reqId, refused));
    active.latestWait = { wait, answer };
    return answer;
  }

  /**
   * Begins an utterance. With audio (bytes, or anything that can be looped over) it is written and ended by itself; when the source
   * throws, the utterance is interrupted and `finished` rejects with that as the `cause`.
   * @throws TypeError or RangeError for wrong options, and TypeError for what is neither audio nor a source, before anything begins
   */
  speak(audio?: AudioSource, options?: SpeakOptions): Utterance {
    const { speech, context } = this.#session;
    const { audioFormat, sampleRate } = context.options;
    const traits = this.#traits(options);
    const format = checkSourceFormat(options, audio, audioFormat);
    if (audio !== undefined && format === undefined) checkSource(audio);
    const active = speech.begin(true, traits);
    const utterance = new Utterance(speech, active);
    if (audio === undefined) return utterance;
    speakSource(this.#session, active, utterance, inSessionFormat(audio, format, sampleRate));
    return utterance;
  }

  /**
   * Cuts short everything that is being said. Afterwards none of its frames is delivered, also when a reconnect lies in between.
   * Resolves with the id of the newest request that was interrupted, or undefined when there was none.
   */
  interrupt(): Promise<string | undefined> {
    this.#current = undefined;
    return Promise.resolve(this.#session.speech.interruptAll()?.ledger.reqId);
  }

  /**
   * Pauses the session: everything that is being said or begins, on every connection, until `resume`; also while it reconnects, and
   * after an interrupt. In a room the service is asked to pause, which needs its capability `playback_control`. Otherwise no frame
   * reaches a handler or a loop meanwhile; those that come wait, in bounded memory. Audio is accepted and sent on. A second call
   * changes nothing.
   *
   * An utterance that is paused for longer than four times `silenceTimeoutMs` is interrupted, with the reason `pause_timeout`; the
   * service may do that earlier. Rejects with an AvatarSDKError before `start`, after `close`, and where a room can't be paused.
   */
  pause(): Promise<void> {
    return pauseSession(this.#session);
  }

  /**
   * Ends the pause: frames that waited come first, in their order. Without a pause it changes nothing. Rejects as `pause` does, but
   * never while the session is paused and open.
   */
  resume(): Promise<void> {
    return resumeSession(this.#session);
  }

  /**
   * Ends the session; with `drain` after what is being said, at most `timeoutMs`: nothing new is begun meanwhile. A paused session is
   * resumed first, or everything is interrupted, as `whenPaused` says. Resolves when no socket, timer or listener is left.
   * A second call joins the first; a call without `drain` does not wait for one that drains.
   */
  close(options?: CloseOptions): Promise<void> {
    try {
      return markHandled(this.#session.close(checkClose(options)));
    } catch (error) {
      return handledRejection(error);
    }
  }

  /**
   * Closes every open session of this process; with `drain` each after what is being said there, at most `timeoutMs`. Resolves when
   * nothing of them is left. Where a session does not close it resolves after `timeoutMs`, and a second more after a drain, with a
   * process warning (`AvatarKitCloseTimeoutWarning`).
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

  /** The last transitions, failures and decisions, oldest first; plain data without secrets. */
  explain(): readonly HistoryEntry[] {
    return this.#session.lifecycle.history();
  }

  /**
   * Calls `listener` at every such event, after the callback option of the same meaning.
   * @throws TypeError or RangeError for what is no event or no function; so do `once`, `off` and `removeListener`
   */
  on<Name extends SessionEventName>(name: Name, listener: Handler<SessionEvents[Name]>): this {
    this.#session.lifecycle.notifier.on(...checkListener(name, listener), false);
    return this;
  }

  /** As `on`, for the next such event only. */
  once<Name extends SessionEventName>(name: Name, listener: Handler<SessionEvents[Name]>): this {
    this.#session.lifecycle.notifier.on(...checkListener(name, listener), true);
    return this;
  }

  /** Removes a listener that `on` or `once` added. Does nothing for one that was never added. */
  off<Name extends SessionEventName>(name: Name, listener: Handler<SessionEvents[Name]>): this {
    this.#session.lifecycle.notifier.off(...checkListener(name, listener));
    return this;
  }

  /** As `off`, by the name that Node's own functions know: `await once(session, 'reconnect')`. */
  removeListener<Name extends SessionEventName>(name: Name, listener: Handler<SessionEvents[Name]>): this {
    return this.off(name, listener);
  }

  #traits(options?: SpeakOptions): UtteranceTraits {
    const { recovery, replay } = this.#session.context.options;
    return checkSpeak(options, { recovery, ttlMs: replay.ttlMs });
  }
}

/**
 * Same as `new AvatarSession(options)`.
 *
 * @example
 * ```ts
 * const session = newAvatarSession({ apiKey, appId, avatarId, region: 'us-west' });
 * await session.start();
 * ```
 */
export function newAvatarSession(options: AvatarSessionOptions): AvatarSession {
  return new AvatarSession(options);
}
