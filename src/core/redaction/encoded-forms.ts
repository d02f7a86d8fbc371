/**
 * Encoded forms of a secret: hexadecimal digits, base64, base32, one of them within another, UTF-16. Each also matches where the secret
 * is part of longer encoded bytes. A form is computed only as far as it is needed: from the beginning or, for a secret whose beginning is
 * missing, from the end. Pure text work, without Buffer and btoa.
 */
import { utf8 } from './code-points.js';
import type { Beginning } from './needle-index.js';

/** The reading direction: from the first character forwards, or from the last one backwards. */
export type Direction = 'forwards' | 'backwards';

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const BASE64 = codesOf(`${DIGITS}+/`);
const BASE64_OF_URLS = codesOf(`${DIGITS}-_`);
const LOWER_CASE = codesOf(`${DIGITS.toLowerCase()}+/`);
const LOWER_CASE_OF_URLS = codesOf(`${DIGITS.toLowerCase()}-_`);
const BASE32 = codesOf('abcdefghijklmnopqrstuvwxyz234567');
/** Bits at the edge of a secret that share a digit with unknown bits, for none, one and two unknown bytes next to it. */
const UNKNOWN_BITS = [0, 4, 2];
/** The same in base32, for none to four unknown bytes next to it. */
const UNKNOWN_BITS_OF_BASE32 = [0, 2, 4, 1, 3];
/** Characters whose base64 may contain a sign. Without them the digits are the same in both alphabets. */
const MAKES_SIGNS = /[>?~\x7f-\uffff]/;
/** Separators between the digits of two bytes. */
const HEX_SEPARATORS = ['', ':', '-', ',0x'];
/** Double base64 of a shorter text is hardly longer than a word, so it is not searched. */
const MIN_TWICE_BYTES = 8;
/** How much shorter a form may be than its text, because of bits that it shares with its neighbours. */
const LOST_CHARACTERS = 4;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const UPPER_HEX = HEX.map((digits) => digits.toUpperCase());
const DECIMAL = Array.from({ length: 256 }, (_, byte) => String(byte));

/** In canonical form: letters are lower-case, and there are no escapes. Backwards, the last byte comes first. */
export function encodedForms(secret: string, direction: Direction): readonly Beginning[] {
  const bytes = bytesOf(secret, direction);
  const forms: Beginning[] = HEX_SEPARATORS.map(
    (separator) => (least) => joined(bytes(least), HEX, separator, direction),
  );
  // A Buffer in JSON as Node writes it, also with blanks, which canonical texts leave out.
  for (const separator of [',', ''])
    forms.push((least) => joined(bytes(least), DECIMAL, separator, direction));
  const wide = (least: number): number[] => wideBytes(bytes(least));
  forms.push((least) => joined(wide(least), HEX, '', direction));
  for (const bits of UNKNOWN_BITS_OF_BASE32)
    forms.push((least) => digitsOf(bytes(least), 5, bits, BASE32, direction));
  const hasSigns = MAKES_SIGNS.test(secret);
  const isLong = bytes(MIN_TWICE_BYTES).length >= MIN_TWICE_BYTES;
  for (const bits of UNKNOWN_BITS) {
    for (const alphabet of hasSigns ? [LOWER_CASE, LOWER_CASE_OF_URLS] : [LOWER_CASE]) {
      forms.push((least) => base64(bytes(least), bits, alphabet, direction));
      forms.push((least) => base64(wide(least), bits, alphabet, direction));
    }
    if (!isLong) continue;
    for (const digits of [HEX, UPPER_HEX])
      forms.push((least) => base64(joined(bytes(least), digits, '', direction), bits, LOWER_CASE, direction));
    for (const alphabet of hasSigns ? [BASE64, BASE64_OF_URLS] : [BASE64]) {
      const once = (least: number): number[] => base64(bytes(least), bits, alphabet, direction);
      forms.push((least) => joined(once(least), HEX, '', direction));
      // Base64 of base64 has no signs.
      for (const outer of UNKNOWN_BITS)
        forms.push((least) => base64(once(least), outer, LOWER_CASE, direction));
    }
  }
  return forms;
}

