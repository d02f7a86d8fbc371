/**
 * Writes the canonical form of a text, character by character: output that grows by one byte and shrinks whenever its end has
 * become a whole escape. Which form that is, `canonical-text` says.
 */
import { hasOtherWidth, isDigit, isHexDigit, isIdeograph, isInvisible } from './code-points.js';
import { lowerCase, NAMED_REFERENCES, utf8 } from './code-points.js';

/**
 * Which escapes are resolved. `quotedPrintable` resolves `=5F` alone: `key=5Fab` reads in both ways. `literal` resolves none: a secret
 * behind a lone `\` or `%` makes an escape with it that was never meant.
 */
export type Escapes = 'common' | 'quotedPrintable' | 'literal';

export interface CanonicalText {
  /** Bytes, one number each. */
  readonly bytes: Uint8Array;
  /** Byte `i` came from the source characters `starts[i]` up to, but not including, `ends[i]`. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** Whether an escape was resolved. */
  readonly resolved: boolean;
}

const PERCENT = 0x25;
const AMPERSAND = 0x26;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
const LOWER_X = 0x78;
const EQUALS = 0x3d;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** In the output behind a backslash: an upper-case U, which may have eight digits. No text has it: control characters are left out. */
const LONG_U = 0x01;
const HASH = 0x23;
/** The blank before the full-width form of `!`. */
const FULL_WIDTH = 0xff00;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** `&#x10ffff;` is the longest reference to a character. */
const MAX_REFERENCE_BYTES = 10;
/** `\u0041` of JSON, `%u0041` of old JavaScript. */
const ESCAPES_OF_POINTS = new Set([BACKSLASH, PERCENT]);
/** `\n`, `\r`, `\t`, `\f`, `\v`: white space, as the characters themselves. */
const ESCAPED_SPACE = new Set(Array.from('nrtfv', (char) => char.charCodeAt(0)));

/** `\u0041`, `\x41`, `\101`: more has to come. */
const KEPT_AFTER_BACKSLASH = new Set(Array.from('ux0123', (char) => char.charCodeAt(0)));

export class CanonicalWriter {
  #bytes: Uint8Array;
  #starts: Uint32Array;
  #ends: Uint32Array;
  #length = 0;
  readonly #escapes: Escapes;
  #resolved = false;
  /** Place in the output of a number of a character without a semicolon behind it, `&#115`, and -1 otherwise. */
  #openReference = -1;
  /** The first half of a surrogate pair that an escape has made, and the length of the output then. */
  #half = 0;
  #halfEnd = -1;

  constructor(characters: number, escapes: Escapes) {
    this.#escapes = escapes;
    // ASCII, most of the time.
    this.#bytes = new Uint8Array(characters);
    this.#starts = new Uint32Array(characters);
    this.#ends = new Uint32Array(characters);
  }

  text(): CanonicalText {
    this.#closeReference(0);
    return {
      bytes: this.#bytes.subarray(0, this.#length),
      starts: this.#starts.subarray(0, this.#length),
      ends: this.#ends.subarray(0, this.#length),
      resolved: this.#resolved,
    };
  }

  /** A character beyond ASCII, as its UTF-8 bytes; invisible ones and white space are left out. */
  pushPoint(point: number, start: number, end: number): void {
    this.#closeReference(0);
    if (isIdeograph(point)) {
      this.#append(0xe0 | (point >> 12), start, end);
      this.#append(0x80 | ((point >> 6) & 0x3f), start, end);
      this.#append(0x80 | (point & 0x3f), start, end);
      return;
    }
    if (isInvisible(point)) return;
    if (point >= 0xd800 && point <= 0xdfff) this.#pushSurrogate(point, start, end);
    else if (hasOtherWidth(point)) this.#pushUsualWidth(point, start, end);
    else this.#appendLower(point, start, end);
  }

