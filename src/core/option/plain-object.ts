/** Plain objects and their members: freezing, own members of our records, members of foreign answers; and foreign promises. */

/**
 * Freezes `value` and everything in it, and returns it. For trees of plain objects and arrays; never for an object that the application
 * still owns.
 */
export function deepFreeze<T>(value: T): T {
  freezeAll(value, new Set());
  return value;
}

/** A part that occurs in the tree repeatedly, such as a row that options share, is visited once. */
function freezeAll(value: unknown, visited: Set<object>): void {
  if (typeof value !== 'object' || value === null || visited.has(value)) return;
  visited.add(value);
  for (const inner of Object.values(value)) freezeAll(inner, visited);
  Object.freeze(value);
}

function Bare(): void {
  // The caller adds the members.
}
Bare.prototype = Object.freeze(Object.create(null) as object);

/** An object that inherits nothing but has a hidden class. The engine would store an object created without a prototype as a table. */
export function bareObject(): object {
  return new (Bare as unknown as new () => object)();
}

/** A copy that inherits nothing, for a record in which most members are absent. */
export function withoutPrototype<T extends object>(record: T): T {
  return Object.assign(bareObject() as T, record);
}

/** The record itself if it was made by `bareObject`, otherwise a copy that inherits nothing. */
export function inheritingNothing<T extends object>(record: T): T {
  return isBare(record) ? record : withoutPrototype(record);
}

/** Whether it was made by `bareObject`, which no code outside of this package can call. */
export function isBare(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Bare.prototype;
}

/** Adds a member if its value is known, to an object that inherits nothing. */
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

/** Tells which object of a union it is, by a member that only that one has. */
export function hasOwn<T extends object, Name extends string>(
  record: T,
  name: Name,
): record is Extract<T, Readonly<Record<Name, unknown>>> {
  return Object.hasOwn(record, name);
}

/**
 * A member of a foreign object. Undefined if it has no such member; members of `Object.prototype` do not count. Throws what a getter or a
 * Proxy throws.
 */
export function answerMember(answer: unknown, name: PropertyKey): unknown {
  if ((typeof answer !== 'object' && typeof answer !== 'function') || answer === null) return undefined;
  let holder: object | null = answer;
  while (holder !== null) {
    const next: object | null = Object.getPrototypeOf(holder) as object | null;
    // The root of every prototype chain, in any realm.
    if (next === null && holder !== answer) return undefined;
    if (Object.hasOwn(holder, name)) return (answer as Readonly<Record<PropertyKey, unknown>>)[name];
    holder = next;
  }
  return undefined;
}

/** Defines a member as runtimes define `name` and `stack` of an error: not enumerable, and writable unless `writable` is false. */
export function defineHidden(holder: object, name: string | symbol, value: unknown, writable = true): void {
  const descriptor = writable ? HIDDEN : FIXED;
  descriptor.value = value;
  Object.defineProperty(holder, name, descriptor);
  descriptor.value = undefined;
}

/** Without a prototype: `Object.prototype.get` would become part of a descriptor. Each is used by one call at a time. */
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

/** Defines a member if its value is known. */
export function addListed<T extends object, Name extends keyof T & string>(
  record: T,
  name: Name,
  value: T[Name] | undefined,
): void {
  if (value !== undefined) defineListed(record, name, value);
}

/** Defines an own enumerable member, also if `Object.prototype` has an accessor of that name, which an assignment would call. */
export function defineListed(holder: object, name: string, value: unknown): void {
  // If no property of that name is inherited, an assignment does the same in a twentieth of the time.
  if (!(name in holder)) {
    (holder as Record<string, unknown>)[name] = value;
    return;
  }
  LISTED.value = value;
  Object.defineProperty(holder, name, LISTED);
  LISTED.value = undefined;
}

/** May throw if a property throws. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/**
 * For the result of a function that should return nothing or a value: if it is a promise all the same, its rejection is handled, because
 * an unhandled one would end the process. Never throws.
 */
export function onRejection(answer: unknown, rejected: (error: unknown) => void): void {
  try {
    if (isThenable(answer)) answer.then(undefined, rejected);
  } catch {
    // A thenable that violates its contract does not count as a promise.
  }
}
