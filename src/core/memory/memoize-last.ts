/**
 * One value for many sessions: the sessions of a process mostly have the same addresses, configuration and options, so what is
 * made of those is made once and kept once. Knows nothing of what it keeps: secrets are for the caller to leave out.
 */

/**
 * As `make`, which is called again only where some argument is another one (`!==`) than in the call before. `make` must give the same for
 * the same arguments, and nobody may change what it gave. A call that throws is not remembered.
 */
export function memoizeLast<Key extends readonly unknown[], Made>(
  make: (...key: Key) => Made,
): (...key: Key) => Made {
  let latest: { readonly key: Key; readonly made: Made } | undefined;
  return (...key) => {
    const kept = latest;
    if (kept?.key.every((part, index) => part === key[index]) === true) return kept.made;
    const made = make(...key);
    latest = { key, made };
    return made;
  };
}

/** As `memoizeLast`, for an address. One that may hold credentials is not kept: it would stay in memory after its session. */
export function memoizeLastAddress<Address, Key extends readonly unknown[], Made>(
  make: (address: Address, ...rest: Key) => Made,
): (address: Address, ...rest: Key) => Made {
  const kept = memoizeLast(make);
  return (address, ...rest) => (mayHoldCredentials(address) ? make : kept)(address, ...rest);
}

/** A string of its own: a part of a string keeps the whole of it in memory. */
export function detached(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}

/**
 * Whether an address, as text or as a URL, has user info, or a query parameter other than the id of the avatar. Cheap; what is no address
 * counts as one that has.
 */
export function mayHoldCredentials(address: unknown): boolean {
  if (address === undefined) return false;
  const text = typeof address === 'object' && address !== null && 'href' in address ? address.href : address;
  return typeof text !== 'string' || text.includes('@') || /[?&](?!id=)[^&#]/.test(text);
}

/**
 * A function that gives its argument back, or the object that it gave last where that has the same members (`===`). Nobody may change
 * what it gave. What is in use nowhere else is not kept.
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
 * As `make`, which is called again only where some member of `given` is another one (`!==`) than in the call before, or an object, which
 * may have changed inside. What it made, and the members that it was made from, are kept only while that is in use elsewhere: they may
 * hold secrets.
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
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && one[name] === other[name])
  );
}

/** A function that gives the same answer for the same object, for as long as that object is in use; neither is kept beyond that. */
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
