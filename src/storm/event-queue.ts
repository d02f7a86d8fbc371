/**
 * The future of a simulation: events by their virtual time, and those of one time in the order in which they were
 * scheduled, so that a seed reproduces a run. A binary heap in three parallel arrays, because a storm has millions of
 * events and an object for each would cost more than the event. It knows nothing about what its events do.
 */
export class EventQueue {
  #nowMs = 0;
  #scheduled = 0;
  readonly #times: number[] = [];
  readonly #orders: number[] = [];
  readonly #events: (() => void)[] = [];

  /** The time of the event that runs, or ran last, milliseconds. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Runs `event` after `delayMs`, which is ≥ 0. */
  after(delayMs: number, event: () => void): void {
    const atMs = this.#nowMs + delayMs;
    this.#scheduled += 1;
    let at = this.#events.length;
    // The newest event is never before another of its own time.
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (atMs >= this.#timeAt(above)) break;
      this.#move(above, at);
      at = above;
    }
    this.#put(at, atMs, this.#scheduled, event);
  }

  /** Runs events until none is left or the next one is later than `untilMs`. */
  run(untilMs: number): void {
    for (;;) {
      const event = this.#events[0];
      if (event === undefined || this.#timeAt(0) > untilMs) return;
      this.#nowMs = this.#timeAt(0);
      this.#removeFirst();
      event();
    }
  }

  /** Puts the last event where the first one was, and lets the earlier ones rise past it. */
  #removeFirst(): void {
    const atMs = this.#times.pop() ?? 0;
    const order = this.#orders.pop() ?? 0;
    const event = this.#events.pop();
    const count = this.#events.length;
    if (count === 0 || event === undefined) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= count) break;
      if (below + 1 < count && this.#isBefore(below + 1, this.#timeAt(below), this.#orderAt(below)))
        below += 1;
      if (!this.#isBefore(below, atMs, order)) break;
      this.#move(below, at);
      at = below;
    }
    this.#put(at, atMs, order, event);
  }

  #isBefore(at: number, timeMs: number, order: number): boolean {
    const atMs = this.#timeAt(at);
    return atMs < timeMs || (atMs === timeMs && this.#orderAt(at) < order);
  }

  #move(from: number, to: number): void {
    const event = this.#events[from];
    if (event !== undefined) this.#put(to, this.#timeAt(from), this.#orderAt(from), event);
  }

  #put(at: number, atMs: number, order: number, event: () => void): void {
    this.#times[at] = atMs;
    this.#orders[at] = order;
    this.#events[at] = event;
  }

  #timeAt(at: number): number {
    return this.#times[at] ?? Infinity;
  }

  #orderAt(at: number): number {
    return this.#orders[at] ?? Infinity;
  }
}
