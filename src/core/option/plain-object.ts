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

function Bare(): void {
  // The members are added by the caller.
}
Bare.prototype = Object.freeze(Object.create(null) as object);

/** An object that inherits nothing. The engine gives it a hidden class; an object without a prototype would be a table. */
export function bareObject(): object {
  return new (Bare as unknown as new () => object)();
}

/** A copy that inherits nothing, for a record of which most members are missing. */
export function withoutPrototype<T extends object>(record: T): T {
  return Object.assign(bareObject() as T, record);
}

/** The record itself where it is one of `bareObject`, which inherits nothing; else a copy that is one. */
export function inheritingNothing<T extends object>(record: T): T {
  return isBare(record) ? record : withoutPrototype(record);
}

/** Whether it was made by `bareObject`, which nothing outside of this package can call. */
export function isBare(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Bare.prototype;
}

/** Adds a member that is there only where it is known, to an object that inherits nothing. */
export function addKnown<T extends object, Name extends keyof T>(
  record: T,
  name: Name,
  value: T[Name] | undefined,
): void {
  if (value !== undefined) record[name] = value;
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
  const descriptor = writable ? HIDDEN : FIXED;
  descriptor.value = value;
  Object.defineProperty(holder, name, descriptor);
  descriptor.value = undefined;
}

/** They inherit nothing: `Object.prototype.get` would be part of a descriptor. Each is used by one call at a time. */
const HIDDEN = withoutPrototype<PropertyDescriptor>({
  value: undefined,
  enumerable: false,
  configurable: true,
  writable: true,
});
const FIXED = withoutPrototype<PropertyDescriptor>({
  value: undefined,
  enumerable: false,
  configurable: false,
  writable: false,
});
const LISTED = withoutPrototype<PropertyDescriptor>({
  value: undefined,
  enumerable: true,
  configurable: true,
  writable: true,
});

/** Lists a member that is there only where it is known. */
export function addListed<T extends object, Name extends keyof T & string>(
  record: T,
  name: Name,
  value: T[Name] | undefined,
): void {
  if (value !== undefined) defineListed(record, name, value);
}

/**
 * Defines an own member, also where `Object.prototype` has an accessor of that name, which an assignment
 * would call.
 */
export function defineListed(holder: object, name: string, value: unknown): void {
  // Where no property of that name is inherited either, an assignment does the same in a twentieth of the time.
  if (!(name in holder)) {
    (holder as Record<string, unknown>)[name] = value;
    return;
  }
  LISTED.value = value;
  Object.defineProperty(holder, name, LISTED);
  LISTED.value = undefined;
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