  /** Half a pair becomes the replacement character, until the other half is behind it. */
  #pushSurrogate(unit: number, start: number, end: number): void {
    if (unit >= 0xdc00 && this.#halfEnd === this.#length) {
      this.#length -= utf8(0xfffd).length;
      const pair = 0x10000 + ((this.#half - 0xd800) << 10) + (unit - 0xdc00);
      this.pushPoint(pair, this.#starts[this.#length] ?? start, end);
      return;
    }
    this.#appendLower(0xfffd, start, end);
    if (unit >= 0xdc00) return;
    this.#half = unit;
    this.#halfEnd = this.#length;
  }

  #pushUsualWidth(point: number, start: number, end: number): void {
    if (point > FULL_WIDTH && point < FULL_WIDTH + 0x5f) {
      this.push(lowerCase(point - FULL_WIDTH + 0x20), start, end);
      return;
    }
    for (const char of String.fromCodePoint(point).normalize('NFKC')) {
      const usual = char.codePointAt(0) ?? 0;
      if (usual < 0x80) this.push(lowerCase(usual), start, end);
      else this.#appendLower(usual, start, end);
    }
  }

  #appendLower(point: number, start: number, end: number): void {
    const lower = String.fromCodePoint(point).toLowerCase().codePointAt(0) ?? point;
    for (const byte of utf8(lower)) this.#append(byte, start, end);
  }

  pushUpperU(start: number, end: number): void {
    const isEscape = this.#escapes === 'common' && this.#bytes[this.#length - 1] === BACKSLASH;
    if (isEscape) this.#append(LONG_U, start, end);
    else this.push(LOWER_U, start, end);
  }

  push(byte: number, start: number, end: number): void {
    if (byte <= 0x20 || byte === 0x7f) {
      this.#closeReference(0);
      this.#dropBefore(byte);
      return;
    }
    if (this.#escapes !== 'common') {
      this.#append(byte, start, end);
      if (this.#escapes === 'quotedPrintable' && isHexDigit(byte)) this.#resolveEquals(end);
      return;
    }
    this.#closeReference(byte);
    const before = this.#length === 0 ? 0 : (this.#bytes[this.#length - 1] ?? 0);
    if (before === BACKSLASH && !KEPT_AFTER_BACKSLASH.has(byte)) {
      this.#escaped(byte, end);
      return;
    }
    this.#append(byte, start, end);
    if (byte === SEMICOLON) this.#resolveReference(end);
    else if (byte === CLOSING_BRACE) this.#resolveBraces(end);
    else if (isHexDigit(byte)) this.#resolveDigits(end);
    else if (byte === HASH && before === AMPERSAND) this.#openReference = this.#length - 2;
  }

  /** `=5F`. What it stands for begins no other escape. */
  #resolveEquals(end: number): void {
    const from = this.#length - 3;
    const code = this.#bytes[from] === EQUALS ? this.#number(from + 1, this.#length, 16) : undefined;
    if (code === undefined) return;
    this.#length = from;
    if (code > 0x20) this.#append(lowerCase(code), this.#starts[from] ?? 0, end);
  }

  /** A backslash at the end of a line continues it; in quoted-printable an equals sign does. */
  #dropBefore(byte: number): void {
    const sign = { common: BACKSLASH, quotedPrintable: EQUALS, literal: -1 }[this.#escapes];
    if ((byte !== LINE_FEED && byte !== CARRIAGE_RETURN) || this.#bytes[this.#length - 1] !== sign) return;
    this.#resolved = true;
    this.#length -= 1;
  }

  /** `&#115`, `&#x73`: the number of a character ends before the first byte that is no digit, also without a semicolon. */
  #closeReference(next: number): void {
    const from = this.#openReference;
    if (from < 0 || next === SEMICOLON) return;
    const hex = this.#bytes[from + 2] === LOWER_X;
    const goesOn = isDigit(next, hex) || (next === LOWER_X && this.#length === from + 2);
    if (goesOn && this.#length - from < MAX_REFERENCE_BYTES) return;
    this.#openReference = -1;
    this.#replaceNumbered(from, this.#length, this.#ends[this.#length - 1] ?? 0);
  }

  /** `&#115` or `&#x73`, whose digits end before `to`. */
  #replaceNumbered(from: number, to: number, end: number): void {
    const hex = this.#bytes[from + 2] === LOWER_X;
    this.#replacePoint(from, hex ? this.#number(from + 3, to, 16) : this.#number(from + 2, to, 10), end);
  }

  /** `\/`, `\"`, `\\`, `\n`: the backslash goes, and what it stands for stays. */
  #escaped(byte: number, end: number): void {
    this.#resolved = true;
    this.#length -= 1;
    const start = this.#starts[this.#length] ?? 0;
    if (ESCAPED_SPACE.has(byte)) return;
    // Pushed anew: `\\/` is an escape within an escape. A backslash itself waits for what follows.
    if (byte === BACKSLASH) this.#append(byte, start, end);
    else this.push(byte, start, end);
  }

