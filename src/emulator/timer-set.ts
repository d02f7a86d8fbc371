/** Timers that end together: whatever owns one of these leaves no timer behind once it has called `cancelAll`. */
export class TimerSet {
  readonly #timers = new Set<NodeJS.Timeout>();
  #ended = false;

  get size(): number {
    return this.#timers.size;
  }

  /** Never runs after `cancelAll`; an infinite delay never runs. Returns what cancels this one. */
  after(delayMs: number, run: () => void): () => void {
    if (this.#ended || delayMs === Infinity) return () => undefined;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, delayMs);
    this.#timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.#timers.delete(timer);
    };
  }

  /** Nothing runs any more, and nothing new is accepted. */
  cancelAll(): void {
    this.#ended = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
