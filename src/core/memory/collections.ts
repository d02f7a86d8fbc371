/**
 * Structures that keep memory use low. One value for many sessions: most sessions of a process have the same addresses, configuration and
 * options, so the values derived from those are made and kept once (the caller must leave out secrets). Also a set and a queue for
 * thousands of members that are added and removed all the time.
 */

/**
 * A function like `make` that returns its latest result as long as all arguments are the same (`===`) as in the previous call. `make`
 * must return the same for the same arguments, and its result must not be changed. A call that throws is not remembered.
 */
export function memoizeLast<Key extends readonly unknown[], Made>(
  make: (...key: Key) => Made,
): (...key: Key) => Made {
  let latest: { readonly key: Key; readonly made: Made } | undefined;
  return (...key) => {
    const kept = latest;
    if (kept?.key !== undefined && areSame(kept.key, key)) return kept.made;
    const made = make(...key);
    latest = { key, made };
    return made;
  };
}

/**
 * Like `memoizeLast`, for an address. An address that may contain credentials is not kept, because it would stay in memory after its
 * session.
 */
export function memoizeLastAddress<Address, Key extends readonly unknown[], Made>(
  make: (address: Address, ...rest: Key) => Made,
): (address: Address, ...rest: Key) => Made {
  let latest: { readonly key: readonly unknown[]; readonly made: Made } | undefined;
  return (address, ...rest) => {
    const key = [address, ...rest];
    const kept = latest;
    if (kept?.key !== undefined && areSame(kept.key, key)) return kept.made;
    const made = make(address, ...rest);
    if (!mayHoldCredentials(address)) latest = { key, made };
    return made;
  };
}

function areSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false;
  return true;
}

/** A string with its own memory: a part of a string keeps the whole string in memory. */
export function detached(text: string): string {
  // The engine shares memory only for parts of at least thirteen characters.
  return text.length < 13 ? text : (JSON.parse(JSON.stringify(text)) as string);
}

/**
 * Whether an address, as text or as a URL, has user info, or a query parameter other than the id of the avatar. Cheap; a value that is no
 * address counts as one that has.
 */
export function mayHoldCredentials(address: unknown): boolean {
  if (address === undefined) return false;
  const text = typeof address === 'object' && address !== null && 'href' in address ? address.href : address;
  return typeof text !== 'string' || text.includes('@') || /[?&](?!id=)[^&#]/.test(text);
}

/**
 * A function that returns its argument, or the previously returned object if that has the same members (`===`). The object must not be
 * changed, and is kept only while it is in use elsewhere.
 */
export function internLast<Shared extends object>(): (made: Shared) => Shared {
  let latest: WeakRef<Shared> | undefined;
  return (made) => {
    const kept = latest?.deref();
    if (kept !== undefined && haveSameMembers(kept, made)) return kept;
    latest = new WeakRef(made);
    return made;
  };
}

/**
 * A function like `make` that returns its latest result again if all members of `given` are the same (`===`) as in the previous call.
 * If a member is an object, it calls `make` again, because the object may have changed. It has weak references only: the values may
 * contain secrets, so they must not live longer than their users.
 */
export function memoizeLastMembers<Given extends object, Made extends object>(
  make: (given: Given) => Made,
): (given: Given) => Made {
  let latest: WeakRef<Made> | undefined;
  const madeFrom = new WeakMap<Made, Given>();
  return (given) => {
    const kept = latest?.deref();
    const before = kept === undefined ? undefined : madeFrom.get(kept);
    if (kept !== undefined && before !== undefined && haveSameMembers(before, given)) return kept;
    const made = make(given);
    if (Object.values(given).some((member) => typeof member === 'object')) return made;
    madeFrom.set(made, given);
    latest = new WeakRef(made);
    return made;
  };
}

function haveSameMembers<Shared extends object>(one: Shared, other: Shared): boolean {
  const names = Object.keys(one) as (keyof Shared)[];
  const others = Object.keys(other) as (keyof Shared)[];
  if (names.length !== others.length) return false;
  // Nearly always they are in the same order.
  return names.every(
    (name, at) => (name === others[at] || Object.hasOwn(other, name)) && one[name] === other[name],
  );
}

/** A function that returns the same result for the same object for as long as that object is in use; neither is kept longer. */
export function oneForEach<Key extends object, Made extends object>(
  make: (key: Key) => Made,
): (key: Key) => Made {
  const made = new WeakMap<Key, Made>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const fresh = make(key);
    made.set(key, fresh);
    return fresh;
  };
}

/**
 * A set without an order, whose members store their own index in it. For thousands of members that are added and removed all the time: a
 * long-lived Set allocates a new table again and again, and each old table keeps its former members, and the next table, in memory until
 * a full garbage collection.
 */
export interface Indexed {
  /** The member's index in its set; only the set uses it. -1 while in none. */
  index: number;
}

/** A member can be in one such set only. */
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

  /** Returns whether it was a member. */
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

  /** A copy of the members; later additions and deletions do not change it. */
  members(): readonly Member[] {
    return this.#members.slice();
  }
}

/**
 * Entries in the order of their due times: a binary heap whose entries store their index, so that an entry can be removed at once.
 * Independent of the kind of entries, and without a clock.
 */
export interface Timed {
  /** When it is due, milliseconds; only the queue uses it, like `queuePlace`. */
  dueAtMs: number;
  /** Its index in the queue; -1 while in none. */
  queuePlace: number;
}

/** Adding and removing cost O(log n), `nextAtMs` O(1). An entry can be in one queue only. */
export class TimeQueue<Entry extends Timed> {
  readonly #entries: Entry[] = [];

  /** When the earliest entry is due; undefined where there is none. */
  get nextAtMs(): number | undefined {
    return this.#entries.at(0)?.dueAtMs;
  }

  /** Adds an entry, or moves an entry of the queue to its new time. */
  add(entry: Entry, dueAtMs: number): void {
    this.delete(entry);
    entry.dueAtMs = dueAtMs;
    this.#entries.push(entry);
    this.#rise(entry, this.#entries.length - 1);
  }

  /** Removes an entry, if it is in the queue. */
  delete(entry: Entry): void {
    const place = entry.queuePlace;
    if (this.#entries[place] !== entry) return;
    entry.queuePlace = -1;
    const last = this.#entries.pop();
    if (last === undefined || last === entry) return;
    this.#rise(last, place);
    this.#sink(last, last.queuePlace);
  }

  /** Removes and returns the earliest entry that is due at `nowMs`; undefined if there is none. */
  takeDue(nowMs: number): Entry | undefined {
    const first = this.#entries.at(0);
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