  /** `%41`, `\x41`, `\u0041`, `%u0041`, `\U00000041`, `\101`: the end of the output may be one of them now. */
  #resolveDigits(end: number): void {
    const last = this.#length;
    if (this.#bytes[last - 3] === PERCENT) this.#replaceByte(last - 3, last - 2, end);
    else if (this.#bytes[last - 4] === BACKSLASH && this.#bytes[last - 3] === LOWER_X)
      this.#replaceByte(last - 4, last - 2, end);
    else if (this.#bytes[last - 5] === LOWER_U && ESCAPES_OF_POINTS.has(this.#bytes[last - 6] ?? 0))
      this.#replacePoint(last - 6, this.#number(last - 4, last, 16), end);
    else if (this.#bytes[last - 5] === LONG_U) this.#resolveShortOfLong(last, end);
    else if (this.#bytes[last - 9] === LONG_U)
      this.#replacePoint(last - 10, this.#number(last - 8, last, 16), end);
    else if (this.#bytes[last - 4] === BACKSLASH) this.#replaceByte(last - 4, last - 3, end, 8);
  }

  /** `\U0026` is upper-case JSON; `\U0000` and `\U0001` have four more digits. */
  #resolveShortOfLong(last: number, end: number): void {
    const point = this.#number(last - 4, last, 16);
    if (point !== undefined && point > 1) this.#replacePoint(last - 6, point, end);
  }

  /** `\u{1f600}`. */
  #resolveBraces(end: number): void {
    const last = this.#length - 1;
    let from = last - 1;
    while (from >= 2 && last - from <= MAX_REFERENCE_BYTES && this.#bytes[from] !== OPENING_BRACE) from -= 1;
    const letter = this.#bytes[from - 1];
    if (this.#bytes[from] !== OPENING_BRACE || (letter !== LOWER_U && letter !== LONG_U)) return;
    if (this.#bytes[from - 2] === BACKSLASH)
      this.#replacePoint(from - 2, this.#number(from + 1, last, 16), end);
  }

  /** `&amp;`, `&#38;`, `&#x26;`. */
  #resolveReference(end: number): void {
    this.#openReference = -1;
    const last = this.#length - 1;
    let from = last - 1;
    while (from >= 0 && last - from <= MAX_REFERENCE_BYTES && this.#bytes[from] !== AMPERSAND) from -= 1;
    if (this.#bytes[from] !== AMPERSAND || from === last - 1) return;
    if (this.#bytes[from + 1] !== HASH) {
      const named = NAMED_REFERENCES[String.fromCharCode(...this.#bytes.subarray(from + 1, last))];
      if (named !== undefined) this.#replacePoint(from, named.charCodeAt(0), end);
      return;
    }
    this.#replaceNumbered(from, last, end);
  }

  #replaceByte(from: number, digits: number, end: number, base: 8 | 16 = 16): void {
    const value = this.#number(digits, this.#length, base);
    if (value === undefined) return;
    if (value < 0x80) this.#replacePoint(from, value, end);
    else {
      this.#resolved = true;
      this.#length = from;
      this.#append(value, this.#starts[from] ?? 0, end);
    }
  }

  #replacePoint(from: number, point: number | undefined, end: number): void {
    if (point === undefined || point > 0x10ffff) return;
    this.#resolved = true;
    this.#length = from;
    const start = this.#starts[from] ?? 0;
    if (point < 0x80) this.push(lowerCase(point), start, end);
    else this.pushPoint(point, start, end);
  }

  /** Undefined when it is not all digits. */
  #number(from: number, to: number, base: 8 | 10 | 16): number | undefined {
    let value = 0;
    for (let at = from; at < to; at += 1) {
      const byte = this.#bytes[at] ?? 0;
      const digit = byte <= 0x39 ? byte - 0x30 : byte - 0x61 + 10;
      if (!isHexDigit(byte) || digit >= base) return undefined;
      value = value * base + digit;
    }
    return from < to ? value : undefined;
  }

  #append(byte: number, start: number, end: number): void {
    if (this.#length === this.#bytes.length) this.#grow();
    this.#bytes[this.#length] = byte;
    this.#starts[this.#length] = start;
    this.#ends[this.#length] = end;
    this.#length += 1;
  }

  #grow(): void {
    const capacity = 2 * this.#bytes.length + 8;
    this.#bytes = copied(new Uint8Array(capacity), this.#bytes);
    this.#starts = copied(new Uint32Array(capacity), this.#starts);
    this.#ends = copied(new Uint32Array(capacity), this.#ends);
  }
}

function copied<T extends Uint8Array | Uint32Array>(target: T, source: T): T {
  target.set(source);
  return target;
}
