/** What every command of the program is: a name, its help, and a function from arguments to an exit code. */
import type { ExitCode } from './exit-code.js';
import type { Terminal } from './terminal.js';

export interface Command {
  readonly name: string;
  /** One line for the general help. */
  readonly summary: string;
  /** The whole text of `COMMAND --help`. */
  readonly help: string;
  /** Rejects with an InputError for wrong arguments. `args` begins after the command's name. */
  run(args: readonly string[], terminal: Terminal): Promise<ExitCode>;
}
