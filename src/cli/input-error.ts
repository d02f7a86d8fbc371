/**
 * What the user gave that can't be used: one line that names it, and exit code 2. Everything else that fails is no
 * InputError. Knows no command.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/**
 * Runs a check of what the user gave: TypeError, RangeError and SyntaxError, as the package's options throw them, become an
 * InputError with the same words, and `where` before them: `policy.json`.
 */
export function asInput<T>(check: () => T, where?: string): T {
  try {
    return check();
  } catch (error) {
    const kinds = [InputError, TypeError, RangeError, SyntaxError];
    if (!(error instanceof Error) || !kinds.some((kind) => error instanceof kind)) throw error;
    throw new InputError(where === undefined ? error.message : `${where}: ${error.message}`, {
      cause: error,
    });
  }
}
