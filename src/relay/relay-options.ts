/** Checks the options of a relay, by name, kind and bound. */
import type { Session } from '../client/session-interfaces.js';
import { createSystemClock } from '../adapters/node/system-clock.js';
import {
  MAX_TIMER_MS,
  requireBoolean,
  requireFunction,
  requireNumber,
  requireObject,
  requireOneOf,
  requireOptions,
  requireString,
} from '../core/option/option-check.js';
import type { Clock } from '../ports/clock.js';
import { RELAY_DIALECTS } from './dialects.js';
import type { RelayDialect } from './dialects.js';
import type { DownMessage, RelayAudioFormat, Transcript } from './messages.js';
import type { RelaySocket } from './relay-socket.js';

/** Options of `createRelay`. */
export interface RelayOptions {
  /** The session that speaks. The relay starts it if necessary, and owns it from then on: see `closeSession`. */
  readonly session: Session;
  /** The browser: a server's WebSocket of the package `ws`. */
  readonly socket: RelaySocket;
  /** The dialect of the messages. */
  readonly dialect: RelayDialect;
  /**
   * The sample rate of the session's audio, Hz, 8000 to 48 000: the page plays at this rate, and `speak(source, { format })` converts to
   * it.
   *
   * @default 16_000
   */
  readonly sampleRateHz?: number | undefined;
  /**
   * The format of the session's audio.
   *
   * @default pcm_s16le
   */
  readonly encoding?: RelayAudioFormat['encoding'] | undefined;
  /**
   * The description of the avatar for the page in `ready`; anything that can be written as JSON.
   *
   * @default none
   */
  readonly avatar?: unknown;
  /**
   * How long the session is kept after the browser has disconnected, milliseconds, 0 to 2³¹−1: within that time the browser may reconnect
   * with the id, and gets the messages that it has missed. The session is billed meanwhile. After a close with 1000 the session is not
   * kept.
   *
   * @default 0
   */
  readonly lingerMs?: number | undefined;
  /**
   * Whether the session is closed when the relay ends; otherwise it is only interrupted (for example a session of a pool).
   *
   * @default true
   */
  readonly closeSession?: boolean | undefined;
  /**
   * The id with which a browser reconnects, 16 to 256 characters. Any client that has it can take the session over.
   *
   * @default 128 random bits
   */
  readonly id?: string | undefined;
  /**
   * The limit of bytes in flight to the browser, 16 KiB to 16 MiB. At the limit no audio is read from the source, and none is sent to the
   * service.
   *
   * @default 262_144
   */
  readonly windowBytes?: number | undefined;
  /**
   * The limit of bytes that are kept for a browser that does not read them, including frames of audio that was sent before, 1 MiB to 1
   * GiB. Above it the unfinished utterances are interrupted.
   *
   * @default 16_777_216
   */
  readonly maxQueuedBytes?: number | undefined;
  /**
   * The largest message that a browser may send, bytes, 1 KiB to 16 MiB; a larger one closes the connection with 1009. Set `maxPayload`
   * of the WebSocket server to the same value, so that a larger one is not even kept in memory.
   *
   * @default 262_144
   */
  readonly maxMessageBytes?: number | undefined;
  /**
   * Messages that a browser may send per second, 1 to 100_000, and as many at once; more close the connection with 1008.
   *
   * @default 200
   */
  readonly maxMessagesPerSecond?: number | undefined;
  /**
   * The interval of pings to the browser, milliseconds, 100 to 2³¹−1. A browser that answers none for one interval counts as
   * disconnected.
   *
   * @default 10_000
   */
  readonly heartbeatMs?: number | undefined;
  /**
   * How long an audio source may give nothing before its utterance fails, milliseconds, 100 to 2³¹−1.
   *
   * @default 30_000
   */
  readonly sourceTimeoutMs?: number | undefined;
  /**
   * The clock of the relay; its session has its own.
   *
   * @default the clock of the system
   */
  readonly clock?: Clock | undefined;
}

/** Options of `relay.attach`. */
export interface AttachOptions {
  /**
   * How many messages after `ready` the browser has received on all its connections; the relay continues with the next one. Without it
   * the page starts afresh, and unfinished utterances are interrupted.
   *
   * @default the page starts afresh
   */
  readonly received?: number | undefined;
}

