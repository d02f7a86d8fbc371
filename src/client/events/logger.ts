/**
 * Loggers: the interface that a session writes to, a logger for the console, and errors as log records. Must not know which lines are
 * written.
 */
import { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import { requireOneOf, requireOptions } from '../../core/option/option-check.js';

/** The levels of a log, the least important one first. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly LogLevel[];

/** The interface of a logger: one of pino, or any object with these methods. */
export interface Logger {
  /** Called for states, waits, and failures that are retried. */
  debug(record: object, message: string): unknown;
  /** Called for the end of a session, and for connections that end normally. */
  info(record: object, message: string): unknown;
  /** Called for retries, reconnects, and failed requests. */
  warn(record: object, message: string): unknown;
  /** Called for a session that fails; only these records contain the remedy for an operator. */
  error(record: object, message: string): unknown;
  /**
   * Makes a logger that adds these members to each line; each session has one. Without this method the members are added to each record.
   */
  child?(bindings: object): Logger;
}

/** Options of `consoleLogger`. */
export interface ConsoleLoggerOptions {
  /**
   * The least important level that is written.
   *
   * @default info
   */
  readonly level?: LogLevel | undefined;
}

/**
 * A logger on the console: one line for each, the message and then the record as JSON.
 * @throws TypeError or RangeError for an invalid level
 *
 * @example
 * ```ts
 * const session = newAvatarSession({ ...options, logger: consoleLogger({ level: 'debug' }) });
 * ```
 */
export function consoleLogger(options: ConsoleLoggerOptions = {}): Logger {
  const { level = 'info' } = requireOptions('', options, ['level']);
  return consoleFrom(LOG_LEVELS.indexOf(requireOneOf('level', level, LOG_LEVELS)), {});
}

function consoleFrom(least: number, bindings: object): Logger {
  const write = (level: LogLevel) => (record: object, message: string) => {
    if (LOG_LEVELS.indexOf(level) < least) return;
    console[level](`${level} ${message} ${JSON.stringify({ ...bindings, ...record })}`);
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (more) => consoleFrom(least, { ...bindings, ...more }),
  };
}

/**
 * An error as a log record, for `serializers` of pino and similar loggers. An AvatarSDKError gets the names of `toJSON()`; any other
 * error is reduced to its name, message and stack; a value that is no error is returned unchanged. Never throws.
 *
 * @example
 * ```ts
 * import { pino } from 'pino';
 *
 * const log = pino({ serializers: { err: avatarErrorSerializer } });
 * session.on('error', (err) => log.error({ err }));
 * ```
 */
export function avatarErrorSerializer(error: unknown): unknown {
  try {
    if (AvatarSDKError.is(error)) return { type: 'AvatarSDKError', ...error.toJSON() };
    if (!(error instanceof Error)) return error;
    const { name: type, message, stack } = error;
    return { type, message, stack };
  } catch {
    return { type: 'Error', message: 'an error that could not be read' };
  }
}
