/**
 * One form for all spellings of the same text: escapes of JSON, PHP, Go, Python, HTML and URLs are resolved, however often they were
 * applied, white space and line breaks are left out, letters are lower-case and have their usual width. Characters beyond ASCII become
 * their UTF-8 bytes. Each byte remembers which stretch of the source it came from. One pass, linear in the text.
 *
 * And where a word of such a text begins or ends. White space is not in it: it shows as a gap between the places in the source.
 * Nothing looks at the source for that, where `\n` and `%2A` end in a letter.
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

/** The bytes alone, for a text whose places do not matter. */
export function canonicalBytes(source: string): Uint8Array {
  return canonicalText(source).bytes;
}

const BACKSLASH = 0x5c;
const UNDERSCORE = 0x5f;
const DIGIT_ZERO = 0x30;
const LOWER_X = 0x78;
/** So many equal signs in a row are a mask, and in no word. */
const MASK_BYTES = 3;
/** The same for signs that are often used as one. */
const USUAL_MASK_BYTES = 2;
/** `\u0041` without its backslash. */
const MAX_ESCAPE_REST_BYTES = 5;

/** Whether a secret that begins before the byte `at` may be cut there: no word goes on, or a mask does. */
export function breaksOff(text: CanonicalText, at: number): boolean {
  return hasGap(text, at) || !isPlainWordByte(text.bytes[at] ?? 0) || isMasked(text.bytes, at);
}

/** The same for a secret of which only the end is there, from the byte `at` on. */
export function beginsLate(text: CanonicalText, at: number): boolean {
  const { bytes } = text;
  return (
    hasGap(text, at) ||
    !isPlainWordByte(bytes[at - 1] ?? 0) ||
    isMasked(bytes, at - 1) ||
    // `\n`, in a reading that resolves no backslash.
    bytes[at - 2] === BACKSLASH ||
    isRestOfEscape(text, at)
  );
}

/** Whether the bytes from `from` up to `to` are a word of their own. Here the underscore and all letters belong to words. */
export function isWord(text: CanonicalText, from: number, to: number): boolean {
  return endsWord(text, from, from - 1) && endsWord(text, to, to);
}

function endsWord(text: CanonicalText, at: number, neighbour: number): boolean {
  if (hasGap(text, at)) return true;
  const byte = text.bytes[neighbour] ?? 0;
  if (byte < 0x80) return byte !== UNDERSCORE && !isPlainWordByte(byte);
  return !/[\p{L}\p{N}]/u.test(pointAround(text.bytes, neighbour));
}

/** The text begins or ends there, or something was left out: white space, or characters without a width. */
function hasGap({ bytes, starts, ends }: CanonicalText, at: number): boolean {
  if (at <= 0 || at >= bytes.length) return true;
  const end = ends[at - 1] ?? 0;
  const start = starts[at] ?? 0;
  return start > end;
}

/** Secrets are ASCII, nearly all of them: a character beyond it does not go on with one. */
function isPlainWordByte(byte: number): boolean {
  return (byte >= DIGIT_ZERO && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a);
}

/** `xxxx`, `0000`, `zzz`: also where the secret happens to begin or end with the sign of the mask. */
function isMasked(bytes: Uint8Array, at: number): boolean {
  const sign = bytes[at];
  let from = at;
  let to = at + 1;
  while (at - from < MASK_BYTES && bytes[from - 1] === sign) from -= 1;
  while (to - at < MASK_BYTES && bytes[to] === sign) to += 1;
  const isUsual = sign === LOWER_X || sign === DIGIT_ZERO;
  return to - from >= (isUsual ? USUAL_MASK_BYTES : MASK_BYTES);
}

/** A text that is cut within an escape begins with the end of it: `2Fabc`, `u0026abc`. */
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

/** The character that a byte of UTF-8 belongs to. */
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
