/**
 * Loggers as applications have them: the shape that a session writes to, one that writes to the console, and errors as records of a log.
 * Must not know what is logged.
 */
import { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import { requireOneOf, requireOptions } from '../../core/option/option-check.js';

/** The levels of a log, the least important one first. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly LogLevel[];

/** What a session writes to: a logger of pino, or anything of that shape. */
export interface Logger {
  /** States, waits, and failures that are retried. */
  debug(record: object, message: string): unknown;
  /** The end of a session, and connections that end as they should. */
  info(record: object, message: string): unknown;
  /** Retries and reconnects, and requests that failed. */
  warn(record: object, message: string): unknown;
  /** A session that fails; the only level with the remedy for an operator. */
  error(record: object, message: string): unknown;
  /** A logger whose lines have these members; each session has one. Without this method they are in the record of each line. */
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
 * @throws TypeError or RangeError for what is no level
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
 * An error as a record of a log, for `serializers` of pino and the like. An AvatarSDKError gets the names of `toJSON()`; of any other error
 * its name, message and stack; what is no error stays as it is. Never throws.
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
