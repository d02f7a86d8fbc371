/**
 * One canonical form for all spellings of the same text: escapes of JSON, PHP, Go, Python, HTML and URLs are resolved, also repeated
 * ones; white space and line breaks are left out; letters are lower-case and have their usual width. Characters beyond ASCII become their
 * UTF-8 bytes. Each byte keeps the position of the source part that it came from. One pass, linear in the text.
 *
 * Also the bounds of words in such a text. White space is left out, so it appears as a gap between source positions. The bounds are taken
 * from the canonical text and not from the source, where escapes such as `\n` and `%2A` end in a letter.
 */
import type { CanonicalText } from './canonical-buffer.js';
import { CanonicalWriter, type Escapes } from './canonical-writer.js';
import { lowerCase } from './code-points.js';

export type { CanonicalText } from './canonical-buffer.js';
export type { Escapes } from './canonical-writer.js';

const UPPER_U = 0x55;

export function canonicalText(source: string, escapes: Escapes = 'common'): CanonicalText {
  const writer = new CanonicalWriter(source.length, escapes);
  for (let at = 0; at < source.length; at += 1) {
    const code = source.charCodeAt(at);
    if (code === UPPER_U) writer.pushUpperU(at, at + 1);
    else if (code < 0x80) writer.push(lowerCase(code), at, at + 1);
    else {
      const point = source.codePointAt(at) ?? code;
      const width = point > 0xffff ? 2 : 1;
      writer.pushPoint(point, at, at + width);
      at += width - 1;
    }
  }
  return writer.text();
}

/** Only the bytes, for a text whose source positions are not needed. */
export function canonicalBytes(source: string): Uint8Array {
  return canonicalText(source).bytes;
}

const BACKSLASH = 0x5c;
const UNDERSCORE = 0x5f;
const DIGIT_ZERO = 0x30;
const LOWER_X = 0x78;
/** This many equal characters in a row are a mask; no word contains them. */
const MASK_BYTES = 3;
/** The same for characters that are often used as a mask. */
const USUAL_MASK_BYTES = 2;
/** The longest rest of an escape that was cut: `\u0041` without its backslash. */
const MAX_ESCAPE_REST_BYTES = 5;

/** Whether a secret that begins before the byte `at` may be cut there: the word ends, or a mask begins. */
export function breaksOff(text: CanonicalText, at: number): boolean {
  return hasGap(text, at) || !isPlainWordByte(text.bytes[at] ?? 0) || isMasked(text.bytes, at);
}

/** Whether a secret whose beginning is missing may begin at the byte `at`. */
export function beginsLate(text: CanonicalText, at: number): boolean {
  const { bytes } = text;
  return (
    hasGap(text, at) ||
    !isPlainWordByte(bytes[at - 1] ?? 0) ||
    isMasked(bytes, at - 1) ||
    // The end of an escape such as `\n`, in a reading that resolves no backslash.
    bytes[at - 2] === BACKSLASH ||
    isRestOfEscape(text, at)
  );
}

/** Whether the bytes from `from` up to `to` are a whole word. Here the underscore and all letters are parts of words. */
export function isWord(text: CanonicalText, from: number, to: number): boolean {
  return endsWord(text, from, from - 1) && endsWord(text, to, to);
}

function endsWord(text: CanonicalText, at: number, neighbour: number): boolean {
  if (hasGap(text, at)) return true;
  const byte = text.bytes[neighbour] ?? 0;
  if (byte < 0x80) return byte !== UNDERSCORE && !isPlainWordByte(byte);
  return !/[\p{L}\p{N}]/u.test(pointAround(text.bytes, neighbour));
}

/** Whether the text begins or ends at `at`, or something was left out there: white space, or characters without a width. */
function hasGap({ bytes, starts, ends }: CanonicalText, at: number): boolean {
  if (at <= 0 || at >= bytes.length) return true;
  const end = ends[at - 1] ?? 0;
  const start = starts[at] ?? 0;
  return start > end;
}

/** Nearly all secrets are ASCII, so a character beyond ASCII ends one. */
function isPlainWordByte(byte: number): boolean {
  return (byte >= DIGIT_ZERO && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a);
}

/** Whether `at` lies in a mask such as `xxxx`, `0000` or `zzz`. A character of the secret that equals the mask's counts as well. */
function isMasked(bytes: Uint8Array, at: number): boolean {
  const sign = bytes[at];
  let from = at;
  let to = at + 1;
  while (at - from < MASK_BYTES && bytes[from - 1] === sign) from -= 1;
  while (to - at < MASK_BYTES && bytes[to] === sign) to += 1;
  const isUsual = sign === LOWER_X || sign === DIGIT_ZERO;
  return to - from >= (isUsual ? USUAL_MASK_BYTES : MASK_BYTES);
}

/** Whether the bytes before `at` are the rest of an escape in which the text was cut: `2Fabc`, `u0026abc`. */
function isRestOfEscape(text: CanonicalText, at: number): boolean {
  const { bytes } = text;
  let from = at;
  while (
    from > 0 &&
    at - from < MAX_ESCAPE_REST_BYTES &&
    isHexDigit(bytes[from - 1] ?? 0) &&
    !hasGap(text, from)
  )
    from -= 1;
  if (hasGap(text, from)) return true;
  const before = bytes[from - 1] ?? 0;
  if (before === 0x75 || before === LOWER_X)
    return hasGap(text, from - 1) || !isPlainWordByte(bytes[from - 2] ?? 0);
  return !isPlainWordByte(before);
}

function isHexDigit(byte: number): boolean {
  return (byte >= DIGIT_ZERO && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66);
}

/** The character that contains a byte of UTF-8. */
function pointAround(bytes: Uint8Array, at: number): string {
  let from = at;
  while (from > 0 && at - from < 3 && ((bytes[from] ?? 0) & 0xc0) === 0x80) from -= 1;
  const first = bytes[from] ?? 0;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  let point = length === 1 ? 0xfffd : first & (0xff >> (length + 1));
  for (let next = from + 1; next < from + length; next += 1)
    point = (point << 6) | ((bytes[next] ?? 0) & 0x3f);
  return String.fromCodePoint(Math.min(point, 0x10ffff));
}
