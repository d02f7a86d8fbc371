/**
 * Finds many known byte strings in a text at once: whole, or their beginnings where the text is cut. A rolling hash over the text finds
 * possible beginnings; from there the candidates are narrowed down byte by byte, in a tree that grows only as far as texts need it. The
 * number of steps is bounded by the length of the text, however many strings there are and however periodic they are.
 */

import { extend, isCertain, leavingFactor, slot } from './inner-index.js';

/** A shorter beginning occurs by chance, so it does not count. */
export const MIN_CUT_BYTES = 8;

/** This many bytes of an encoded string do not occur by chance: eight bytes in base64. They count at any place. */
const MIN_ENCODED_BYTES = 10;

/** `to` is exclusive. */
export interface NeedleMatch {
  readonly from: number;
  readonly to: number;
  /** Whether the whole string was found, or only its beginning. */
  readonly whole: boolean;
}

const LEAVING_FACTOR = leavingFactor(MIN_CUT_BYTES);
/** One slot for each hash, so that most positions of a text need one look-up. */
const FEW_FILTER_BITS = 14;
const MANY_FILTER_BITS = 17;
const FEW_NEEDLES = 1_024;

/** The bytes of a string that are computed when a text first matches its beginning. */
const FIRST_BYTES = 64;

/** The most comparisons of a search, for each byte and in addition; an ordinary text needs less than half of them. */
const MAX_STEPS_PER_BYTE = 4;
const MAX_FURTHER_STEPS = 8_192;

/**
 * The beginning of a string: at least `leastBytes`, or the whole string. An index requests the first `MIN_CUT_BYTES` of each string, and
 * more only after a match of those, so that long strings cost no more than short ones.
 */
export type Beginning = (leastBytes: number) => ArrayLike<number>;

class Needle {
  readonly encoded: boolean;
  readonly #beginning: Beginning;
  #bytes: ArrayLike<number> = [];
  #isWhole = false;

  constructor(beginning: Beginning, encoded: boolean) {
    this.#beginning = beginning;
    this.encoded = encoded;
  }

  /** The byte at `at`, or -1 after the end. */
  byteAt(at: number): number {
    if (at >= this.#bytes.length && !this.#isWhole) {
      const leastBytes = Math.max(2 * at, FIRST_BYTES);
      this.#bytes = this.#beginning(leastBytes);
      this.#isWhole = this.#bytes.length < leastBytes;
    }
    return this.#bytes[at] ?? -1;
  }
}

/** The branches at the first byte in which strings with the same beginning differ. */
interface Branches {
  readonly byByte: ReadonlyMap<number, Needles>;
  /** Whether one of the strings ends there. */
  readonly hasEnd: boolean;
}

/** Strings with the same first bytes. They branch when a text reaches the first byte in which they differ. */
class Needles {
  readonly hasEncoded: boolean;
  readonly #needles: readonly Needle[];
  readonly #first: Needle | undefined;
  #equalBytes: number;
  #branches: Branches | undefined;

  constructor(needles: readonly Needle[], equalBytes: number) {
    this.#needles = needles;
    this.#first = needles[0];
    this.#equalBytes = equalBytes;
    this.hasEncoded = needles.some(({ encoded }) => encoded);
  }

  /** The byte of all strings, where they do not branch; -1 after the end. */
  byteAt(at: number): number {
    return this.#first?.byteAt(at) ?? -1;
  }

