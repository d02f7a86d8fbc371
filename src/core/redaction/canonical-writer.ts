/**
 * Writes the canonical form of a text, character by character. The output grows by one byte at a time, and shrinks whenever its end has
 * become a complete escape. The form is defined in canonical-text.ts.
 */
import { CanonicalBuffer, ESCAPE, type CanonicalText } from './canonical-buffer.js';
import { hasOtherWidth, isDigit, isHexDigit, isIdeograph, isInvisible } from './code-points.js';
import { lowerCase, NAMED_REFERENCES } from './code-points.js';

/**
 * Which escapes are resolved. `quotedPrintable` resolves only `=5F`, because `key=5Fab` can be read in both ways. `literal` resolves
 * none: a single `\` or `%` before a secret could form an unintended escape with it.
 */
export type Escapes = 'common' | 'quotedPrintable' | 'literal';

const PERCENT = 0x25;
const AMPERSAND = 0x26;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
const LOWER_X = 0x78;
const EQUALS = 0x3d;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** Stands for an upper-case U after a backslash, which may have eight digits. The output has no other control characters. */
const LONG_U = 0x01;
const HASH = 0x23;
/** The code point before the full-width form of `!`. */
const FULL_WIDTH = 0xff00;
/** ESC and `[` in one character. */
const ESCAPE_AND_BRACKET = 0x9b;
const OPENING_BRACKET = 0x5b;
const UNDERSCORE = 0x5f;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** The longest number of a character: `&#x10ffff;` with zeros before it. */
const MAX_REFERENCE_BYTES = 14;
/** The longest name of a character: `&diacriticalgrave;`. */
const MAX_NAME_BYTES = 17;
/** The characters before `u0041` in escapes of code points: `\u0041` in JSON, `%u0041` in old JavaScript. */
const ESCAPES_OF_POINTS = new Set([BACKSLASH, PERCENT]);
/** Quotes, which CSV and SQL double inside a text. */
const QUOTES = new Set([0x22, 0x27]);
/** Escapes of white space: `\n`, `\r`, `\t`, `\f`, `\v`. They are left out like white space itself. */
const ESCAPED_SPACE = new Set(Array.from('nrtfv', (char) => char.charCodeAt(0)));

/** Characters after a backslash that begin a longer escape: `\u0041`, `\x41`, `\101`, `\57`. */
const KEPT_AFTER_BACKSLASH = new Set(Array.from('ux01234567', (char) => char.charCodeAt(0)));
/** Digits of a byte in octal, and of a character in CSS: `\101`, `\00002f`. */
const OCTAL_DIGITS = 3;
const CSS_DIGITS = 6;
const MAX_OCTAL = 0o377;
/** The longest escapes with braces or eight digits: `\U0001f600` and `\x{10ffff}` have 10 bytes. */
const MAX_BRACED_BYTES = 10;

const BEFORE_BRACES = new Set([LOWER_U, LONG_U, LOWER_X]);
const DIGIT_ZERO = 0x30;
const DIGIT_SEVEN = 0x37;

export class CanonicalWriter extends CanonicalBuffer {
  readonly #escapes: Escapes;
  /** Position in the output of a character number without a semicolon so far, `&#115`; otherwise -1. */
  #openReference = -1;
  /** Position in the output of a backslash with digits that may be incomplete, `\57`; otherwise -1. */
  #openDigits = -1;

  constructor(characters: number, escapes: Escapes) {
    super(characters);
    this.#escapes = escapes;
  }

  override text(): CanonicalText {
    this.#close(0);
    return super.text();
  }

  /** Completes escapes that end before the byte `next`. */
  #close(next: number): void {
    if (this.#openDigits >= 0) this.#closeDigits(next);
    if (this.#openReference >= 0) this.#closeReference(next);
  }

  /** Adds a character beyond ASCII as UTF-8 bytes; invisible characters and white space are left out. */
  pushPoint(point: number, start: number, end: number): void {
    this.#close(0);
    if (isIdeograph(point)) {
      this.appendIdeograph(point, start, end);
      return;
    }
    if (point === ESCAPE_AND_BRACKET) {
      this.beginSequence();
      this.append(OPENING_BRACKET, start, end);
      return;
    }
    if (isInvisible(point)) return;
    if (point >= 0xd800 && point <= 0xdfff) {
      const pair = this.appendSurrogate(point, start, end);
      if (pair !== undefined) this.pushPoint(pair, this.startOf(this.length), end);
    } else if (hasOtherWidth(point)) this.#pushUsualWidth(point, start, end);
    else this.appendLower(point, start, end);
  }

  #pushUsualWidth(point: number, start: number, end: number): void {
    if (point > FULL_WIDTH && point < FULL_WIDTH + 0x5f) {
      this.push(lowerCase(point - FULL_WIDTH + 0x20), start, end);
      return;
    }
    for (const char of String.fromCodePoint(point).normalize('NFKC')) {
      const usual = char.codePointAt(0) ?? 0;
      if (usual < 0x80) this.push(lowerCase(usual), start, end);
      else this.appendLower(usual, start, end);
    }
  }

