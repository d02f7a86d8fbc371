/**
 * The options of the embedded service as options of the command, one row for each: the name, the form of its value, its meaning, and the
 * conversion of its text. Bounds and defaults are the service's own. Options without a row are in `NOT_FLAGS`, with the reason.
 */
import type { EmulatorOptions } from '../emulator/index.js';
import { shownValue } from '../core/option/shown-value.js';
import { InputError, parseNumber } from './command.js';

type FlagValue = string | boolean | readonly string[];

interface Flag {
  readonly name: string;
  /** The form of the value, such as `MS`; absent: the option takes no value. */
  readonly value?: string;
  readonly about: string;
  readonly multiple?: true;
  /** The options of the service that it sets. */
  readonly sets: keyof EmulatorOptions;
  readonly read: (given: FlagValue, option: string) => unknown;
}

const text = (given: FlagValue): FlagValue => given;
const no = (): boolean => false;
/** The service checks the bounds, and reports them with the value. */
const number = (given: FlagValue, option: string): unknown =>
  parseNumber(option, String(given), { infinite: true });
/** A word is passed on: the service knows which ones there are. */
const wordOrNumber = (given: FlagValue, option: string): unknown =>
  /^[a-z-]+$/i.test(String(given)) ? given : number(given, option);

/** Reads `2`, or `1-5`. */
function amount(given: FlagValue, option: string): unknown {
  const text = String(given);
  const [, least, most] = /^(\d+)-(\d+)$/.exec(text) ?? [];
  if (least !== undefined) return [Number(least), Number(most)];
  if (/\d/.test(text)) return number(given, option);
  throw new InputError(`${option} must be a number, or a range such as 1-5, got ${shownValue(text)}`);
}

export const EMULATE_FLAGS: readonly Flag[] = [
  { name: 'port', value: 'N', sets: 'port', read: number, about: 'default 0: a free one' },
  {
    name: 'host',
    value: 'NAME',
    sets: 'host',
    read: text,
    about: '127.0.0.1 (default), ::1, localhost, 0.0.0.0 or ::',
  },
  {
    name: 'allowed-host',
    value: 'NAME',
    multiple: true,
    sets: 'allowedHosts',
    read: text,
    about: 'a further host name of requests; repeatable',
  },
  { name: 'seed', value: 'N', sets: 'seed', read: number, about: 'of its choices (default 1)' },
  {
    name: 'avatar-id',
    value: 'ID',
    multiple: true,
    sets: 'avatars',
    read: text,
    about: 'an avatar that exists; repeatable',
  },
  {
    name: 'pace',
    value: 'X',
    sets: 'pace',
    read: wordOrNumber,
    about: 'of keyframes: unpaced (default), realtime, a factor',
  },
  {
    name: 'keyframes-per-message',
    value: 'N',
    sets: 'keyframesPerMessage',
    read: amount,
    about: 'a number (default 1), or a range such as 1-5',
  },
  {
    name: 'overlap',
    value: 'HOW',
    sets: 'overlap',
    read: text,
    about: 'of requests: parallel (default) or queue',
  },
  {
    name: 'idle-timeout',
    value: 'MS',
    sets: 'idleTimeoutMs',
    read: number,
    about: 'closes without audio for so long (default 60000)',
  },
  {
    name: 'idle-close-code',
    value: 'CODE',
    sets: 'idleCloseCode',
    read: number,
    about: 'of that close: 1008 (default) or 1011',
  },
  {
    name: 'max-session-time',
    value: 'MS',
    sets: 'maxSessionMs',
    read: number,
    about: 'longest session, then 4002',
  },
  {
    name: 'credit',
    value: 'MS',
    sets: 'creditMs',
    read: number,
    about: 'session time left, then 4001 and 402',
  },
  {
    name: 'max-sessions',
    value: 'N',
    sets: 'maxSessions',
    read: number,
    about: 'open connections above which upgrades get 429',
  },
  {
    name: 'retry-after',
    value: 'SECONDS',
    sets: 'retryAfterSeconds',
    read: number,
    about: 'Retry-After of that 429',
  },
  {
    name: 'over-limit',
    value: 'HOW',
    sets: 'overLimit',
    read: text,
    about: 'refuse (default) with 429, or close with 4003',
  },
  {
    name: 'ghost',
    value: 'MS',
    sets: 'ghostMs',
    read: number,
    about: 'time until a lost connection is noticed (default 0)',
  },
  {
    name: 'token-lifetime',
    value: 'MS',
    sets: 'tokenLifetimeMs',
    read: number,
    about: 'tokens expire after so long at the latest',
  },
  {
    name: 'reusable-tokens',
    sets: 'singleUseTokens',
    read: no,
    about: 'a token opens any number of connections',
  },
  {
    name: 'token-ends-session',
    sets: 'tokenEndsSession',
    read: text,
    about: 'its expiry ends the session, 4010',
  },
  {
    name: 'token-error-shape',
    value: 'A',
    sets: 'tokenErrorShape',
    read: text,
    about: 'form of error bodies: A (default), B, C or D',
  },
  {
    name: 'token-field',
    value: 'NAME',
    sets: 'tokenField',
    read: text,
    about: 'of the answer with the token (default sessionToken)',
  },
  { name: 'token-in-data', sets: 'tokenInData', read: text, about: 'that field is inside "data"' },
  {
    name: 'capability',
    value: 'NAME',
    multiple: true,
    sets: 'capabilities',
    read: text,
    about: 'replaces those that it has; repeatable',
  },
  {
    name: 'egress-overlap',
    value: 'HOW',
    sets: 'egressOverlap',
    read: text,
    about: 'requests of a room: queue (default) or preempt',
  },
  {
    name: 'room-tokens',
    value: 'HOW',
    sets: 'roomTokens',
    read: text,
    about: 'of LiveKit rooms: any (default), or only a jwt',
  },
  {
    name: 'playout-speed',
    value: 'X',
    sets: 'playoutSpeed',
    read: number,
    about: 'of a room, 1 is real time',
  },
  {
    name: 'playback-interval',
    value: 'MS',
    sets: 'playbackStateIntervalMs',
    read: number,
    about: 'of PlaybackState in a room (default 1000)',
  },
  {
    name: 'pause-timeout',
    value: 'MS',
    sets: 'pauseTimeoutMs',
    read: number,
    about: 'a longer pause interrupts (default 30000)',
  },
  {
    name: 'max-message-bytes',
    value: 'N',
    sets: 'maxMessageBytes',
    read: number,
    about: 'of a client, else close 1009 (default 1048576)',
  },
];

