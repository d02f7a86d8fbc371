/** The future events, soonest first. At the same time, the lower rank is first, then the older event. */

export interface Happening {
  readonly dueMs: number;
  readonly rank: number;
  readonly run: () => void;
}

interface Entry<T> {
  readonly value: T;
  readonly order: number;
}

export class EventHeap<T extends Happening> {
  readonly #entries: Entry<T>[] = [];
  #added = 0;

  get size(): number {
    return this.#entries.length;
  }

  peek(): T | undefined {
    return this.#entries[0]?.value;
  }

  add(value: T): void {
    const entries = this.#entries;
    this.#added += 1;
    entries.push({ value, order: this.#added });
    let at = entries.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  take(): T | undefined {
    const entries = this.#entries;
    const first = entries[0];
    const last = entries.pop();
    if (first === undefined || last === undefined || entries.length === 0) return first?.value;
    entries[0] = last;
    for (let at = 0; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < entries.length && this.#isBefore(child, least)) least = child;
      }
      if (least === at) return first.value;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const a = this.#entries[one];
    const b = this.#entries[other];
    if (a === undefined || b === undefined) return false;
    const sooner = a.value.dueMs - b.value.dueMs || a.value.rank - b.value.rank || a.order - b.order;
    return sooner < 0;
  }

  #swap(one: number, other: number): void {
    const a = this.#entries[one];
    const b = this.#entries[other];
    if (a === undefined || b === undefined) return;
    this.#entries[one] = b;
    this.#entries[other] = a;
  }
}
