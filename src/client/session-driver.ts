/**
 * A session from `start` to its end. Every way out leads through `#finish`: first no socket, no timer and no listener is left, then
 * the last events go out and the last promises settle. What happens in between is the connection loop's business.
 */
import { AvatarSDKError, recordVerdict } from '../core/failure/avatar-sdk-error.js';
import {
  IDLE,
  confirmed,
  drainErrorOf,
  draining,
  endOf,
  ending,
  isEnded,
  isStarted,
  over,
  started,
  stopped,
  wasConfirmed,
} from '../core/session/session-life.js';
import type { Life, SessionEnd } from '../core/session/session-life.js';
import type { EndSignal } from '../ports/end-signal.js';
import type { LiveConnection } from './connection/live-connection.js';
import { ConnectionLoop } from './loop/connection-loop.js';
import type { LoopEnd, LoopParts } from './loop/connection-loop.js';
import { removeOpenSession } from './open-sessions.js';
import type { OpenSession } from './open-sessions.js';
import { requestFailure } from './speech/request-error.js';
import { forgetSecrets } from './session-secrets.js';
import { isTimeout, rejectedStart, warnWhereUnobserved } from './unobserved-start.js';
import { AbortFlag, onAbort } from './waiting/abort.js';
import { Deferred, Latch, ObservedPromise } from './waiting/deferred.js';

export interface DriverParts extends Omit<LoopParts, 'options'>, OpenSession {
  options: LoopParts['options'];
}

export class SessionDriver {
  readonly #parts: DriverParts;
  readonly #loop: ConnectionLoop;
  /** Present while something goes on that the end of the session has to cut short; an idle session has none. */
  #abort: AbortFlag | undefined;
  /** What `start` gives; settled when the first connection is confirmed, or at the end. */
  #started: Deferred<string> | undefined;
  #firstConnectionId = '';
  readonly #done = new Latch();
  #unlinks: (() => void)[] | undefined;
  #life: Life = IDLE;

  constructor(parts: DriverParts) {
    this.#parts = parts;
    this.#loop = new ConnectionLoop(parts);
  }