type Given = Omit<RelayOptions, 'id' | 'socket' | 'avatar'>;
export type CheckedRelayOptions = {
  readonly [Name in keyof Given]-?: Exclude<Given[Name], undefined>;
} & Pick<RelayOptions, 'id' | 'avatar'>;

const NUMBERS = {
  sampleRateHz: { min: 8_000, max: 48_000, byDefault: 16_000 },
  lingerMs: { min: 0, max: MAX_TIMER_MS, byDefault: 0 },
  windowBytes: { min: 16 * 1024, max: 16 * 1024 * 1024, byDefault: 256 * 1024 },
  maxQueuedBytes: { min: 1024 * 1024, max: 1024 * 1024 * 1024, byDefault: 16 * 1024 * 1024 },
  maxMessageBytes: { min: 1024, max: 16 * 1024 * 1024, byDefault: 256 * 1024 },
  maxMessagesPerSecond: { min: 1, max: 100_000, byDefault: 200 },
  heartbeatMs: { min: 100, max: MAX_TIMER_MS, byDefault: 10_000 },
  sourceTimeoutMs: { min: 100, max: MAX_TIMER_MS, byDefault: 30_000 },
} as const;
const NUMBER_NAMES = Object.keys(NUMBERS) as readonly (keyof typeof NUMBERS)[];
const NAMES = [
  'session',
  'socket',
  'dialect',
  'encoding',
  'avatar',
  'closeSession',
  'id',
  'clock',
  ...NUMBER_NAMES,
] as const satisfies readonly (keyof RelayOptions)[];
const ENCODINGS = ['pcm_s16le', 'ogg_opus'] as const;
const ID_CHARACTERS = { min: 16, max: 256 };

/** @throws TypeError or RangeError naming the option, the bound and the value */
export function checkRelayOptions(options: RelayOptions): CheckedRelayOptions {
  const given = requireOptions('', options, NAMES);
  const { encoding = 'pcm_s16le', closeSession = true, id, clock, avatar } = given;
  const numbers = Object.fromEntries(
    NUMBER_NAMES.map((name) => {
      const { min, max, byDefault } = NUMBERS[name];
      return [name, requireNumber(name, given[name] ?? byDefault, { min, max, integer: true })];
    }),
  ) as Record<keyof typeof NUMBERS, number>;
  checkSession(given['session']);
  return {
    ...numbers,
    session: given['session'] as Session,
    dialect: requireOneOf('dialect', given['dialect'], RELAY_DIALECTS),
    encoding: requireOneOf('encoding', encoding, ENCODINGS),
    closeSession: requireBoolean('closeSession', closeSession),
    id: id === undefined ? undefined : requireId(id),
    clock: (clock as Clock | undefined) ?? createSystemClock(),
    avatar,
  };
}

/** @throws TypeError for a value that is no WebSocket of a server */
export function checkSocket(socket: unknown): RelaySocket {
  const methods = ['send', 'ping', 'close', 'terminate', 'on'] as const;
  if (typeof socket !== 'object' || socket === null)
    throw new TypeError('socket must be a WebSocket of the package ws');
  for (const name of methods) requireFunction(`socket.${name}`, (socket as Record<string, unknown>)[name]);
  return socket as RelaySocket;
}

/** Undefined for a page that starts afresh. @throws TypeError or RangeError */
export function checkAttach(options: AttachOptions | undefined): number | undefined {
  if (options === undefined) return undefined;
  const { received } = requireOptions('', options, ['received']);
  if (received === undefined) return undefined;
  return requireNumber('received', received, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
}

/** @throws TypeError or RangeError for a value that is no text of a conversation */
export function checkTranscript(transcript: Transcript): DownMessage {
  const { role, text } = requireOptions('', transcript, ['role', 'text']);
  return { type: 'transcript', role: requireString('role', role), text: requireString('text', text) };
}

function checkSession(session: unknown): void {
  // An instance of a class has its methods on the prototype.
  const known = requireObject('session', session, 'an AvatarSession');
  for (const name of ['start', 'speak', 'interrupt', 'close', 'on'])
    requireFunction(`session.${name}`, known[name]);
}

function requireId(value: unknown): string {
  const id = requireString('id', value);
  if (id.length >= ID_CHARACTERS.min && id.length <= ID_CHARACTERS.max) return id;
  // The value is not shown, because any client that has it can take the session over.
  throw new RangeError(
    `id must have from ${ID_CHARACTERS.min} to ${ID_CHARACTERS.max} characters, got ${id.length}`,
  );
}
