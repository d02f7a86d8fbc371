/**
 * One object for many that are equal: the sessions of a process mostly have the same options, and each would keep a copy of them. Knows
 * nothing of what it shares.
 */

/**
 * A function that gives its argument back, or the object that it gave last where that has the same members (`===`). Nobody may change
 * what it gave. What is in use nowhere else is not kept.
 */
export function shareLatest<Shared extends object>(): (made: Shared) => Shared {
  let latest: WeakRef<Shared> | undefined;
  return (made) => {
    const kept = latest?.deref();
    if (kept !== undefined && haveSameMembers(kept, made)) return kept;
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