  pushUpperU(start: number, end: number): void {
    const isEscape = this.#escapes === 'common' && this.bytes[this.length - 1] === BACKSLASH;
    if (isEscape) this.append(LONG_U, start, end);
    else this.push(LOWER_U, start, end);
  }

  push(byte: number, start: number, end: number): void {
    if (byte <= 0x20 || byte === 0x7f) {
      this.#close(0);
      this.#dropBefore(byte);
      if (byte === ESCAPE) this.beginSequence();
      return;
    }
    if (this.#escapes !== 'common') {
      this.append(byte, start, end);
      if (this.#escapes === 'quotedPrintable' && isHexDigit(byte)) this.#resolveEquals(end);
      return;
    }
    this.#close(byte);
    const before = this.length === 0 ? 0 : (this.bytes[this.length - 1] ?? 0);
    if (before === BACKSLASH && !KEPT_AFTER_BACKSLASH.has(byte)) {
      this.#escaped(byte, end);
      return;
    }
    if (byte === before && QUOTES.has(byte)) {
      this.extendTo(end);
      return;
    }
    this.append(byte, start, end);
    if (before === BACKSLASH && isDigit(byte, false)) this.#openDigits = this.length - 2;
    if (byte === SEMICOLON) this.#resolveReference(end);
    else if (byte === CLOSING_BRACE) this.#resolveBraces(end);
    else if (byte === UNDERSCORE) this.#resolveUnderscores(end);
    else if (isHexDigit(byte)) this.#resolveDigits(end);
    else if (byte === HASH && before === AMPERSAND) this.#openReference = this.length - 2;
  }

  /** Resolves `=5F`. The result is not part of another escape. */
  #resolveEquals(end: number): void {
    const from = this.length - 3;
    const code = this.bytes[from] === EQUALS ? this.number(from + 1, this.length, 16) : undefined;
    if (code === undefined) return;
    this.length = from;
    if (code > 0x20) this.append(lowerCase(code), this.startOf(from), end);
  }

  /** Removes the character that continues a line at its end: a backslash, or in quoted-printable an equals sign. */
  #dropBefore(byte: number): void {
    const sign = { common: BACKSLASH, quotedPrintable: EQUALS, literal: -1 }[this.#escapes];
    if ((byte !== LINE_FEED && byte !== CARRIAGE_RETURN) || this.bytes[this.length - 1] !== sign) return;
    this.resolved = true;
    this.length -= 1;
  }

