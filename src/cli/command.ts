/**
 * The parts of every command of the program: a name, its help, its arguments, and an exit code. Invalid
 * arguments give one line that names the option, and exit code 2; the line does not show the value of an
 * unknown option, which could be a secret.
 */
import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';
import { requireNumber } from '../core/option/option-check.js';
import type { NumberBounds } from '../core/option/option-check.js';
import { didYouMean, shownName, shownValue } from '../core/option/shown-value.js';
import type { Terminal } from './terminal.js';

export interface Command {
  readonly name: string;
  /** One line of the general help. */
  readonly summary: string;
  /** The text of `COMMAND --help`. */
  readonly help: string;
  /** Rejects with an InputError for wrong arguments. `args` begins after the command's name. */
  run(args: readonly string[], terminal: Terminal): Promise<ExitCode>;
}

/** The exit codes of the command; `--help` lists them too. */
export const ExitCode = {
  fine: 0,
  /** The session or the service failed, or a keyframe was lost, repeated or wrong. */
  failed: 1,
  wrongInput: 2,
  /** Interrupted by Ctrl-C or SIGTERM before the end of the command; the code that shells report for SIGINT. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/**
 * Invalid input of the user: reported in one line that names it, with exit code 2. Other failures are no
 * InputError.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/**
 * Runs a check of user input: TypeError, RangeError and SyntaxError, as the package's options throw them,
 * become an InputError with the same message, after the prefix `where`, such as `policy.json`.
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

type OptionsConfig = NonNullable<ParseArgsConfig['options']>;
type Parsed<Options extends OptionsConfig> = ReturnType<
  typeof parseArgs<{ args: string[]; options: Options; allowPositionals: true; strict: true }>
>;

/** @throws InputError for an unknown option, a missing value, and a value where none belongs */
export function parseOptions<const Options extends OptionsConfig>(
  command: string,
  args: readonly string[],
  options: Options,
): Parsed<Options> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new InputError(`${command}: ${explained(error.message, Object.keys(options))}`, { cause: error });
  }
}

/** @throws InputError if their number differs from that of `names` */
export function requirePositionals(
  command: string,
  given: readonly string[],
  names: readonly string[],
): readonly string[] {
  const extra = given[names.length];
  if (extra !== undefined) throw new InputError(`${command}: unexpected argument: ${shownValue(extra)}`);
  const missing = names[given.length];
  if (missing !== undefined) {
    throw new InputError(`${command}: ${missing} is missing; ${command} --help shows how it is used`);
  }
  return given;
}

/** The number in an option's text. @throws InputError naming the option, the bounds and the text */
export function parseNumber(
  option: string,
  text: string | undefined,
  bounds: NumberBounds,
): number | undefined {
  if (text === undefined) return undefined;
  // Number('') is 0, but the text has no number.
  const value = text.trim() === '' ? NaN : Number(text);
  if (Number.isNaN(value)) throw new InputError(`${option} must be a number, got ${shownValue(text)}`);
  return asInput(() => requireNumber(option, value, bounds));
}

function explained(message: string, known: readonly string[]): string {
  const unknown = /^Unknown option '([^'=]*)/.exec(message)?.[1];
  if (unknown === undefined) return message.split('. ')[0]?.replaceAll('\n', ' ') ?? message;
  if (/^--?api-?key$/i.test(unknown)) {
    return `unknown option ${unknown}: the API key is read from AVATARKIT_API_KEY, as options show in lists of processes`;
  }
  const names = [...known, 'help'];
  const what = `unknown option ${shownOption(unknown, known)}`;
  const hint = didYouMean(unknown.replace(/^-+/, ''), names, (name) => `--${name}`);
  if (hint !== '') return `${what}${hint} --help lists all options`;
  return `${what}; known options: ${names.map((name) => `--${name}`).join(', ')}`;
}

/** The option in messages. It may be a key in the wrong place. */
function shownOption(option: string, known: readonly string[]): string {
  const [, dashes = '', name = ''] = /^(-*)(.*)$/s.exec(option) ?? [];
  const shown = shownName(name, known);
  return shown === name ? `${dashes}${name}` : shown;
}
