/**
 * A line: first come, first served, and whoever leaves is forgotten at once, wherever it stood. Doubly linked, so that
 * joining, leaving and being called cost the same for a line of any length. It does not know what is waited for.
 */

/** A place in the line; `taken` until its value has been called or has left. */
export class LinePlace<T> {
  readonly value: T;
  before: LinePlace<T> | undefined;
  after: LinePlace<T> | undefined;
  taken = true;

  constructor(value: T) {
    this.value = value;
  }
}

export class GateLine<T> {
  #length = 0;
  #first: LinePlace<T> | undefined;
  #last: LinePlace<T> | undefined;

  get length(): number {
    return this.#length;
  }

  /** The one that `call` would give. */
  get first(): T | undefined {
    return this.#first?.value;
  }

  /** Joins at the end. */
  join(value: T): LinePlace<T> {
    const place = new LinePlace(value);
    place.before = this.#last;
    if (this.#last === undefined) this.#first = place;
    else this.#last.after = place;
    this.#last = place;
    this.#length += 1;
    return place;
  }

  /** Gives a place up; once it is not taken any more, nothing happens. */
  leave(place: LinePlace<T>): void {
    if (!place.taken) return;
    place.taken = false;
    if (place.before === undefined) this.#first = place.after;
    else place.before.after = place.after;
    if (place.after === undefined) this.#last = place.before;
    else place.after.before = place.before;
    // A place that somebody keeps must not keep its former neighbours alive.
    place.before = undefined;
    place.after = undefined;
    this.#length -= 1;
  }

  /** The first in the line, who leaves it; undefined when nobody waits. */
  call(): T | undefined {
    const first = this.#first;
    if (first === undefined) return undefined;
    this.leave(first);
    return first.value;
  }
}
