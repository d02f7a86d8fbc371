/**
 * Texts that travel as header values: an id or a key out of a mounted file often ends with a line end, which no header can carry. Node
 * would say so at the dial, in words that name neither the option nor the way out.
 */
import { requireSecret, requireString } from '../../core/option/option-check.js';

/** An id of the service has a few dozen; every request repeats it. */
const MAX_ID_CHARACTERS = 1_024;
/** Of a key, and of a User-Agent. */
const MAX_KEY_CHARACTERS = 16 * 1_024;

/** Never shows the value. */
export function requireKey(name: string, value: unknown): string {
  return latin1(name, printable(name, requireSecret(name, value), MAX_KEY_CHARACTERS));
}

/** For an id that travels as a header. */
export function requireHeaderId(name: string, value: unknown): string {
  return latin1(name, requireId(name, value));
}

export function requireId(name: string, value: unknown): string {
  return printable(name, requireString(name, value), MAX_ID_CHARACTERS);
}

export function requireUserAgent(name: string, value: unknown): string {
  const text = bounded(name, requireString(name, value), MAX_ID_CHARACTERS);
  if (/^[\x20-\x7e]+$/.test(text)) return text;
  throw new RangeError(`${name} must be printable ASCII, as every header value`);
}

function printable(name: string, text: string, maxCharacters: number): string {
  bounded(name, text, maxCharacters);
  if (text.trim() === '') throw new RangeError(`${name} must not be empty, got only white space`);
  if (/[\r\n]$/.test(text)) {
    throw new RangeError(`${name} must not end with a line end: trim what was read from a file`);
  }
  if (/\p{Cc}/u.test(text)) throw new RangeError(`${name} must not have control characters`);
  return text;
}

function latin1(name: string, text: string): string {
  if (/^[\x20-\xff]+$/.test(text)) return text;
  throw new RangeError(`${name} must be Latin-1 text, as every header value`);
}

function bounded(name: string, text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  throw new RangeError(`${name} must be at most ${maxCharacters} characters long, got ${text.length}`);
}
