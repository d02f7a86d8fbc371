/**
 * Entries by their due times, the earliest first: a binary heap whose entries know their own place, so that one that is not needed
 * any more is taken out at once. Knows nothing of what is due, and has no clock.
 */
export interface Timed {
  /** When it is due, milliseconds; for the queue that holds it, like the place. */
  dueAtMs: number;
  /** Its place in that queue, and -1 while none holds it. */
  queuePlace: number;
}

/** Adding and removing cost O(log n), `nextAtMs` O(1). No entry is in two queues. */
export class TimeQueue<Entry extends Timed> {
  readonly #entries: Entry[] = [];

  /** When the earliest entry is due; undefined where there is none. */
  get nextAtMs(): number | undefined {
    return this.#entries[0]?.dueAtMs;
  }

  /** Adds an entry; one that is in the queue already moves to its new time. */
  add(entry: Entry, dueAtMs: number): void {
    this.delete(entry);
    entry.dueAtMs = dueAtMs;
    this.#entries.push(entry);
    this.#rise(entry, this.#entries.length - 1);
  }

  /** Takes an entry out; one that is not in the queue changes nothing. */
  delete(entry: Entry): void {
    const place = entry.queuePlace;
    if (this.#entries[place] !== entry) return;
    entry.queuePlace = -1;
    const last = this.#entries.pop();
    if (last === undefined || last === entry) return;
    this.#rise(last, place);
    this.#sink(last, last.queuePlace);
  }

  /** The earliest entry that is due by then, which leaves the queue; undefined where there is none. */
  takeDue(nowMs: number): Entry | undefined {
    const first = this.#entries[0];
    if (first === undefined || first.dueAtMs > nowMs) return undefined;
    this.delete(first);
    return first;
  }

  #rise(entry: Entry, from: number): void {
    let place = from;
    while (place > 0) {
      const above = this.#entries[(place - 1) >> 1];
      if (above === undefined || above.dueAtMs <= entry.dueAtMs) break;
      this.#put(above, place);
      place = (place - 1) >> 1;
    }
    this.#put(entry, place);
  }

  #sink(entry: Entry, from: number): void {
    let place = from;
    for (;;) {
      const left = this.#entries[2 * place + 1];
      const right = this.#entries[2 * place + 2];
      const below = right !== undefined && left !== undefined && right.dueAtMs < left.dueAtMs ? right : left;
      if (below === undefined || below.dueAtMs >= entry.dueAtMs) break;
      const next = below.queuePlace;
      this.#put(below, place);
      place = next;
    }
    this.#put(entry, place);
  }

  #put(entry: Entry, place: number): void {
    this.#entries[place] = entry;
    entry.queuePlace = place;
  }
}
