/** Optional members of our own records: members that were added to `Object.prototype` do not count. */

export function ownMember<T extends object, Name extends keyof T>(
  record: T,
  name: Name,
): T[Name] | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
