/**
 * How a wait ends early: end signals of this package without an AbortController, listeners on the signals of an application, and time
 * limits of asynchronous steps. Must not know what is awaited.
 */
import { DeadlinePassed, ONCE } from '../../ports/end-signal.js';
import type { EndSignal, LazySignal } from '../../ports/end-signal.js';
import type { Clock, Timer } from '../../ports/clock.js';

const waiting = new WeakMap<AbortSignal, Waiting>();

interface Waiting {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

/**
 * Calls `callback` when the signal, which is not aborted yet, is aborted. Returns a function that ends the wait; the last one of a signal
 * removes the listener. Throws the errors of a signal that is not the runtime's.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const known = waiting.get(signal);
  const { callbacks, listener } = known ?? startToWait(signal);
  // A new function, because two waits may have the same callback.
  const call = (): void => callback();
  callbacks.add(call);
  return () => {
    if (!callbacks.delete(call) || callbacks.size > 0) return;
    waiting.delete(signal);
    signal.removeEventListener('abort', listener);
  };
}

function startToWait(signal: AbortSignal): Waiting {
  const callbacks = new Set<() => void>();
  const listener = (): void => {
    waiting.delete(signal);
    const called = [...callbacks];
    callbacks.clear();
    for (const callback of called) callback();
  };
  signal.addEventListener('abort', listener, ONCE);
  const begun = { callbacks, listener };
  waiting.set(signal, begun);
  return begun;
}

/** Settles like the promise, but rejects with the signal's reason as soon as that is aborted. The listener is removed at the end. */
export function untilAborted<T>(promise: Promise<T>, signal: EndSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    if (signal.aborted) {
      aborted();
      // A later rejection is ignored: the wait has failed already.
      promise.catch(() => undefined);
      return;
    }
    signal.addEventListener('abort', aborted, ONCE);
    const over = (): void => signal.removeEventListener('abort', aborted);
    const failed = (error: Error): void => {
      over();
      reject(error);
    };
    promise.then((value) => {
      over();
      resolve(value);
    }, failed);
  });
}

/** An end signal and its controller in one object: an AbortController whose real signal is made only on demand. */
export class AbortFlag implements LazySignal {
  aborted = false;
  reason: Error = NOT_ABORTED;
  limitMs: number | undefined;
  #listeners: readonly (() => void)[] = NO_LISTENERS;
  #controller: AbortController | undefined;

  get real(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.aborted) this.#controller.abort(this.reason);
    }
    return this.#controller.signal;
  }

  /** Calls every listener once. A second call has no effect. */
  abort(reason: Error): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    const listeners = this.#listeners;
    this.#listeners = NO_LISTENERS;
    this.#controller?.abort(reason);
    for (const listener of listeners) listener();
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  /** There are one or two at a time. A listener that is added after the abort is never called. */
  addEventListener(_type: 'abort', listener: () => void): void {
    if (!this.aborted) this.#listeners = [...this.#listeners, listener];
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners = this.#listeners.filter((other) => other !== listener);
  }
}

const NO_LISTENERS: readonly (() => void)[] = [];
const NOT_ABORTED = new Error('not aborted');

/**
 * For a step that waits for a peer: its time limit is counted in this many parts. A stall of the event loop uses up only one part,
 * however long it lasts, because the peer could answer meanwhile, but this process could not read.
 */
export const AWAKE_PARTS = 4;

