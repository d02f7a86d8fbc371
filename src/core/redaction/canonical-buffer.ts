/**
 * The output of `canonical-writer`: bytes, each with the part of the source that it came from. It grows by one byte at a time, and
 * shrinks when its end has become a complete escape. Control sequences of terminals (`ESC [ 31 m`) are removed when they are complete.
 */
import { isHexDigit, utf8 } from './code-points.js';

export interface CanonicalText {
  /** Bytes, one number each. */
  readonly bytes: Uint8Array;
  /** Byte `i` came from the source characters `starts[i]` up to, but not including, `ends[i]`. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** Whether an escape was resolved. */
  readonly resolved: boolean;
}

export const ESCAPE = 0x1b;
const OPENING_BRACKET = 0x5b;
const OPENING_PARENTHESIS = 0x28;
/** The longest control sequence; longer ones are kept as text. */
const MAX_SEQUENCE_BYTES = 32;
/** The longest escape within a control sequence: `\u005b` may be the bracket after an ESC. */
const MAX_ESCAPE_BYTES = 10;
/** The first characters of escapes: `%`, `&`, `\`. */
const ESCAPES_BEGIN_WITH = new Set([0x25, 0x26, 0x5c]);

export class CanonicalBuffer {
  protected bytes: Uint8Array;
  protected length = 0;
  protected resolved = false;
  #starts: Uint32Array;
  #ends: Uint32Array;
  /** The position after an ESC where a control sequence may have begun, otherwise -1. */
  #sequence = -1;
  /** The first half of a surrogate pair, made by an escape, and the length of the output at that time. */
  #half = 0;
  #halfEnd = -1;

  constructor(characters: number) {
    // Enough for ASCII, which most texts are.
    this.bytes = new Uint8Array(characters);
    this.#starts = new Uint32Array(characters);
    this.#ends = new Uint32Array(characters);
  }

  text(): CanonicalText {
    return {
      bytes: this.bytes.subarray(0, this.length),
      starts: this.#starts.subarray(0, this.length),
      ends: this.#ends.subarray(0, this.length),
      resolved: this.resolved,
    };
  }

  protected startOf(at: number): number {
    return this.#starts[at] ?? 0;
  }

  protected endOf(at: number): number {
    return this.#ends[at] ?? 0;
  }

  /** Extends the source part of the last byte to `end`. */
  protected extendTo(end: number): void {
    this.#ends[this.length - 1] = end;
  }

  protected beginSequence(): void {
    this.#sequence = this.length;
  }

  protected append(byte: number, start: number, end: number): void {
    if (this.length === this.bytes.length) this.#grow();
    this.bytes[this.length] = byte;
    this.#starts[this.length] = start;
    this.#ends[this.length] = end;
    this.length += 1;
    if (this.#sequence >= 0) this.#goOnWithSequence(byte);
  }

  protected appendLower(point: number, start: number, end: number): void {
    const lower = String.fromCodePoint(point).toLowerCase().codePointAt(0) ?? point;
    for (const byte of utf8(lower)) this.append(byte, start, end);
  }

  protected appendIdeograph(point: number, start: number, end: number): void {
    this.append(0xe0 | (point >> 12), start, end);
    this.append(0x80 | ((point >> 6) & 0x3f), start, end);
    this.append(0x80 | (point & 0x3f), start, end);
  }

  /** Half of a surrogate pair becomes the replacement character. When the other half follows, the character of both replaces it. */
  protected appendSurrogate(unit: number, start: number, end: number): number | undefined {
    if (unit >= 0xdc00 && this.#halfEnd === this.length) {
      this.length -= utf8(0xfffd).length;
      return 0x10000 + ((this.#half - 0xd800) << 10) + (unit - 0xdc00);
    }
    this.appendLower(0xfffd, start, end);
    if (unit < 0xdc00) {
      this.#half = unit;
      this.#halfEnd = this.length;
    }
    return undefined;
  }

  #goOnWithSequence(byte: number): void {
    const from = this.#sequence;
    const size = this.length - from;
    const first = this.bytes[from] ?? 0;
    if (first === OPENING_BRACKET && size >= 1) {
      if (size === 1) return;
      const isFinal = byte >= 0x40 && byte <= 0x7e;
      if (isFinal) this.length = from;
      if (!isFinal && byte >= 0x20 && size < MAX_SEQUENCE_BYTES) return;
    } else if (first === OPENING_PARENTHESIS && size >= 1) {
      if (size === 1) return;
      this.length = from;
    } else if (size >= 1 && size < MAX_ESCAPE_BYTES && ESCAPES_BEGIN_WITH.has(first)) return;
    this.#sequence = -1;
  }

  /** Undefined if a byte is no digit. */
  protected number(from: number, to: number, base: 8 | 10 | 16): number | undefined {
    let value = 0;
    for (let at = from; at < to; at += 1) {
      const byte = this.bytes[at] ?? 0;
      const digit = byte <= 0x39 ? byte - 0x30 : byte - 0x61 + 10;
      if (!isHexDigit(byte) || digit >= base) return undefined;
      value = value * base + digit;
    }
    return from < to ? value : undefined;
  }

  #grow(): void {
    const capacity = 2 * this.bytes.length + 8;
    this.bytes = copied(new Uint8Array(capacity), this.bytes);
    this.#starts = copied(new Uint32Array(capacity), this.#starts);
    this.#ends = copied(new Uint32Array(capacity), this.#ends);
  }
}

function copied<T extends Uint8Array | Uint32Array>(target: T, source: T): T {
  target.set(source);
  return target;
}
