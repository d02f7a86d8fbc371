/** A set and a queue whose members come and go, and cheaply: a thousand sessions of a process are members. */
/**
 * A set of objects that know their own index in it, in no order. For members that come and go by the thousand: a Set that lives long
 * makes a new table of itself again and again, and each old one keeps what was in it, and the next one, from being collected until
 * the engine looks through all of its memory.
 */
export interface Indexed {
  /** Its index in the set that it is a member of; for that set only, and -1 while in none. */
  index: number;
}

/** No member is in two of them. */
export class SwapRemoveSet<Member extends Indexed> {
  readonly #members: Member[] = [];

  get size(): number {
    return this.#members.length;
  }

  has(member: Member): boolean {
    return this.#members[member.index] === member;
  }

  add(member: Member): void {
    if (this.has(member)) return;
    member.index = this.#members.push(member) - 1;
  }

  /** Whether it was a member. */
  delete(member: Member): boolean {
    if (!this.has(member)) return false;
    const last = this.#members.pop();
    if (last !== undefined && last !== member) {
      this.#members[member.index] = last;
      last.index = member.index;
    }
    member.index = -1;
    return true;
  }

  /** Those that are members now; who is added or deleted meanwhile changes nothing in it. */
  members(): readonly Member[] {
    return this.#members.slice();
  }
}

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