/**
 * Time limits for successive steps with one signal and one timer: an AbortController, a listener and a timer for each was most of the
 * cost of the time limits of a dial. After one step has timed out, no further step runs. Nothing remains once `end` has been called.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #owner: EndSignal;
  readonly #flag = new AbortFlag();
  readonly #ownerAborted = (): void => this.#abort(this.#owner.reason);
  readonly #onTime = (): void => this.#wake();
  /** Kept from step to step: the next part mostly ends later, and the timer is set again then. */
  #timer: Timer | undefined;
  #wakesAtMs = Infinity;
  /** For the running step: the length of a part, the end of the current part, and the number of parts left, including it. */
  #partMs = 0;
  #partEndsAtMs = Infinity;
  #partsLeft = 0;
  /** Fails the running step; undefined without one. */
  #fail: ((reason: Error) => void) | undefined;

  constructor(clock: Clock, owner: EndSignal) {
    this.#clock = clock;
    this.#owner = owner;
    if (owner.aborted) this.#ownerAborted();
    else owner.addEventListener('abort', this.#ownerAborted, ONCE);
  }

  /**
   * Runs a step, one at a time, and settles like it. Rejects as soon as `timeoutMs` have passed (DeadlinePassed) or the owner is aborted
   * (its reason); the step's signal is aborted with the same error. An answer that was in the socket when the time was up still counts; a
   * later one is ignored.
   *
   * @param parts the number of parts in which the time is counted; 1, the default, includes stalls
   * @param toFailure maps the error of the step, or of the abort, to the caller's error; default: the same
   */
  run<T>(
    timeoutMs: number,
    step: (signal: LazySignal) => Promise<T>,
    parts = 1,
    toFailure: (error: unknown) => Error = same,
  ): Promise<T> {
    const signal = this.#flag;
    if (signal.aborted) return Promise.reject(translated(signal.reason, toFailure));
    return new Promise<T>((resolve, reject) => {
      const over = (): boolean => {
        if (this.#fail !== fail) return false;
        this.#fail = undefined;
        return true;
      };
      const fail = (error: unknown): void => {
        if (over()) reject(translated(error, toFailure));
      };
      this.#fail = fail;
      signal.limitMs = timeoutMs;
      this.#partMs = timeoutMs / parts;
      this.#partsLeft = parts;
      this.#beginPart(this.#clock.nowMs());
      try {
        step(signal).then((value) => {
          over();
          resolve(value);
        }, fail);
      } catch (error) {
        fail(error);
      }
    });
  }

  end(): void {
    this.#timer?.cancel();
    this.#owner.removeEventListener('abort', this.#ownerAborted);
  }

  #beginPart(nowMs: number): void {
    this.#partEndsAtMs = nowMs + this.#partMs;
    if (this.#timer !== undefined && this.#wakesAtMs <= this.#partEndsAtMs) return;
    this.#timer?.cancel();
    this.#wakeIn(this.#partMs);
  }

  /** Sets the timer for the end of the part. */
  #wakeIn(delayMs: number): void {
    this.#wakesAtMs = this.#partEndsAtMs;
    this.#timer = this.#clock.schedule(delayMs, this.#onTime);
  }

  #wake(): void {
    this.#timer = undefined;
    const step = this.#fail;
    if (step === undefined) return;
    const nowMs = this.#clock.nowMs();
    // The clock is read only for a timer that an earlier step has set, so that a clock which stands still can't prevent the end of a
    // step.
    if (this.#wakesAtMs < this.#partEndsAtMs && nowMs < this.#partEndsAtMs) {
      this.#wakeIn(this.#partEndsAtMs - nowMs);
      return;
    }
    this.#partsLeft -= 1;
    if (this.#partsLeft > 0) {
      this.#beginPart(nowMs);
      return;
    }
    const { limitMs = 0 } = this.#flag;
    // A late timer runs before the sockets are read: the step may still settle, and another one may run by then.
    this.#clock.afterPendingInput(() => {
      if (this.#fail === step) this.#abort(new DeadlinePassed(limitMs));
    });
  }

  #abort(reason: Error): void {
    this.#flag.abort(reason);
    this.#fail?.(reason);
  }
}

function same(error: unknown): Error {
  return error as Error;
}

/** If `toFailure` throws, the step rejects with that error, because it must settle. */
function translated(error: unknown, toFailure: (error: unknown) => Error): Error {
  try {
    return toFailure(error);
  } catch (thrown) {
    return thrown as Error;
  }
}

/** One step, as in `Deadlines`. */
export async function withDeadline<T>(
  clock: Clock,
  timeoutMs: number,
  owner: EndSignal,
  step: (signal: LazySignal) => Promise<T>,
  parts = 1,
): Promise<T> {
  const deadlines = new Deadlines(clock, owner);
  try {
    return await deadlines.run(timeoutMs, step, parts);
  } finally {
    deadlines.end();
  }
}
