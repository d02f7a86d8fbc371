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
