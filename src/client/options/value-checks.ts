/**
 * Checks of single values beyond kind and bounds: texts that are sent as header values, dates, signals and addresses. An id or a key from
 * a mounted file often ends with a line end, which no header can carry; Node reports that at the dial, without the name of the option.
 * Each check throws a TypeError or a RangeError that names the option; none shows a secret. Independent of the actual options.
 */
import { bounded, requireLater, requireSecret, requireString } from '../../core/option/option-check.js';
import { kindOf } from '../../core/option/shown-value.js';
import type { Clock } from '../../ports/clock.js';

/** Ids of the service have a few dozen characters, and every request repeats them. */
const MAX_ID_CHARACTERS = 1_024;
/** The longest key and User-Agent. */
const MAX_KEY_CHARACTERS = 16 * 1_024;

/** Never shows the value. */
export function requireKey(name: string, value: unknown): string {
  return latin1(name, printable(name, requireSecret(name, value), MAX_KEY_CHARACTERS));
}

/** For an id that is sent as a header. */
export function requireHeaderId(name: string, value: unknown): string {
  return latin1(name, requireId(name, value));
}

export function requireId(name: string, value: unknown): string {
  return printable(name, requireString(name, value), MAX_ID_CHARACTERS);
}

export function requireUserAgent(name: string, value: unknown): string {
  const text = bounded(name, requireString(name, value), MAX_ID_CHARACTERS);
  if (text.trim() === '') throw new RangeError(`${name} must not be empty, got only white space`);
  if (/^[\x20-\x7e]+$/.test(text)) return text;
  throw new RangeError(`${name} must be printable ASCII, as every header value`);
}

/** A non-empty text on one line, for an id or a name. */
export function printable(name: string, text: string, maxCharacters: number): string {
  bounded(name, text, maxCharacters);
  if (text.trim() === '') throw new RangeError(`${name} must not be empty, got only white space`);
  if (/[\r\n]$/.test(text)) {
    throw new RangeError(`${name} must not end with a line end: trim what was read from a file`);
  }
  if (/\p{Cc}/u.test(text)) throw new RangeError(`${name} must not have control characters`);
  return wellFormed(name, text);
}

/** Half of a surrogate pair can't be encoded in UTF-8: it would become another character. */
export function wellFormed(name: string, text: string): string {
  if (!/\p{Surrogate}/u.test(text)) return text;
  throw new RangeError(`${name} must be well-formed text, got half a surrogate pair`);
}

function latin1(name: string, text: string): string {
  if (/^[\x20-\xff]+$/.test(text)) return text;
  throw new RangeError(`${name} must be Latin-1 text, as every header value`);
}

/** @throws RangeError for a time that is not in the future, by the clock of the session */
export function requireFuture(path: string, timeMs: number, clock: Pick<Clock, 'epochMs'>): void {
  requireLater(path, timeMs, epochMs(clock));
}

function epochMs(clock: Pick<Clock, 'epochMs'>): number {
  try {
    return clock.epochMs();
  } catch (cause) {
    throw new TypeError('clock.epochMs failed', { cause });
  }
}

/**
 * A signal of another realm or of a polyfill is no instance of this realm's class, and is accepted as well.
 *
 * @throws TypeError for anything else; for an AbortController the message says to give its signal
 */
export function requireSignal(name: string, value: unknown): AbortSignal {
  try {
    if (isSignal(value)) return value;
    if (isController(value)) {
      throw new TypeError(`${name} must be an AbortSignal, got an AbortController: give its signal`);
    }
  } catch (error) {
    if (error instanceof TypeError && error.message.startsWith(name)) throw error;
    throw new TypeError(`${name} can't be read: a property throws`, { cause: error });
  }
  throw new TypeError(`${name} must be an AbortSignal, got ${kindOf(value)}`);
}

/** May throw if a property throws. */
export function isSignal(value: unknown): value is AbortSignal {
  if (typeof value !== 'object' || value === null) return false;
  const { aborted, addEventListener, removeEventListener } = value as Partial<
    Record<keyof AbortSignal, unknown>
  >;
  return (
    typeof aborted === 'boolean' &&
    typeof addEventListener === 'function' &&
    typeof removeEventListener === 'function'
  );
}

function isController(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'signal' in value && isSignal(value.signal);
}

/** The text, if it is a URL that may be dialled. @throws RangeError that shows at most its scheme */
export function requireUrl(name: string, text: string, schemes: readonly string[]): string {
  const scheme = URL.canParse(text) ? new URL(text).protocol : undefined;
  // The parser removes line ends and tabs at any place.
  if (/\p{Cc}/u.test(text)) throw new RangeError(`${name} must not have control characters`);
  if (scheme !== undefined && schemes.includes(scheme)) return text;
  const got =
    scheme === undefined
      ? `something that is no URL: begin it with ${schemes.join('// or ')}//`
      : `a URL with ${shownScheme(scheme)}`;
  throw new RangeError(`${name} must be a URL with ${schemes.join(', ')}, got ${got}`);
}

const KNOWN_SCHEMES = ['ws:', 'wss:', 'http:', 'https:', 'ftp:', 'file:', 'data:', 'blob:', 'javascript:'];

/** A credential with a colon in it is a URL as well. */
function shownScheme(scheme: string): string {
  return KNOWN_SCHEMES.includes(scheme) ? scheme : 'another scheme';
}
