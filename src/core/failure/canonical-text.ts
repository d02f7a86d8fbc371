/**
 * One form for all spellings of the same text: escapes of JSON, PHP, Go, HTML and URLs are resolved, however often they were
 * applied, white space and line breaks are left out, and letters are lower-case. Characters beyond ASCII become their UTF-8
 * bytes. Each byte remembers which stretch of the source it came from. One pass, linear in the text.
 */

export interface CanonicalText {
  /** Bytes, one number each. */
  readonly bytes: Uint8Array;
  /** Byte `i` came from the source characters `starts[i]` up to, but not including, `ends[i]`. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

const PERCENT = 0x25;
const AMPERSAND = 0x26;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
const LOWER_X = 0x78;
const HASH = 0x23;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** `&#x10ffff;` is the longest reference to a character. */
const MAX_REFERENCE_BYTES = 10;
const NAMED_REFERENCES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  sol: '/',
  equals: '=',
  plus: '+',
};
/** `\n`, `\r`, `\t`, `\f`, `\v`: white space, as the characters themselves. */
const ESCAPED_SPACE = new Set(Array.from('nrtfv', (char) => char.charCodeAt(0)));

/** `\u0041`, `\x41`, `\101`: more has to come. */
const KEPT_AFTER_BACKSLASH = new Set(Array.from('ux0123', (char) => char.charCodeAt(0)));