/** ASCII as UTF-16, for either byte order: the zero at the edge is left out. */
function wideBytes(bytes: readonly number[]): number[] {
  const wide = new Array<number>(Math.max(0, 2 * bytes.length - 1)).fill(0);
  bytes.forEach((byte, at) => (wide[2 * at] = byte));
  return wide;
}

/** At least `leastCharacters` of a text, from the end at which the direction begins; surrogate pairs are not cut. */
export function stretchOf(text: string, direction: Direction, leastCharacters: number): string {
  if (leastCharacters >= text.length) return text;
  if (direction === 'forwards') {
    const isWithinPair = (text.codePointAt(leastCharacters - 1) ?? 0) > 0xffff;
    return text.slice(0, leastCharacters + (isWithinPair ? 1 : 0));
  }
  const from = text.length - leastCharacters;
  const isWithinPair = (text.codePointAt(from - 1) ?? 0) > 0xffff;
  return text.slice(isWithinPair ? from - 1 : from);
}

/** The first bytes in UTF-8, in the reading direction; the latest result is kept. */
function bytesOf(secret: string, direction: Direction): (least: number) => readonly number[] {
  let bytes: readonly number[] = [];
  let characters = -1;
  return (least) => {
    const wanted = Math.min(least + LOST_CHARACTERS, secret.length);
    if (wanted !== characters) {
      characters = wanted;
      const stretch = utf8Bytes(stretchOf(secret, direction, wanted));
      bytes = direction === 'forwards' ? stretch : stretch.reverse();
    }
    return bytes;
  };
}

/** The character codes of an ASCII text. */
function codesOf(text: string): number[] {
  const codes: number[] = new Array<number>(text.length);
  for (let at = 0; at < text.length; at += 1) codes[at] = text.charCodeAt(at);
  return codes;
}

/** Half of a surrogate pair becomes the replacement character. */
function utf8Bytes(text: string): number[] {
  // Nearly every secret is ASCII.
  if (/^[\x20-\x7e]*$/.test(text)) return codesOf(text);
  return Array.from(text.replaceAll(/\p{Surrogate}/gu, '\uFFFD')).flatMap((char) =>
    utf8(char.codePointAt(0) ?? 0),
  );
}

function joined(
  bytes: readonly number[],
  names: readonly string[],
  separator: string,
  direction: Direction,
): number[] {
  const parts = bytes.map((byte) => names[byte] ?? '');
  if (direction === 'forwards') return codesOf(parts.join(separator));
  return codesOf(parts.reverse().join(separator)).reverse();
}

function base64(
  bytes: readonly number[],
  unknownBits: number,
  alphabet: readonly number[],
  direction: Direction,
): number[] {
  return digitsOf(bytes, 6, unknownBits, alphabet, direction);
}

/**
 * The digits that depend on these bytes alone, if the first byte shares `unknownBits` of its bits with an unknown byte next to it.
 * Backwards these are its low bits.
 */
function digitsOf(
  bytes: readonly number[],
  bitsPerDigit: number,
  unknownBits: number,
  alphabet: readonly number[],
  direction: Direction,
): number[] {
  const encoded: number[] = [];
  const mask = (1 << bitsPerDigit) - 1;
  let skippedBits = unknownBits;
  let pending = 0;
  let pendingBits = 0;
  for (const byte of bytes) {
    if (direction === 'forwards') pending = ((pending << 8) | byte) & 0xffff;
    else pending |= (byte >> skippedBits) << pendingBits;
    pendingBits += 8 - skippedBits;
    skippedBits = 0;
    while (pendingBits >= bitsPerDigit) {
      pendingBits -= bitsPerDigit;
      if (direction === 'forwards') encoded.push(alphabet[(pending >> pendingBits) & mask] ?? 0);
      else {
        encoded.push(alphabet[pending & mask] ?? 0);
        pending >>= bitsPerDigit;
      }
    }
  }
  return encoded;
}
