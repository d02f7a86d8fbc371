/**
 * The pending events of a simulation, ordered by virtual time, and at the same time in the order of
 * scheduling, so that a seed reproduces a run. A binary heap of times and slots, two arrays of plain numbers:
 * a storm has millions of events, and moving objects or functions would cost more than the events. It does
 * not know what its events do.
 */
export class EventQueue {
  #nowMs = 0;
  #scheduled = 0;
  /** The heap: when, and in which slot the event is. */
  readonly #times: number[] = [];
  readonly #slots: number[] = [];
  /** By slot. */
  readonly #orders: number[] = [];
  readonly #events: (() => void)[] = [];
  readonly #freeSlots: number[] = [];

  /** The time of the event that runs, or ran last, milliseconds. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Runs `event` after `delayMs`, which is ≥ 0. */
  after(delayMs: number, event: () => void): void {
    this.#scheduled += 1;
    const slot = this.#freeSlots.pop() ?? this.#events.length;
    this.#events[slot] = event;
    this.#orders[slot] = this.#scheduled;
    this.#rise(this.#times.length, this.#nowMs + delayMs, slot);
  }

  /** Runs events until none is left or the next one is later than `untilMs`. */
  run(untilMs: number): void {
    for (;;) {
      const atMs = this.#times[0];
      const slot = this.#slots[0];
      if (atMs === undefined || slot === undefined || atMs > untilMs) return;
      this.#nowMs = atMs;
      this.#removeFirst();
      this.#freeSlots.push(slot);
      this.#events[slot]?.();
    }
  }

  /**
   * Moves the earlier child into the hole at each level down to the bottom, and then moves the last event up
   * from there: it nearly always belongs at the bottom, so comparing it on the way down would be wasted.
   */
  #removeFirst(): void {
    const times = this.#times;
    const slots = this.#slots;
    const count = times.length - 1;
    const lastMs = numberAt(times, count);
    const lastSlot = numberAt(slots, count);
    times.pop();
    slots.pop();
    if (count === 0) return;
    let hole = 0;
    for (;;) {
      let below = 2 * hole + 1;
      if (below >= count) break;
      const other = below + 1;
      if (other < count && this.#isBefore(numberAt(times, other), numberAt(slots, other), below))
        below = other;
      times[hole] = numberAt(times, below);
      slots[hole] = numberAt(slots, below);
      hole = below;
    }
    this.#rise(hole, lastMs, lastSlot);
  }

  /** Places an event at `hole`, or above it where its time belongs. */
  #rise(hole: number, atMs: number, slot: number): void {
    const times = this.#times;
    const slots = this.#slots;
    let at = hole;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#isBefore(atMs, slot, above)) break;
      times[at] = numberAt(times, above);
      slots[at] = numberAt(slots, above);
      at = above;
    }
    times[at] = atMs;
    slots[at] = slot;
  }

  /** Whether an event comes before the one at `at` in the heap. */
  #isBefore(atMs: number, slot: number, at: number): boolean {
    const otherMs = numberAt(this.#times, at);
    if (atMs !== otherMs) return atMs < otherMs;
    return numberAt(this.#orders, slot) < numberAt(this.#orders, numberAt(this.#slots, at));
  }
}

/** The number at a place that is known to be taken. */
function numberAt(numbers: readonly number[], at: number): number {
  return numbers[at] ?? 0;
}
