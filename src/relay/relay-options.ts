/** What a relay takes, by name, kind and bound. */
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
  /** The session that speaks. It is started when it is not yet, and belongs to the relay from then on: see `closeSession`. */
  readonly session: Session;
  /** The browser: a server's WebSocket of the package `ws`. */
  readonly socket: RelaySocket;
  /** How messages are written. */
  readonly dialect: RelayDialect;
  /**
   * The sample rate of the session's audio, Hz, 8000 to 48 000: what the page plays at, and what `speak(source, { format })` converts to.
   *
   * @default 16_000
   */
  readonly sampleRateHz?: number | undefined;
  /**
   * What the session's audio is.
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
   * How long the session is kept when the browser has gone, milliseconds, 0 to 2³¹−1: within that time it may come back with the id, and
   * gets what it has missed. The session is billed meanwhile. A browser that closes with 1000 does not come back.
   *
   * @default 0
   */
  readonly lingerMs?: number | undefined;
  /**
   * Whether the session is closed when the relay ends; otherwise it is only interrupted, such as one of a pool.
   *
   * @default true
   */
  readonly closeSession?: boolean | undefined;
  /**
   * The name by which a browser comes back, 16 to 256 characters: any client that knows it can take the session over.
   *
   * @default 128 random bits
   */
  readonly id?: string | undefined;
  /**
   * Bytes that may be on their way to the browser without a confirmation, 16 KiB to 16 MiB. Above that no audio is read from the source,
   * and none is sent to the service.
   *
   * @default 262_144
   */
  readonly windowBytes?: number | undefined;
  /**
   * Bytes that are kept for a browser that does not take them, frames of the audio that was sent before included, 1 MiB to 1 GiB. Above
   * that what is being said is interrupted.
   *
   * @default 16_777_216
   */
  readonly maxQueuedBytes?: number | undefined;
  /**
   * The largest message that a browser may send, bytes, 1 KiB to 16 MiB; a larger one closes it with 1009. Give the WebSocket server the
   * same as its `maxPayload`, so that a larger one does not even reach memory.
   *
   * @default 262_144
   */
  readonly maxMessageBytes?: number | undefined;
  /**
   * Messages that a browser may send in a second, 1 to 100_000, and as many at once; more close it with 1008.
   *
   * @default 200
   */
  readonly maxMessagesPerSecond?: number | undefined;
  /**
   * How often the browser is pinged, milliseconds, 100 to 2³¹−1. One that answers nothing for as long is gone.
   *
   * @default 10_000
   */
  readonly heartbeatMs?: number | undefined;
  /**
   * How long a source of audio may give nothing before its utterance fails, milliseconds, 100 to 2³¹−1.
   *
   * @default 30_000
   */
  readonly sourceTimeoutMs?: number | undefined;
  /**
   * The source of time of the relay; its session has its own.
   *
   * @default the clock of the system
   */
  readonly clock?: Clock | undefined;
}

/** Options of `relay.attach`. */
export interface AttachOptions {
  /**
   * How many messages after `ready` the browser has got on all its connections: the next one is the first that it has not. Without it
   * the page has begun anew: what is being said is interrupted.
   *
   * @default the page has begun anew
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

/** @throws TypeError for what is no WebSocket of a server */
export function checkSocket(socket: unknown): RelaySocket {
  const methods = ['send', 'ping', 'close', 'terminate', 'on'] as const;
  if (typeof socket !== 'object' || socket === null)
    throw new TypeError('socket must be a WebSocket of the package ws');
  for (const name of methods) requireFunction(`socket.${name}`, (socket as Record<string, unknown>)[name]);
  return socket as RelaySocket;
}

/** Undefined for a page that has begun anew. @throws TypeError or RangeError */
export function checkAttach(options: AttachOptions | undefined): number | undefined {
  if (options === undefined) return undefined;
  const { received } = requireOptions('', options, ['received']);
  if (received === undefined) return undefined;
  return requireNumber('received', received, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
}

/** @throws TypeError or RangeError for what is no text of a conversation */
export function checkTranscript(transcript: Transcript): DownMessage {
  const { role, text } = requireOptions('', transcript, ['role', 'text']);
  return { type: 'transcript', role: requireString('role', role), text: requireString('text', text) };
}

function checkSession(session: unknown): void {
  // An object of a class has its methods on the prototype.
  const known = requireObject('session', session, 'an AvatarSession');
  for (const name of ['start', 'speak', 'interrupt', 'close', 'on'])
    requireFunction(`session.${name}`, known[name]);
}

function requireId(value: unknown): string {
  const id = requireString('id', value);
  if (id.length >= ID_CHARACTERS.min && id.length <= ID_CHARACTERS.max) return id;
  // Not shown: any client that knows it can take the session over.
  throw new RangeError(
    `id must have from ${ID_CHARACTERS.min} to ${ID_CHARACTERS.max} characters, got ${id.length}`,
  );
}
