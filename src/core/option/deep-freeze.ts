/**
 * Makes plain data immutable all the way down, so that a default or a resolved option can be handed out without
 * copies. For trees of plain objects and arrays only (a cycle would never end); it must never be given something
 * that the application still owns.
 */

/** Freezes `value` and everything in it, and returns it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
