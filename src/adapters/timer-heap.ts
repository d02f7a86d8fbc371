/**
 * Pending timers in the order of their times, those of one time in the order in which they were added. A binary heap in which
 * every entry knows its place, so that a cancelled timer is gone at once and holds nothing. Knows no clock.
 */
export interface TimerEntry {
  readonly dueAtMs: number;
  readonly callback: () => void;
  readonly order: number;
  /** Its place in the heap; -1 when it is in none. */
  place: number;
}

export class TimerHeap {
  readonly #entries: TimerEntry[] = [];
  #added = 0;

  /** How many have been added so far: the `order` of the next one. */
  get added(): number {
    return this.#added;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** The one that is due first; undefined when there is none. */
  get first(): TimerEntry | undefined {
    return this.#entries[0];
  }

  add(dueAtMs: number, callback: () => void): TimerEntry {
    const entry = { dueAtMs, callback, order: this.#added++, place: this.#entries.length };
    this.#entries.push(entry);
    this.#rise(entry);
    return entry;
  }

  /** Harmless for an entry that is in the heap no more. */
  remove(entry: TimerEntry): void {
    const { place } = entry;
    if (place < 0) return;
    entry.place = -1;
    const last = this.#entries.pop();
    if (last === undefined || last === entry) return;
    this.#put(last, place);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(entry: TimerEntry): void {
    while (entry.place > 0) {
      const above = this.#entries[(entry.place - 1) >> 1];
      if (above === undefined || !isBefore(entry, above)) return;
      this.#swap(entry, above);
    }
  }

  #sink(entry: TimerEntry): void {
    for (;;) {
      const left = this.#entries[2 * entry.place + 1];
      const right = this.#entries[2 * entry.place + 2];
      const below = left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (below === undefined || !isBefore(below, entry)) return;
      this.#swap(entry, below);
    }
  }

  #swap(one: TimerEntry, other: TimerEntry): void {
    const { place } = one;
    this.#put(one, other.place);
    this.#put(other, place);
  }

  #put(entry: TimerEntry, place: number): void {
    this.#entries[place] = entry;
    entry.place = place;
  }
}

function isBefore(one: TimerEntry, other: TimerEntry): boolean {
  return one.dueAtMs < other.dueAtMs || (one.dueAtMs === other.dueAtMs && one.order < other.order);
}
