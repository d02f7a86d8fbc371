/** Text of whatever an application's code threw. Reading it may throw in its turn (no prototype, a getter): this does not. */

const UNREADABLE = 'a value that is no Error';

export function thrownMessage(thrown: unknown): string {
  return readSafely(() => (thrown instanceof Error ? thrown.message : thrown));
}

/** With the stack, where there is one. */
export function thrownStack(thrown: unknown): string {
  return readSafely(() => (thrown instanceof Error ? (thrown.stack ?? thrown.message) : thrown));
}

function readSafely(read: () => unknown): string {
  try {
    return String(read());
  } catch {
    return UNREADABLE;
  }
}

/** The value, or an Error in its place where even its class can't be asked for: a revoked Proxy. */
export function readableThrown(thrown: unknown): unknown {
  try {
    Object.prototype.isPrototypeOf.call(Error.prototype, Object(thrown) as object);
    return thrown;
  } catch {
    return new Error(UNREADABLE);
  }
}