export function canonicalText(source: string): CanonicalText {
  const writer = new CanonicalWriter(source.length);
  for (let at = 0; at < source.length; at += 1) {
    const code = source.charCodeAt(at);
    if (code < 0x80) writer.push(lowerCase(code), at, at + 1);
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

/** Output that grows by one byte and shrinks whenever its end has become a whole escape. */
class CanonicalWriter {
  #bytes: Uint8Array;
  #starts: Uint32Array;
  #ends: Uint32Array;
  #length = 0;

  constructor(characters: number) {
    // ASCII, most of the time.
    this.#bytes = new Uint8Array(characters);
    this.#starts = new Uint32Array(characters);
    this.#ends = new Uint32Array(characters);
  }

  text(): CanonicalText {
    const bytes = this.#bytes.subarray(0, this.#length);
    return {
      bytes,
      starts: this.#starts.subarray(0, this.#length),
      ends: this.#ends.subarray(0, this.#length),
    };
  }

  /** A character beyond ASCII, as its UTF-8 bytes; invisible ones and white space are left out. */
  pushPoint(point: number, start: number, end: number): void {
    if (isIdeograph(point)) {
      this.#append(0xe0 | (point >> 12), start, end);
      this.#append(0x80 | ((point >> 6) & 0x3f), start, end);
      this.#append(0x80 | (point & 0x3f), start, end);
      return;
    }
    if (isInvisible(point)) return;
    const known = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
    const lower = String.fromCodePoint(known).toLowerCase().codePointAt(0) ?? known;
    for (const byte of utf8(lower)) this.#append(byte, start, end);
  }

  push(byte: number, start: number, end: number): void {
    if (byte <= 0x20 || byte === 0x7f) {
      this.#dropBackslashBefore(byte);
      return;
    }
    const before = this.#length === 0 ? 0 : (this.#bytes[this.#length - 1] ?? 0);
    if (before === BACKSLASH && !KEPT_AFTER_BACKSLASH.has(byte)) {
      this.#escaped(byte, end);
      return;
    }
    this.#append(byte, start, end);
    if (byte === SEMICOLON) this.#resolveReference(end);
    else if (byte === CLOSING_BRACE) this.#resolveBraces(end);
    else if (isHexDigit(byte)) this.#resolveDigits(end);
  }

  /** A backslash at the end of a line continues it. */
  #dropBackslashBefore(byte: number): void {
    if (byte === 0x0a && this.#bytes[this.#length - 1] === BACKSLASH) this.#length -= 1;
  }

  /** `\/`, `\"`, `\\`, `\n`: the backslash goes, and what it stands for stays. */
  #escaped(byte: number, end: number): void {
    this.#length -= 1;
    const start = this.#starts[this.#length] ?? 0;
    if (ESCAPED_SPACE.has(byte)) return;
    // Pushed anew: `\\/` is an escape within an escape. A backslash itself waits for what follows.
    if (byte === BACKSLASH) this.#append(byte, start, end);
    else this.push(byte, start, end);
  }

  /** `%41`, `\x41`, `\u0041`, `\101`: the end of the output may be one of them now. */
  #resolveDigits(end: number): void {
    const last = this.#length;
    if (this.#bytes[last - 3] === PERCENT) this.#replaceByte(last - 3, last - 2, end);
    else if (this.#bytes[last - 4] === BACKSLASH && this.#bytes[last - 3] === LOWER_X)
      this.#replaceByte(last - 4, last - 2, end);
    else if (this.#bytes[last - 6] === BACKSLASH && this.#bytes[last - 5] === LOWER_U)
      this.#replacePoint(last - 6, this.#number(last - 4, last, 16), end);
    else if (this.#bytes[last - 4] === BACKSLASH) this.#replaceByte(last - 4, last - 3, end, 8);
  }

  /** `\u{1f600}`. */
  #resolveBraces(end: number): void {
    const last = this.#length - 1;
    let from = last - 1;
    while (from >= 2 && last - from <= MAX_REFERENCE_BYTES && this.#bytes[from] !== OPENING_BRACE) from -= 1;
    if (this.#bytes[from] !== OPENING_BRACE || this.#bytes[from - 1] !== LOWER_U) return;
    const point = this.#number(from + 1, last, 16);
    const isPoint = this.#bytes[from - 2] === BACKSLASH && point !== undefined && point <= 0x10ffff;
    if (isPoint) this.#replacePoint(from - 2, point, end);
  }

  /** `&amp;`, `&#38;`, `&#x26;`. */
  #resolveReference(end: number): void {
    const last = this.#length - 1;
    let from = last - 1;
    while (from >= 0 && last - from <= MAX_REFERENCE_BYTES && this.#bytes[from] !== AMPERSAND) from -= 1;
    if (this.#bytes[from] !== AMPERSAND || from === last - 1) return;
    if (this.#bytes[from + 1] !== HASH) {
      const named = NAMED_REFERENCES[String.fromCharCode(...this.#bytes.subarray(from + 1, last))];
      if (named !== undefined) this.#replacePoint(from, named.charCodeAt(0), end);
      return;
    }
    const hex = this.#bytes[from + 2] === LOWER_X;
    const point = hex ? this.#number(from + 3, last, 16) : this.#number(from + 2, last, 10);
    if (point !== undefined && point <= 0x10ffff) this.#replacePoint(from, point, end);
  }

  #replaceByte(from: number, digits: number, end: number, base: 8 | 16 = 16): void {
    const value = this.#number(digits, this.#length, base);
    if (value === undefined) return;
    if (value < 0x80) this.#replacePoint(from, value, end);
    else {
      this.#length = from;
      this.#append(value, this.#starts[from] ?? 0, end);
    }
  }

  #replacePoint(from: number, point: number | undefined, end: number): void {
    if (point === undefined) return;
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

function lowerCase(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
}

/** Lower-case, as everything in the output. */
function isHexDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66);
}

/** Has a width and no case: most characters of Chinese, Japanese and Korean, which are not looked up one by one. */
function isIdeograph(point: number): boolean {
  return (point >= 0x3400 && point <= 0x9fff) || (point >= 0xac00 && point <= 0xd7a3);
}

/** White space beyond ASCII, and characters without a width, which can be put inside a text unseen. */
function isInvisible(point: number): boolean {
  return /[\s\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}]/u.test(String.fromCodePoint(point));
}

function utf8(point: number): readonly number[] {
  if (point < 0x80) return [point];
  const continuation = (shift: number): number => 0x80 | ((point >> shift) & 0x3f);
  if (point < 0x800) return [0xc0 | (point >> 6), continuation(0)];
  if (point < 0x10000) return [0xe0 | (point >> 12), continuation(6), continuation(0)];
  return [0xf0 | (point >> 18), continuation(12), continuation(6), continuation(0)];
}
