/** Optional members of our own records: what `Object.prototype` has been given by somebody is none of them. */

export function ownMember<T extends object, Name extends keyof T>(
  record: T,
  name: Name,
): T[Name] | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
