/** Plain objects and their members: freezing, own members of our records, members of foreign answers; and foreign promises. */

/**
 * Freezes `value` and everything in it, and returns it. For trees of plain objects and arrays; never for something that the
 * application still owns.
 */
export function deepFreeze<T>(value: T): T {
  freezeAll(value, new Set());
  return value;
}

/** A part that stands in the tree often, such as a row that options share, is visited once. */
function freezeAll(value: unknown, visited: Set<object>): void {
  if (typeof value !== 'object' || value === null || visited.has(value)) return;
  visited.add(value);
  for (const inner of Object.values(value)) freezeAll(inner, visited);
  Object.freeze(value);
}

/** A copy that inherits nothing, for a record of which most members are missing. */
export function withoutPrototype<T extends object>(record: T): T {
  return Object.assign(Object.create(null) as T, record);
}

export function ownMember<T extends object, Name extends keyof T>(
  record: T,
  name: Name,
): T[Name] | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Which of a union's objects it is, by a member that only that one has. */
export function hasOwn<T extends object, Name extends string>(
  record: T,
  name: Name,
): record is Extract<T, Readonly<Record<Name, unknown>>> {
  return Object.hasOwn(record, name);
}

/**
 * A member of something that is not ours. Undefined for what has no such member; what stands on `Object.prototype` is none. Throws what a
 * getter or a Proxy throws.
 */
export function answerMember(answer: unknown, name: PropertyKey): unknown {
  if ((typeof answer !== 'object' && typeof answer !== 'function') || answer === null) return undefined;
  let holder: object | null = answer;
  while (holder !== null) {
    const next: object | null = Object.getPrototypeOf(holder) as object | null;
    // The root of every prototype chain, of any realm.
    if (next === null && holder !== answer) return undefined;
    if (Object.hasOwn(holder, name)) return (answer as Readonly<Record<PropertyKey, unknown>>)[name];
    holder = next;
  }
  return undefined;
}

/** As the runtime has `name` and `stack` of an error: not listed among its own members, and writable unless it is said to be fixed. */
export function defineHidden(holder: object, name: string | symbol, value: unknown, writable = true): void {
  define(holder, name, { value, enumerable: false, configurable: writable, writable });
}

/** As an assignment, also where `Object.prototype` has an accessor of that name, which an assignment would call. */
export function defineListed(holder: object, name: string, value: unknown): void {
  define(holder, name, { value, enumerable: true, configurable: true, writable: true });
}

function define(holder: object, name: PropertyKey, descriptor: PropertyDescriptor): void {
  // It inherits nothing: `Object.prototype.get` would be part of the descriptor.
  Object.defineProperty(holder, name, Object.assign(Object.create(null) as PropertyDescriptor, descriptor));
}

/** May throw where a property does. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/**
 * For the answer of a function that answers nothing, or at once: where it is a promise all the same, its rejection is handled, which would
 * end the process otherwise. Never throws.
 */
export function onRejection(answer: unknown, rejected: (error: unknown) => void): void {
  try {
    if (isThenable(answer)) answer.then(undefined, rejected);
  } catch {
    // A thenable that breaks its contract is no promise.
  }
}
