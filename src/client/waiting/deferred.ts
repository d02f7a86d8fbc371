/**
 * Promises for the application. A caller that awaits one sees its rejection, but need not await it: the rejection must not end the
 * process as unhandled.
 */

function ignore(): void {
  // The caller's own promise still rejects; this handler only marks the rejection as handled.
}

export function markHandled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(ignore);
  return promise;
}

export function handledRejection(error: unknown): Promise<never> {
  return markHandled(Promise.reject(asError(error)));
}

/** The error itself, or an Error with the text of another thrown value. */
export function asError(thrown: unknown): Error {
  const readable = readableThrown(thrown);
  return readable instanceof Error ? readable : new Error(thrownMessage(readable));
}

/** A promise settled from outside; settling it twice has no effect. Its rejection counts as handled, as with `markHandled`. */
export class Deferred<T> {
  readonly promise: Promise<T>;
  #resolve!: (value: T) => void;
  #reject!: (error: Error) => void;

  /** @param Kind the class of the promise */
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
    // Marked only at a rejection, so that other promises carry no handler.
    void Promise.prototype.then.call(this.promise, undefined, ignore);
    this.#reject(error);
  }
}

/** An event that happens once; its promise is made only if it is awaited. */
export class Latch {
  #waiting: Deferred<void> | 'none' | 'open' = 'none';

  /** Resolves when the event has happened. */
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

/** A promise that records whether it is observed: `await`, `then`, `catch`, `finally` and the combinators all call `then`. */
export class ObservedPromise<T> extends Promise<T> {
  #observed = false;

  /** `then` returns an ordinary promise. */
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

/** The text of a thrown value. Never throws, though reading the value may (no prototype, a getter). */
export function thrownMessage(thrown: unknown): string {
  return readSafely(() => (thrown instanceof Error ? thrown.message : thrown));
}

/** The text with the stack, if there is one. */
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

/** The value, or an Error in its place if even its class can't be read: a revoked Proxy. */
export function readableThrown(thrown: unknown): unknown {
  try {
    Object.prototype.isPrototypeOf.call(Error.prototype, Object(thrown) as object);
    return thrown;
  } catch {
    return new Error(UNREADABLE);
  }
}
