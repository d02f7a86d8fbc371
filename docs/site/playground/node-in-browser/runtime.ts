/** Small parts of Node that a page can have: `process`, `performance`, AsyncResource, and some of `node:util`. */

export { Buffer } from './buffer.js';
export const performance = globalThis.performance;

const nothing = (): void => undefined;

export const process = {
  env: {},
  argv: [],
  execArgv: [],
  versions: {},
  version: '',
  platform: 'browser',
  pid: 0,
  nextTick: (callback: () => void): void => queueMicrotask(callback),
  emitWarning: (warning: unknown): void => reportError(warning),
  on: nothing,
  once: nothing,
  off: nothing,
  prependListener: nothing,
  listeners: (): readonly unknown[] => [],
  listenerCount: (): number => 0,
};

/** A page has no context that a call would take along. */
export class AsyncResource {
  static bind<Run>(run: Run): Run {
    return run;
  }

  runInAsyncScope<Values extends unknown[], Result>(
    run: (...values: Values) => Result,
    self: unknown,
    ...values: Values
  ): Result {
    return run.apply(self, values);
  }

  emitDestroy(): this {
    return this;
  }
}

export const inspect = { custom: Symbol.for('nodejs.util.inspect.custom') };

export const types = {
  isProxy: (): boolean => false,
  isNativeError: (value: unknown): boolean => value instanceof Error,
};

export function isDeepStrictEqual(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const [names, others] = [Object.keys(one), Object.keys(other)];
  return (
    names.length === others.length &&
    names.every((name) => isDeepStrictEqual(Reflect.get(one, name), Reflect.get(other, name)))
  );
}
