/**
 * Promises handed to the application. A caller that awaits one sees its rejection; no caller has to: an
 * un-awaited call must not end the process with an unhandled rejection.
 */

function ignore(): void {
  // The holder of the promise gets the rejection; this handler only marks it as seen.
}

export function markHandled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(ignore);
  return promise;
}

export function handledRejection(error: unknown): Promise<never> {
  return markHandled(Promise.reject(asError(error)));
}

/** The error itself, or one with the text of what is no Error. */
export function asError(thrown: unknown): Error {
  const readable = readableThrown(thrown);
  return readable instanceof Error ? readable : new Error(thrownMessage(readable));
}

/** A promise settled from outside; settling it twice changes nothing. Its rejection counts as seen, as with `markHandled`. */
export class Deferred<T> {
  readonly promise: Promise<T>;
  #resolve!: (value: T) => void;
  #reject!: (error: Error) => void;

  /** `Kind`: the class of the promise. */
  constructor(Kind: PromiseConstructor = Promise) {
    this.promise = new Kind<T>((onValue, onError) => {
      this.#resolve = onValue;
      this.#reject = onError;
    });
  }

  resolve(value: T): void {
    this.#resolve(value);
  }

  reject(error: Error): void {
    // Marked only now: a promise that is never rejected does not carry a handler for it.
    void Promise.prototype.then.call(this.promise, undefined, ignore);
    this.#reject(error);
  }
}

/** Something that happens once; a promise of it is made only where it is awaited. */
export class Latch {
  #waiting: Deferred<void> | 'none' | 'open' = 'none';

  /** Resolves when it has happened. */
  get opened(): Promise<void> {
    if (this.#waiting === 'open') return Promise.resolve();
    if (this.#waiting === 'none') this.#waiting = new Deferred();
    return this.#waiting.promise;
  }

  open(): void {
    const waiting = this.#waiting;
    this.#waiting = 'open';
    if (waiting instanceof Deferred) waiting.resolve();
  }
}

/** A promise that knows whether it is looked at: `await`, `then`, `catch`, `finally` and the combinators all call `then`. */
export class ObservedPromise<T> extends Promise<T> {
  #observed = false;

  /** What `then` makes is an ordinary promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  get observed(): boolean {
    return this.#observed;
  }

  override then<Fulfilled = T, Rejected = never>(
    onValue?: ((value: T) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onError?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    this.#observed = true;
    return super.then(onValue, onError);
  }
}

const UNREADABLE = 'a value that is no Error';

/** The text of a thrown value. Reading it may throw (no prototype, a getter): this does not. */
export function thrownMessage(thrown: unknown): string {
  return readSafely(() => (thrown instanceof Error ? thrown.message : thrown));
}

/** With the stack, where there is one. */
export function thrownStack(thrown: unknown): string {
  return readSafely(() => (thrown instanceof Error ? (thrown.stack ?? thrown.message) : thrown));
}

function readSafely(read: () => unknown): string {
  try {
    return String(read());
  } catch {
    return UNREADABLE;
  }
}

/** The value, or an Error in its place where even its class can't be asked for: a revoked Proxy. */
export function readableThrown(thrown: unknown): unknown {
  try {
    Object.prototype.isPrototypeOf.call(Error.prototype, Object(thrown) as object);
    return thrown;
  } catch {
    return new Error(UNREADABLE);
  }
}