/** Options of the service without a command-line option, each with its reason. */
export const NOT_FLAGS: Readonly<Partial<Record<keyof EmulatorOptions, string>>> = {
  faults: 'read by --faults, from a file too',
  apps: 'one app, by --api-key and --app-id',
  clock: 'only a program can give one',
  latencyMs: 'only with a clock',
  createOpusDecoder: 'a function, which only a program can give',
  maxLogEntries: 'the log is read while the service runs',
  maxHeardBytes: 'only a program can ask what was heard',
};

/** The options for `parseArgs`. */
export const EMULATE_FLAG_OPTIONS: Readonly<
  Record<string, { type: 'string' | 'boolean'; multiple?: boolean }>
> = Object.fromEntries(
  EMULATE_FLAGS.map(({ name, value, multiple = false }) => [
    name,
    { type: value === undefined ? 'boolean' : 'string', multiple },
  ]),
);

const HELP_CHARACTERS = 29;

/** The lines of the help: ` --idle-timeout MS closes …` */
export const EMULATE_FLAG_LINES: readonly string[] = EMULATE_FLAGS.map(({ name, value, about }) =>
  `  --${name}${value === undefined ? '' : ` ${value}`}`.padEnd(HELP_CHARACTERS).concat(about),
);

/** @throws InputError for a text that is no number if a number is required */
export function readEmulateFlags(values: Readonly<Record<string, FlagValue | undefined>>): EmulatorOptions {
  const options: Partial<Record<keyof EmulatorOptions, unknown>> = {};
  for (const { name, sets, read } of EMULATE_FLAGS) {
    const given = values[name];
    if (given !== undefined) options[sets] = read(given, `--${name}`);
  }
  return options as EmulatorOptions;
}

/** The service's message about an option, with the name of the command-line option. */
export function namedByFlag(error: unknown): unknown {
  if (!(error instanceof TypeError || error instanceof RangeError)) return error;
  const flag = EMULATE_FLAGS.find(({ sets }) => new RegExp(`^${sets}\\b`).test(error.message));
  if (flag === undefined) return error;
  const message = error.message.replace(new RegExp(`^${flag.sets}(?:\\[\\d+\\])?`), `--${flag.name}`);
  return new InputError(message, { cause: error });
}
