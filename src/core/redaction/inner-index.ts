/**
 * Finds parts of known strings that are cut at both ends, or that have letters next to them. Every fifth run of eight bytes of each
 * string is indexed by its hash; any part of twelve bytes contains one of these runs. From there a match is extended in both directions.
 * One rolling hash over the text; the number of steps is bounded by its length.
 */
const BLOCK_BYTES = 8;
const STRIDE = 5;
/** A match of this many bytes is certain; a shorter one may be an ordinary word. */
const MIN_BYTES = 16;
/** The same for a match with a digit in it. */
const MIN_BYTES_WITH_DIGIT = BLOCK_BYTES + STRIDE - 1;
/** At most this many places with the same eight bytes are indexed. */
const MAX_SAME_BLOCKS = 4;

/** The indexed bytes of all strings together. Of each string its beginning is indexed, at least `MIN_BYTES_OF_EACH`. */
const MAX_BYTES = 65_536;
const MIN_BYTES_OF_EACH = 256;
/** The indexed bytes of a single string, at most. */
const MAX_BYTES_OF_EACH = 16_384;

/** How many bytes of each string are indexed, by the number of strings. */
export function innerBytes(strings: number): number {
  return Math.max(
    MIN_BYTES_OF_EACH,
    Math.min(MAX_BYTES_OF_EACH, Math.floor(MAX_BYTES / Math.max(1, strings))),
  );
}

/** Whether a match is long enough to count whatever is next to it. */
export function isCertain(text: Uint8Array, from: number, to: number): boolean {
  if (to - from >= MIN_BYTES) return true;
  return to - from >= MIN_BYTES_WITH_DIGIT && hasDigit(text, from, to);
}

function hasDigit(text: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const byte = text[at] ?? 0;
    if (byte >= 0x30 && byte <= 0x39) return true;
  }
  return false;
}

interface Match {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

export class InnerIndex {
  /** All strings in sequence, each after a byte that no text contains. */
  readonly #bytes: Uint8Array;
  /** By hash: the position of a block plus one; 0 ends a search. The length is a power of two. */
  readonly #places: Int32Array;
  readonly #shift: number;
  #steps = 0;

  constructor(strings: readonly Uint8Array[]) {
    this.#bytes = new Uint8Array(strings.reduce((sum, { length }) => sum + length + 1, 1));
    const bits = 4 + Math.ceil(Math.log2(1 + this.#bytes.length / STRIDE));
    this.#shift = 32 - bits;
    this.#places = new Int32Array(1 << bits);
    let at = 1;
    for (const string of strings) {
      this.#bytes.set(string, at);
      for (let block = at; block + BLOCK_BYTES <= at + string.length; block += STRIDE) this.#add(block);
      at += string.length + 1;
    }
  }

  /** Comparisons of the latest search. */
  get steps(): number {
    return this.#steps;
  }

  #add(place: number): void {
    let hash = 0;
    for (let at = place; at < place + BLOCK_BYTES; at += 1) hash = extend(hash, this.#bytes[at] ?? 0);
    const first = slot(hash, this.#shift);
    for (let at = first; at < first + MAX_SAME_BLOCKS; at += 1) {
      const index = at & (this.#places.length - 1);
      if (this.#places[index] !== 0) continue;
      this.#places[index] = place + 1;
      return;
    }
  }

  matches(text: Uint8Array): Match[] {
    this.#steps = 0;
    const found: Match[] = [];
    if (this.#bytes.length === 1) return found;
    let hash = 0;
    /** The end of the latest match. */
    let covered = 0;
    for (let end = 0; end < text.length; end += 1) {
      hash = extend(hash, text[end] ?? 0);
      const at = end + 1 - BLOCK_BYTES;
      if (at < 0) continue;
      if (at > 0) hash = (hash - Math.imul(text[at - 1] ?? 0, LEAVING_FACTOR)) | 0;
      const first = slot(hash, this.#shift);
      if (this.#places[first] === 0 || at + BLOCK_BYTES <= covered) continue;
      const match = this.#longest(text, at, first, covered);
      if (match === undefined) continue;
      found.push(match);
      covered = match.to;
    }
    return found;
  }

  #longest(text: Uint8Array, at: number, first: number, covered: number): Match | undefined {
    let longest: Match | undefined;
    for (let nth = 0; nth < MAX_SAME_BLOCKS; nth += 1) {
      const place = (this.#places[(first + nth) & (this.#places.length - 1)] ?? 0) - 1;
      if (place < 0) break;
      const match = this.#follow(text, at, place, covered);
      if (match.to - match.from <= (longest === undefined ? 0 : longest.to - longest.from)) continue;
      if (isCertain(text, match.from, match.to)) longest = match;
    }
    return longest;
  }

  #follow(text: Uint8Array, at: number, place: number, covered: number): Match {
    const bytes = this.#bytes;
    let to = 0;
    while (at + to < text.length && text[at + to] === bytes[place + to]) to += 1;
    let before = 0;
    if (to >= BLOCK_BYTES) {
      // The new match may overlap the latest one by as many bytes as make a match certain.
      const least = Math.max(0, Math.min(at, covered - MIN_BYTES));
      while (at - before > least && text[at - before - 1] === bytes[place - before - 1]) before += 1;
    }
    this.#steps += to + before + 1;
    return { from: at - before, to: at + to };
  }
}

const HASH_FACTOR = 0x01000193;

/** The rolling hash after one more byte. */
export function extend(hash: number, byte: number): number {
  return (Math.imul(hash, HASH_FACTOR) + byte) | 0;
}

/** The factor of a byte in the rolling hash when it leaves a window of `windowBytes`. */
export function leavingFactor(windowBytes: number): number {
  return Array.from({ length: windowBytes }).reduce<number>((factor) => Math.imul(factor, HASH_FACTOR), 1);
}

/** The slot of a hash in a table, from its upper bits. */
export function slot(hash: number, shift: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> shift;
}

const LEAVING_FACTOR = leavingFactor(BLOCK_BYTES);
