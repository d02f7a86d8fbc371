/**
 * Makes the engine write the stack of an error now. Until then the error keeps every function on the stack, and what those refer to:
 * the options of a session, with its credentials, for as long as the application keeps the error.
 */
export function writeStack(error: Error): void {
  try {
    Reflect.get(error, 'stack');
  } catch {
    // `Error.prepareStackTrace` is the application's.
  }
}

const LIMIT = 'stackTraceLimit';

/** An error without the lines that led to it: to capture and write them costs more than all the rest of it. */
export function errorWithoutStack(message: string, cause: Error | undefined, Kind = Error): Error {
  const limit: unknown = Reflect.get(Error, LIMIT);
  // Nothing is written where the limit is not there, or fixed.
  const isChanged = typeof limit === 'number' && Reflect.set(Error, LIMIT, 0);
  const error = new Kind(message, cause === undefined ? undefined : { cause });
  if (isChanged) Reflect.set(Error, LIMIT, limit);
  else writeStack(error);
  return error;
}
