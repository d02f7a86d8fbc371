/**
 * The calls of `start` and `restart` that wait for the same first connection. A signal given to `start` ends the session; one given to
 * `restart` ends the wait of its own call, and the session if no other call waits. Must not know how a session starts.
 */
import { abortedStart, abortedWait } from './close-session.js';
import type { AvatarSDKError } from '../core/failure/avatar-sdk-error.js';
import type { SessionErrors } from './events/session-errors.js';
import { onAbort } from './waiting/deadline.js';
import { Deferred, ObservedPromise } from './waiting/deferred.js';

interface LimitedCall {
  readonly signal: AbortSignal;
  readonly answer: Deferred<string>;
  /** Removes the listener from the signal. */
  endWait: () => void;
}

export class StartCalls {
  readonly isRestart: boolean;
  readonly #errors: SessionErrors;
  readonly #endSession: (error: AvatarSDKError) => void;
  /** The promise of all calls without a signal. */
  #joint: Deferred<string> | undefined;
  /** The waiting calls with a signal. */
  readonly #limited = new Set<LimitedCall>();

  /** @param endSession called when a signal ends the session */
  constructor(errors: SessionErrors, isRestart: boolean, endSession: (error: AvatarSDKError) => void) {
    this.isRestart = isRestart;
    this.#errors = errors;
    this.#endSession = endSession;
  }

  /** The promises of the waiting calls. */
  get promises(): readonly Promise<string>[] {
    const answers = [...this.#limited].map(({ answer }) => answer);
    return [...(this.#joint === undefined ? [] : [this.#joint]), ...answers].map(({ promise }) => promise);
  }

  /** Adds a call. A signal that is not an AbortSignal may throw: the error is passed on, and the call does not wait. */
  add(signal: AbortSignal | undefined): Promise<string> {
    if (signal === undefined) return (this.#joint ??= new Deferred<string>(ObservedPromise)).promise;
    const answer = new Deferred<string>(ObservedPromise);
    const call: LimitedCall = { signal, answer, endWait: () => undefined };
    const isAborted = signal.aborted;
    if (!isAborted) call.endWait = onAbort(signal, () => this.#aborted(call));
    this.#limited.add(call);
    if (isAborted) this.#aborted(call);
    return answer.promise;
  }

  resolve(connectionId: string): void {
    this.endWaits();
    for (const { answer } of this.#limited) answer.resolve(connectionId);
    this.#joint?.resolve(connectionId);
  }

  reject(error: AvatarSDKError): void {
    this.endWaits();
    for (const { answer } of this.#limited) answer.reject(error);
    this.#joint?.reject(error);
  }

  /** The signals no longer have an effect. */
  endWaits(): void {
    for (const call of this.#limited) {
      const { endWait } = call;
      call.endWait = () => undefined;
      try {
        endWait();
      } catch {
        // If a signal of the application fails to remove a listener, that is no failure of the session.
      }
    }
  }

  /** One signal may end several calls, so aborted calls do not count as waiting. */
  get #othersWait(): boolean {
    return this.#joint !== undefined || [...this.#limited].some(({ signal }) => !isAborted(signal));
  }

  #aborted(call: LimitedCall): void {
    const { signal, answer } = call;
    if (!this.isRestart || !this.#othersWait) {
      // All calls are rejected when the session is closed completely.
      this.#endSession(abortedStart(this.#errors, signal));
      return;
    }
    this.#limited.delete(call);
    answer.reject(abortedWait(this.#errors, signal));
  }
}

/** A signal that is not the runtime's may throw. */
function isAborted(signal: AbortSignal): boolean {
  try {
    return signal.aborted;
  } catch {
    return false;
  }
}
