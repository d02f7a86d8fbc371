/**
 * Members of what a function of the application, or a service, answered. It may be an instance of a class with getters, as a fetch `Response` is; what
 * somebody has put on `Object.prototype` is no member of it.
 */

/** Undefined for what has no such member. Throws what a getter or a Proxy throws. */
export function answerMember(answer: unknown, name: string): unknown {
  if ((typeof answer !== 'object' && typeof answer !== 'function') || answer === null) return undefined;
  let holder: object | null = answer;
  while (holder !== null) {
    const next: object | null = Object.getPrototypeOf(holder) as object | null;
    // The root of every prototype chain, of any realm.
    if (next === null && holder !== answer) return undefined;
    if (Object.hasOwn(holder, name)) return (answer as Readonly<Record<string, unknown>>)[name];
    holder = next;
  }
  return undefined;
}
