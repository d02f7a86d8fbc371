/**
 * The lines of an error's stack: to capture and write them takes as long as everything else about a refused dial, and until they are
 * written the error keeps every function on the stack. Errors of a peer or of the network begin in a socket, so their lines would name
 * functions of this package only: they get none.
 */

/** The engine's, which the language does not know. */
const Limited = Error as unknown as { stackTraceLimit?: unknown };

/** As `make`; the errors that it makes have no lines in their stacks. */
export function withoutStackLines<Made>(make: () => Made): Made {
  const limit = Limited.stackTraceLimit;
  // The limit may be missing or read-only; then the lines are written, so that no function is kept.
  if (typeof limit !== 'number' || !limited(0)) return written(make());
  try {
    return make();
  } finally {
    limited(limit);
  }
}

/** Sets the limit, and says whether it could. An assignment takes a tenth of the time of `Reflect.set`. */
function limited(lines: number): boolean {
  try {
    Limited.stackTraceLimit = lines;
    return true;
  } catch {
    return false; // Read-only, or of a frozen realm.
  }
}

/**
 * Makes the engine write the stack of an error now. Until then the error keeps every function on the stack, and what those refer to:
 * the options of a session, with its credentials, for as long as the application keeps the error.
 */
export function writeStack(error: Error): void {
  // Without lines it keeps no function.
  if (Limited.stackTraceLimit === 0) return;
  try {
    Reflect.get(error, 'stack');
  } catch {
    // `Error.prepareStackTrace` belongs to the application, and may throw.
  }
}

function written<Made>(made: Made): Made {
  if (made instanceof Error) writeStack(made);
  return made;
}