  /** A connection is confirmed. */
  connected(connectionId: string): void {
    // Whoever used it has come to an end: the dial, and what waited for it.
    this.#abort = undefined;
    const before = this.#life;
    this.#life = confirmed(before);
    if (this.#life === before) return;
    this.#firstConnectionId = connectionId;
    this.#unlink();
    this.#started?.resolve(connectionId);
    this.#started = undefined;
  }

  /** The session does not go on after this failure. */
  givenUp(error: AvatarSDKError): void {
    this.#life = ending(this.#life, { reason: 'failed', error });
  }

  /** Aborted with an AvatarSDKError when the session ends. */
  get signal(): EndSignal {
    if (this.#abort !== undefined) return this.#abort;
    const abort = new AbortFlag();
    if (isEnded(this.#life)) abort.abort(this.#life.end.error);
    else this.#abort = abort;
    return abort;
  }

  /** Why the session is ending or over; undefined while it is not. */
  get ending(): SessionEnd | undefined {
    return endOf(this.#life);
  }

  /** Whether `close()` or a signal of the application has ended it. */
  get endedByApplication(): boolean {
    const reason = this.ending?.reason;
    return reason === 'closed' || reason === 'aborted';
  }

  /** Why nothing new is begun, though what has begun goes on: the session ends when that is finished. */
  get draining(): AvatarSDKError | undefined {
    return drainErrorOf(this.#life);
  }

  /** No new utterance is accepted; the session ends when the open ones finish. */
  drain(error: AvatarSDKError): void {
    this.#life = draining(this.#life, error);
  }

  /** The confirmed connection; undefined while there is none. */
  get connection(): LiveConnection | undefined {
    return this.#loop.connection;
  }

  /** Resolves when nothing of the session is left. */
  get done(): Promise<void> {
    return this.#done.opened;
  }

  /** Whether `start` has been called. */
  get started(): boolean {
    return isStarted(this.#life);
  }

  /** Audio has been accepted. */
  spoken(): void {
    this.#loop.spoken();
  }

  /**
   * Resolves with the first connection's id. A second call joins the first; each call's signal counts. Throws what a signal throws that
   * is not the runtime's: nothing has begun then.
   */
  start(signal: AbortSignal | undefined, aborted: () => AvatarSDKError): Promise<string> {
    // Over for good: also when the first `start` had resolved before.
    const { ending: end } = this;
    if (end !== undefined) return rejectedStart(this.#parts.clock, end.error, this.#isReported(end));
    if (wasConfirmed(this.#life)) return Promise.resolve(this.#firstConnectionId);
    if (signal !== undefined) this.#linkToStart(signal, aborted);
    this.#started ??= new Deferred(ObservedPromise);
    const { promise } = this.#started;
    const before = this.#life;
    this.#life = started(before);
    if (this.#life !== before) {
      void this.#parts.lifecycle.notifier.inContext(() => this.#loop.run());
    }
    return promise;
  }

  /** Ends the session, once; resolves when nothing of it is left. */
  end(end: SessionEnd): Promise<void> {
    const before = this.#life;
    this.#life = ending(before, end);
    if (this.#life !== before) {
      this.#stop(end);
      if (!isStarted(before)) void this.#finish(end);
    }
    return this.#done.opened;
  }

  /** No promise, timer, listener or dial goes on; sockets are on their way out. */
  #stop(end: SessionEnd): void {
    this.#life = stopped(this.#life);
    const { lifecycle, speech } = this.#parts;
    lifecycle.notifier.batch(() => {
      if (lifecycle.hasUndecided) {
        const { reason = 'rule' } = end.error;
        lifecycle.verdictReached({ willRetry: false, reason });
      }
      if (end.timedOut === true) lifecycle.failed(end.error);
      if (!lifecycle.ending) lifecycle.move('endingStarted', end.reason);
      speech.endAll(this.endedByApplication, (reqId) => requestFailure(end.error, reqId));
      this.#unlink();
      this.#abort?.abort(end.error);
      void this.#loop.release();
    });
  }

  #linkToStart(signal: AbortSignal, aborted: () => AvatarSDKError): void {
    const end = (): void => {
      const error = aborted();
      void this.end({ reason: 'aborted', error, timedOut: isTimeout(error) });
    };
    if (signal.aborted) {
      end();
      return;
    }
    const unlink = onAbort(signal, end);
    this.#unlinks ??= [];
    this.#unlinks.push(() => ignoringErrors(unlink));
  }

  #unlink(): void {
    const unlinks = this.#unlinks;
    this.#unlinks = undefined;
    for (const unlink of unlinks ?? []) unlink();
  }

  /** The session has no connection, and gets none any more. What gave it up before has stopped nothing. */
  loopEnded(how: LoopEnd): void {
    if (!isEnded(this.#life)) this.#life = ending(this.#life, this.#endAfter(how));
    if (this.#life.stage !== 'ending') return;
    const { end } = this.#life;
    if (!this.#life.stopped) this.#stop(end);
    void this.#finish(end);
  }

  #endAfter(how: LoopEnd): SessionEnd {
    if (how.how !== 'normally') {
      return { reason: 'failed', error: this.#asFailure(how.how === 'failed' ? how.error : undefined) };
    }
    return { reason: 'ended', error: recordVerdict(how.error, { willRetry: false, reason: 'closed' }) };
  }

  /** Nothing of the session is left when the last events go out. */
  async #finish(end: SessionEnd): Promise<void> {
    await this.#loop.release();
    const { lifecycle } = this.#parts;
    const { reason } = end;
    const told = reason === 'failed' || reason === 'aborted';
    if (isFailure(end) && !this.#isReported(end)) {
      warnWhereUnobserved(this.#parts.clock, this.#started?.promise, () => end.error);
    }
    lifecycle.notifier.batch(() => {
      lifecycle.move('ended', reason);
      lifecycle.notifier.emit('close', told ? { reason, error: end.error } : { reason });
    });
    this.#started?.reject(end.error);
    removeOpenSession(this.#parts);
    forgetSecrets(this.#parts);
    this.#life = over(this.#life);
    this.#done.open();
  }

  /** Whether an `error` event reports this end. */
  #isReported(end: SessionEnd): boolean {
    return isFailure(end) && this.#parts.lifecycle.notifier.hasListeners('error');
  }

  /** Everything that can fail has been classified; what comes here otherwise is a defect, and is said to be one. */
  #asFailure(error: unknown): AvatarSDKError {
    if (error instanceof AvatarSDKError) return error;
    const { interpreter, lifecycle } = this.#parts;
    const failure = interpreter.failure({
      kind: 'refusedLocally',
      phase: lifecycle.phase,
      step: 'receive',
      usesEgress: interpreter.usesEgress,
      code: 'unknown',
      problem: 'defect',
      message: `unexpected failure inside the session: ${error instanceof Error ? error.message : String(error)}`,
      cause: error,
    });
    lifecycle.failed(recordVerdict(failure, { willRetry: false, reason: 'rule' }));
    return failure;
  }
}

function isFailure({ reason, timedOut }: SessionEnd): boolean {
  return reason === 'failed' || timedOut === true;
}

function ignoringErrors(call: () => void): void {
  try {
    call();
  } catch {
    // A listener that a signal of the application does not remove is no failure of the session.
  }
}
