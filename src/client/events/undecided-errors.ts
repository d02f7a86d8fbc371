/** Errors of a connection that is still open, which wait until it is known whether the session continues. Does not decide that. */
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import type { Clock, Timer } from '../../ports/clock.js';

/** A service that sends errors without end must not fill the memory: beyond this number the oldest error is emitted at once. */
const MAX_UNDECIDED = 16;

export interface Undecided {
  readonly error: AvatarSDKError;
  readonly dueAtMs: number;
  /** Called when the error has been emitted. */
  readonly emitted: (() => void) | undefined;
}

/**
 * Errors of a connection that is still open. A close may belong to the same failure, because the service often sends a ServerError before
 * it closes: so an error waits here until it is known whether the session continues. Does not decide that.
 */
export class UndecidedErrors {
  readonly #clock: Clock;
  readonly #sessionGoesOn: (undecided: Undecided) => void;
  readonly #waiting: Undecided[] = [];
  #timer: Timer | undefined;

  /** @param sessionGoesOn called with each error whose wait is over, in the order in which they were added */
  constructor(clock: Clock, sessionGoesOn: (undecided: Undecided) => void) {
    this.#clock = clock;
    this.#sessionGoesOn = sessionGoesOn;
  }

  get size(): number {
    return this.#waiting.length;
  }

  has(error: AvatarSDKError): boolean {
    return this.#waiting.some((undecided) => undecided.error === error);
  }

  /** With `waitMs` 0 the error waits until the received input has been read. No error overtakes an earlier one. */
  add(error: AvatarSDKError, waitMs: number, emitted: (() => void) | undefined): void {
    this.#waiting.push({ error, dueAtMs: this.#clock.nowMs() + waitMs, emitted });
    if (this.#waiting.length > MAX_UNDECIDED) this.#emitFirst();
    else if (this.#waiting.length === 1) this.#schedule();
  }

  /** Removes all errors, oldest first: the caller knows the verdict. */
  takeAll(): readonly Undecided[] {
    this.#timer?.cancel();
    this.#timer = undefined;
    return this.#waiting.splice(0);
  }

  #schedule(): void {
    const first = this.#waiting.at(0);
    if (first === undefined) return;
    const leftMs = Math.max(first.dueAtMs - this.#clock.nowMs(), 0);
    this.#timer = this.#clock.schedule(leftMs, () => {
      // After a stall of the event loop a close may have arrived that has not been read yet.
      this.#clock.afterPendingInput(() => {
        if (this.#waiting.at(0) === first) this.#emitFirst();
      });
    });
  }

  #emitFirst(): void {
    this.#timer?.cancel();
    const first = this.#waiting.shift();
    this.#schedule();
    if (first !== undefined) this.#sessionGoesOn(first);
  }
}