  /** Resolves `\57`, `\101`, `\00002f`: the digits end before the first other byte, or at their largest number. */
  #closeDigits(next: number): void {
    const from = this.#openDigits;
    const digits = this.length - from - 1;
    const isCss = digits >= OCTAL_DIGITS && this.number(from + 1, from + 4, 8) === 0;
    if (isCss && digits < CSS_DIGITS && (digits > OCTAL_DIGITS ? isHexDigit(next) : next === DIGIT_ZERO))
      return;
    if (digits < OCTAL_DIGITS && next >= DIGIT_ZERO && next <= DIGIT_SEVEN) return;
    this.#openDigits = -1;
    const end = this.endOf(this.length - 1);
    if (digits === CSS_DIGITS) {
      this.#replacePoint(from, this.number(from + 1, this.length, 16), end);
      return;
    }
    if (digits > OCTAL_DIGITS) return;
    const value = this.number(from + 1, this.length, 8) ?? 0;
    if (value > MAX_OCTAL) this.#resolveTwoDigits(from);
    else if (digits === OCTAL_DIGITS) this.#replaceByte(from, from + 1, end, 8);
    // Control characters are resolved only with three digits.
    else if (value > 0x20) this.#replacePoint(from, value, end);
    else if (digits === 1 && value > 3) this.#replacePoint(from, this.bytes[from + 1], end);
  }

  /** Resolves the first two digits of `\571`, for writers that escape `/1` without leading zeros. */
  #resolveTwoDigits(from: number): void {
    const last = this.bytes[this.length - 1] ?? 0;
    const [start, end] = [this.startOf(this.length - 1), this.endOf(this.length - 1)];
    this.length -= 1;
    this.#replacePoint(from, this.number(from + 1, this.length, 8), start);
    this.append(last, start, end);
  }

  /** Resolves `_x002f_`, the escape of XML and Excel. */
  #resolveUnderscores(end: number): void {
    const from = this.length - 7;
    if (this.bytes[from] !== UNDERSCORE || this.bytes[from + 1] !== LOWER_X) return;
    this.#replacePoint(from, this.number(from + 2, from + 6, 16), end);
  }

  /** Resolves `&#115`, `&#x73`: the digits end before the first other byte, even without a semicolon. */
  #closeReference(next: number): void {
    const from = this.#openReference;
    if (next === SEMICOLON) return;
    const hex = this.bytes[from + 2] === LOWER_X;
    const goesOn = isDigit(next, hex) || (next === LOWER_X && this.length === from + 2);
    if (goesOn && this.length - from < MAX_REFERENCE_BYTES) return;
    this.#openReference = -1;
    this.#replaceNumbered(from, this.length, this.endOf(this.length - 1));
  }

  /** Resolves `&#115` or `&#x73`, whose digits end before `to`. */
  #replaceNumbered(from: number, to: number, end: number): void {
    const hex = this.bytes[from + 2] === LOWER_X;
    this.#replacePoint(from, hex ? this.number(from + 3, to, 16) : this.number(from + 2, to, 10), end);
  }

  /** Resolves `\/`, `\"`, `\\`, `\n`: the backslash is removed, the escaped character stays. */
  #escaped(byte: number, end: number): void {
    this.resolved = true;
    this.length -= 1;
    const start = this.startOf(this.length);
    if (ESCAPED_SPACE.has(byte)) return;
    // Pushed again, because `\\/` is an escape within an escape. A backslash is only appended, as it may begin the next escape.
    if (byte === BACKSLASH) this.append(byte, start, end);
    else this.push(byte, start, end);
  }

  /** Resolves an escape at the end of the output: `%41`, `\x41`, `\u0041`, `%u0041`, `\U00000041`. */
  #resolveDigits(end: number): void {
    const last = this.length;
    if (this.bytes[last - 3] === PERCENT) this.#replaceByte(last - 3, last - 2, end);
    else if (this.bytes[last - 4] === BACKSLASH && this.bytes[last - 3] === LOWER_X)
      this.#replaceByte(last - 4, last - 2, end);
    else if (this.bytes[last - 5] === LOWER_U && ESCAPES_OF_POINTS.has(this.bytes[last - 6] ?? 0))
      this.#replacePoint(last - 6, this.number(last - 4, last, 16), end);
    else if (this.bytes[last - 5] === LONG_U) this.#resolveShortOfLong(last, end);
    else if (this.bytes[last - 9] === LONG_U)
      this.#replacePoint(last - 10, this.number(last - 8, last, 16), end);
  }

  /** `\U0026` is JSON in upper case; after `\U0000` and `\U0001` four more digits follow. */
  #resolveShortOfLong(last: number, end: number): void {
    const point = this.number(last - 4, last, 16);
    if (point !== undefined && point > 1) this.#replacePoint(last - 6, point, end);
  }

  /** `\u{1f600}`, `\x{2f}`. */
  #resolveBraces(end: number): void {
    const last = this.length - 1;
    let from = last - 1;
    while (from >= 2 && last - from <= MAX_BRACED_BYTES && this.bytes[from] !== OPENING_BRACE) from -= 1;
    const letter = this.bytes[from - 1];
    if (this.bytes[from] !== OPENING_BRACE || !BEFORE_BRACES.has(letter ?? 0)) return;
    if (this.bytes[from - 2] === BACKSLASH)
      this.#replacePoint(from - 2, this.number(from + 1, last, 16), end);
  }

  /** `&amp;`, `&#38;`, `&#x26;`. */
  #resolveReference(end: number): void {
    this.#openReference = -1;
    const last = this.length - 1;
    let from = last - 1;
    while (from >= 0 && last - from <= MAX_NAME_BYTES && this.bytes[from] !== AMPERSAND) from -= 1;
    if (this.bytes[from] !== AMPERSAND || from === last - 1) return;
    if (this.bytes[from + 1] !== HASH) {
      const named = NAMED_REFERENCES.get(String.fromCharCode(...this.bytes.subarray(from + 1, last)));
      if (named !== undefined) this.#replacePoint(from, named.charCodeAt(0), end);
      return;
    }
    this.#replaceNumbered(from, last, end);
  }

  #replaceByte(from: number, digits: number, end: number, base: 8 | 16 = 16): void {
    const value = this.number(digits, this.length, base);
    if (value === undefined) return;
    if (value < 0x80) this.#replacePoint(from, value, end);
    else {
      this.resolved = true;
      this.length = from;
      this.append(value, this.startOf(from), end);
    }
  }

  #replacePoint(from: number, point: number | undefined, end: number): void {
    if (point === undefined || point > 0x10ffff) return;
    this.resolved = true;
    this.length = from;
    const start = this.startOf(from);
    if (point < 0x80) this.push(lowerCase(point), start, end);
    else this.pushPoint(point, start, end);
  }
}