  /** Undefined where all strings have the same byte. Call it byte by byte. */
  branchesAt(at: number): Branches | undefined {
    if (at < this.#equalBytes || this.#needles.length === 1) return undefined;
    if (this.#branches !== undefined) return this.#branches;
    const groups = new Map<number, Needle[]>();
    for (const needle of this.#needles) {
      const byte = needle.byteAt(at);
      const group = groups.get(byte);
      if (group === undefined) groups.set(byte, [needle]);
      else group.push(needle);
    }
    this.#equalBytes = at;
    if (groups.size === 1) {
      this.#equalBytes += 1;
      return undefined;
    }
    const branches = Array.from(groups, ([byte, group]) => [byte, new Needles(group, at + 1)] as const);
    this.#branches = { byByte: new Map(branches), hasEnd: groups.has(-1) };
    return this.#branches;
  }
}

export class NeedleIndex {
  /** By hash; nearly always strings with the same first `MIN_CUT_BYTES`. */
  readonly #byHash = new Map<number, Needle[] | Needles>();
  readonly #filter: Uint8Array;
  readonly #filterShift: number;
  #steps = 0;

  /** Strings shorter than `MIN_CUT_BYTES` are left out. A beginning of `MIN_ENCODED_BYTES` of an encoded string counts at any place. */
  constructor(plain: readonly Beginning[], encoded: readonly Beginning[] = []) {
    const bits = plain.length + encoded.length > FEW_NEEDLES ? MANY_FILTER_BITS : FEW_FILTER_BITS;
    this.#filter = new Uint8Array(1 << bits);
    this.#filterShift = 32 - bits;
    for (const beginning of plain) this.#add(beginning, false);
    for (const beginning of encoded) this.#add(beginning, true);
  }

  #add(beginning: Beginning, encoded: boolean): void {
    const bytes = beginning(MIN_CUT_BYTES);
    if (bytes.length < MIN_CUT_BYTES) return;
    const needle = new Needle(beginning, encoded);
    let hash = 0;
    for (let at = 0; at < MIN_CUT_BYTES; at += 1) hash = extend(hash, bytes[at] ?? 0);
    this.#filter[slot(hash, this.#filterShift)] = 1;
    const others = this.#byHash.get(hash);
    if (Array.isArray(others)) others.push(needle);
    else this.#byHash.set(hash, [needle]);
  }

  /** Comparisons of the latest search. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * The longest match at every position: of a whole string, and of a beginning of at least `MIN_CUT_BYTES` after which the text differs.
   * If a text has so many beginnings that it exceeds the limit of steps, its rest counts as a match.
   *
   * @param breaksOff whether a text may be cut before this byte: only there a short beginning alone counts
   */
  matches(text: Uint8Array, breaksOff: (at: number) => boolean = () => true): NeedleMatch[] {
    this.#steps = 0;
    const found: NeedleMatch[] = [];
    if (this.#byHash.size === 0 || text.length < MIN_CUT_BYTES) return found;
    const mostSteps = MAX_FURTHER_STEPS + MAX_STEPS_PER_BYTE * text.length;
    const filter = this.#filter;
    const shift = this.#filterShift;
    let hash = 0;
    for (let end = 0; end < text.length; end += 1) {
      hash = extend(hash, text[end] ?? 0);
      const at = end + 1 - MIN_CUT_BYTES;
      if (at < 0) continue;
      if (at > 0) hash = (hash - Math.imul(text[at - 1] ?? 0, LEAVING_FACTOR)) | 0;
      if (filter[slot(hash, shift)] === 0) continue;
      const needles = this.#needlesOf(hash);
      if (needles === undefined) continue;
      this.#follow(needles, text, at, breaksOff, found);
      if (this.#steps <= mostSteps) continue;
      found.push({ from: at, to: text.length, whole: false });
      break;
    }
    return found;
  }

  #needlesOf(hash: number): Needles | undefined {
    const group = this.#byHash.get(hash);
    if (!Array.isArray(group)) return group;
    const needles = new Needles(group, 0);
    this.#byHash.set(hash, needles);
    return needles;
  }

  /** Narrows the strings down to those that match the text, for as long as there is one. */
  #follow(
    all: Needles,
    text: Uint8Array,
    from: number,
    breaksOff: (at: number) => boolean,
    found: NeedleMatch[],
  ): void {
    let needles = all;
    let matched = 0;
    let wholeTo = 0;
    let encodedTo = 0;
    for (;;) {
      this.#steps += 1;
      const branches = needles.branchesAt(matched);
      const byte = branches === undefined ? needles.byteAt(matched) : -1;
      if (branches?.hasEnd ?? byte === -1) wholeTo = matched;
      if (matched >= MIN_ENCODED_BYTES && needles.hasEncoded) encodedTo = matched;
      const next = text[from + matched];
      if (next === undefined) break;
      const left = branches === undefined ? (byte === next ? needles : undefined) : branches.byByte.get(next);
      if (left === undefined) break;
      needles = left;
      matched += 1;
    }
    if (matched < MIN_CUT_BYTES) return;
    const counts = breaksOff(from + matched) || isCertain(text, from, from + matched);
    const cutTo = counts ? matched : 0;
    const to = Math.max(wholeTo, encodedTo, cutTo);
    if (to > 0) found.push({ from, to: from + to, whole: to === wholeTo });
  }
}
