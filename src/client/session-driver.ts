/**
 * A session from `start` to its end. Every way out leads through `#finish`: first no socket, no timer and no listener is left, then
 * the last events go out and the last promises settle. What happens in between is the connection loop's business.
 */
import { AvatarSDKError, recordVerdict } from '../core/failure/avatar-sdk-error.js';
import type { EndSignal } from '../ports/end-signal.js';
import type { LiveConnection } from './connection/live-connection.js';
import type { CloseInfo } from './events/session-events.js';
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

/** How a session ends, and the error with which everything that is still open fails; it may be made only when asked for. */
export interface Ending {
  readonly reason: CloseInfo['reason'];
  readonly error: AvatarSDKError;
  /** Whether the time of a signal is up: a failure of the start, though the signal is the application's. */
  readonly timedOut?: boolean;
}

export class SessionDriver {
  readonly #parts: DriverParts;
  readonly #loop: ConnectionLoop;
  /** Present while something goes on that the end of the session has to cut short; an idle session has none. */
  #abort: AbortFlag | undefined;
  /** What `start` gives; settled when the stage is `started`. */
  #started: Deferred<string> | undefined;
  #firstConnectionId = '';
  readonly #done = new Latch();
  #unlinks: (() => void)[] | undefined;
  #stage: 'idle' | 'starting' | 'started' = 'idle';
  #ending: Ending | undefined;
  #draining: AvatarSDKError | undefined;

  constructor(parts: DriverParts) {
    this.#parts = parts;
    this.#loop = new ConnectionLoop(parts);
  }

  /** A connection is confirmed. */
  connected(connectionId: string): void {
    // Whoever used it has come to an end: the dial, and what waited for it.
    this.#abort = undefined;
    if (this.#stage === 'started') return;
    this.#stage = 'started';
    this.#firstConnectionId = connectionId;
    this.#unlink();
    this.#started?.resolve(connectionId);
    this.#started = undefined;
  }

  /** The session does not go on after this failure. */
  givenUp(error: AvatarSDKError): void {
    this.#ending ??= { reason: 'failed', error };
  }

  /** Aborted with an AvatarSDKError when the session ends. */
  get signal(): EndSignal {
    if (this.#abort !== undefined) return this.#abort;
    const abort = new AbortFlag();
    if (this.#ending === undefined) this.#abort = abort;
    else abort.abort(this.#ending.error);
    return abort;
  }

  /** Why the session is ending or over; undefined while it is not. */
  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** Whether `close()` or a signal of the application has ended it. */
  get endedByApplication(): boolean {
    const reason = this.#ending?.reason;
    return reason === 'closed' || reason === 'aborted';
  }

  /** Why nothing new is begun, though what has begun goes on: the session ends when that is finished. */
  get draining(): AvatarSDKError | undefined {
    return this.#draining;
  }

  /** What is being said is the last. */
  drain(error: AvatarSDKError): void {
    this.#draining ??= error;
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
    return this.#stage !== 'idle';
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
    const ending = this.#ending;
    if (ending !== undefined) return rejectedStart(this.#parts.clock, ending.error, this.#isReported(ending));
    if (signal !== undefined && this.#stage !== 'started') this.#linkToStart(signal, aborted);
    if (this.#stage === 'started') return Promise.resolve(this.#firstConnectionId);
    this.#started ??= new Deferred(ObservedPromise);
    const { promise } = this.#started;
    if (this.#stage === 'idle' && this.ending === undefined) {
      this.#stage = 'starting';
      void this.#parts.lifecycle.notifier.inContext(() => this.#loop.run());
    }
    return promise;
  }

  /** Ends the session, once; resolves when nothing of it is left. */
  end(ending: Ending): Promise<void> {
    if (this.#ending === undefined) {
      this.#ending = ending;
      this.#tearDown(ending);
      if (this.#stage === 'idle') void this.#finish(ending);
    }
    return this.#done.opened;
  }

  /** No promise, timer, listener or dial goes on; sockets are on their way out. */
  #tearDown(ending: Ending): void {
    const { lifecycle, speech } = this.#parts;
    lifecycle.notifier.batch(() => {
      if (lifecycle.hasUndecided) {
        const { reason = 'rule' } = ending.error;
        lifecycle.verdictReached({ willRetry: false, reason });
      }
      // The end of the loop comes here once more.
      if (ending.timedOut === true && !lifecycle.ending) lifecycle.failed(ending.error);
      if (!lifecycle.ending) lifecycle.move('endingStarted', ending.reason);
      speech.endAll(this.endedByApplication, (reqId) => requestFailure(ending.error, reqId));
      this.#unlink();
      this.#abort?.abort(ending.error);
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

  /** The session has no connection, and gets none any more. */
  loopEnded(end: LoopEnd): void {
    const ending = this.#ending ?? this.#endingOf(end);
    this.#ending = ending;
    this.#tearDown(ending);
    void this.#finish(ending);
  }

  #endingOf(end: LoopEnd): Ending {
    if (end.how !== 'normally') {
      return { reason: 'failed', error: this.#asFailure(end.how === 'failed' ? end.error : undefined) };
    }
    return { reason: 'ended', error: recordVerdict(end.error, { willRetry: false, reason: 'closed' }) };
  }

  /** Nothing of the session is left when the last events go out. */
  async #finish(ending: Ending): Promise<void> {
    await this.#loop.release();
    const { lifecycle } = this.#parts;
    const { reason } = ending;
    const told = reason === 'failed' || reason === 'aborted';
    if (isFailure(ending) && !this.#isReported(ending)) {
      warnWhereUnobserved(this.#parts.clock, this.#started?.promise, () => ending.error);
    }
    lifecycle.notifier.batch(() => {
      lifecycle.move('ended', reason);
      lifecycle.notifier.emit('close', told ? { reason, error: ending.error } : { reason });
    });
    this.#started?.reject(ending.error);
    removeOpenSession(this.#parts);
    forgetSecrets(this.#parts);
    this.#done.open();
  }

  /** Whether an `error` event reports this end. */
  #isReported(ending: Ending): boolean {
    return isFailure(ending) && this.#parts.lifecycle.notifier.hasListeners('error');
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

function isFailure({ reason, timedOut }: Ending): boolean {
  return reason === 'failed' || timedOut === true;
}

function ignoringErrors(call: () => void): void {
  try {
    call();
  } catch {
    // A listener that a signal of the application does not remove is no failure of the session.
  }
}
