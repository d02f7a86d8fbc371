/**
 * An unfinished request of a client. It ends once: with an answer, a failure, or the caller's abort,
 * whichever is first. Later outcomes are ignored.
 */

export class RequestEnd<T> {
  readonly promise: Promise<T>;
  readonly #signal: AbortSignal;
  readonly #onOver: () => void;
  #resolve: (value: T) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;
  #isOver = false;

  /** @param onOver called once, when the request ends */
  constructor(signal: AbortSignal, onOver: () => void) {
    this.#signal = signal;
    this.#onOver = onOver;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  succeed(value: T): void {
    if (this.#end()) this.#resolve(value);
  }

  fail(error: Error): void {
    if (this.#end()) this.#reject(error);
  }

  readonly #onAbort = (): void => this.fail(this.#signal.reason as Error);

  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#onOver();
    return true;
  }
}

export function systemError(code: string): Error {
  return Object.assign(new Error(`simulated ${code}`), { code });
}
