/**
 * The lines of an error's stack. Capturing and writing them takes as long as all the rest of a refused dial, and until they are written
 * the error keeps every function on the stack in memory. Errors of a peer or of the network begin in a socket, so their lines would only
 * name functions of this package: such errors get no lines.
 */

/** A property of the engine that is not part of the language. */
const Limited = Error as unknown as { stackTraceLimit?: unknown };

/** Like `make`; the errors that it makes have no lines in their stacks. */
export function withoutStackLines<Made>(make: () => Made): Made {
  const limit = Limited.stackTraceLimit;
  // The limit may be missing or read-only. Then the lines are written at once, so that no function is kept.
  if (typeof limit !== 'number' || !limited(0)) return written(make());
  try {
    return make();
  } finally {
    limited(limit);
  }
}

/** Sets the limit; returns whether that was possible. An assignment takes a tenth of the time of `Reflect.set`. */
function limited(lines: number): boolean {
  try {
    Limited.stackTraceLimit = lines;
    return true;
  } catch {
    return false; // Read-only, or in a frozen realm.
  }
}

/**
 * Makes the engine write the stack of an error now. Before that, the error keeps every function on the stack in memory, and with them the
 * options of a session and its credentials, for as long as the application keeps the error.
 */
export function writeStack(error: Error): void {
  // An error without lines keeps no function.
  if (Limited.stackTraceLimit === 0) return;
  try {
    Reflect.get(error, 'stack');
  } catch {
    // `Error.prepareStackTrace` is the application's, and may throw.
  }
}

function written<Made>(made: Made): Made {
  if (made instanceof Error) writeStack(made);
  return made;
}
