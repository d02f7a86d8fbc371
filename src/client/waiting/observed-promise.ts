/** A promise that knows whether anybody looks at it: `await`, `then`, `catch`, `finally` and the combinators all call `then`. */
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
