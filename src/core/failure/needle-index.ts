/**
 * Finds many known byte strings in a text at once: whole, or their beginning where the text breaks off. One rolling hash over
 * the text says where a beginning may lie; from there the strings that begin so, sorted, are narrowed down byte by byte. The
 * number of steps is bounded by the length of the text, however many strings there are and however periodic they are.
 */

/** A shorter beginning occurs by chance, and hides nothing. */
export const MIN_CUT_BYTES = 8;

/** So many bytes of an encoded string occur nowhere by chance: eight bytes in base64. They count wherever they stand. */
const MIN_ENCODED_BYTES = 10;

/** `to` is exclusive. */
export interface NeedleMatch {
  readonly from: number;
  readonly to: number;
  /** Whether the whole string stands there, or only its beginning. */
  readonly whole: boolean;
}

const HASH_FACTOR = 0x01000193;
/** One slot for each hash, so that most places of a text cost one look. */
const FEW_FILTER_BITS = 14;
const MANY_FILTER_BITS = 17;
const FEW_NEEDLES = 512;

/** A search may take so many steps for each byte, and so many besides; no text that is not made for it takes a tenth of them. */
const MAX_STEPS_PER_BYTE = 12;
const MAX_FURTHER_STEPS = 32_768;

interface Needle {
  readonly bytes: Uint8Array;
  readonly encoded: boolean;
}

export class NeedleIndex {
  /** Those that begin with the same `MIN_CUT_BYTES`, sorted, after the first search that needs them. */
  readonly #byHash = new Map<number, { readonly needles: Needle[]; sorted: boolean }>();
  readonly #filter: Uint8Array;
  readonly #filterShift: number;
  #steps = 0;

  /** Strings shorter than `MIN_CUT_BYTES` are left out. Of encoded ones a longer beginning counts wherever it stands. */
  constructor(plain: readonly Uint8Array[], encoded: readonly Uint8Array[] = []) {
    const bits = plain.length + encoded.length > FEW_NEEDLES ? MANY_FILTER_BITS : FEW_FILTER_BITS;
    this.#filter = new Uint8Array(1 << bits);
    this.#filterShift = 32 - bits;
    for (const bytes of plain) this.#add({ bytes, encoded: false });
    for (const bytes of encoded) this.#add({ bytes, encoded: true });
  }

  #add(needle: Needle): void {
    const { bytes } = needle;
    if (bytes.length < MIN_CUT_BYTES) return;
    let hash = 0;
    for (let at = 0; at < MIN_CUT_BYTES; at += 1) hash = extend(hash, bytes[at] ?? 0);
    this.#filter[slot(hash, this.#filterShift)] = 1;
    const others = this.#byHash.get(hash);
    if (others === undefined) this.#byHash.set(hash, { needles: [needle], sorted: true });
    else {
      others.needles.push(needle);
      others.sorted = false;
    }
  }

  /** Comparisons that the latest search took. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * The longest match at every place: of a whole string, and of a beginning of at least `MIN_CUT_BYTES` that does not go on as
   * its string does. A text that is full of beginnings, so that it would take too many steps, counts as a match from there on.
   *
   * @param breaksOff whether a text may be cut before this byte: only there a beginning alone counts
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
      const group = this.#byHash.get(hash);
      if (group === undefined) continue;
      if (!group.sorted) {
        group.needles.sort((one, other) => compare(one.bytes, other.bytes));
        group.sorted = true;
      }
      this.#follow(group.needles, text, at, breaksOff, found);
      if (this.#steps <= mostSteps) continue;
      found.push({ from: at, to: text.length, whole: false });
      break;
    }
    return found;
  }

  /** Narrows the strings down to those that go on as the text does, for as long as there is one. */
  #follow(
    needles: readonly Needle[],
    text: Uint8Array,
    from: number,
    breaksOff: (at: number) => boolean,
    found: NeedleMatch[],
  ): void {
    let first = 0;
    let last = needles.length;
    let matched = 0;
    let wholeTo = 0;
    let encodedTo = 0;
    for (;;) {
      // The shortest of those that are left comes first.
      const shortest = needles[first];
      if (shortest?.bytes.length === matched) wholeTo = matched;
      if (matched >= MIN_ENCODED_BYTES && shortest?.encoded === true) encodedTo = matched;
      const next = text[from + matched];
      if (next === undefined) break;
      const begin = this.#narrow(needles, first, last, matched, next);
      const end = begin === last ? last : this.#narrow(needles, begin, last, matched, next + 1);
      if (begin === end) break;
      first = begin;
      last = end;
      matched += 1;
    }
    if (matched < MIN_CUT_BYTES) return;
    const cutTo = breaksOff(from + matched) ? matched : 0;
    const to = Math.max(wholeTo, encodedTo, cutTo);
    if (to > 0) found.push({ from, to: from + to, whole: to === wholeTo });
  }

  /** The first of them whose byte there is not below `least`; those that end there come before all others. */
  #narrow(needles: readonly Needle[], first: number, last: number, at: number, least: number): number {
    let low = first;
    let high = last;
    while (low < high) {
      this.#steps += 1;
      const middle = (low + high) >>> 1;
      if ((needles[middle]?.bytes[at] ?? -1) < least) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function compare(one: Uint8Array, other: Uint8Array): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

function extend(hash: number, byte: number): number {
  return (Math.imul(hash, HASH_FACTOR) + byte) | 0;
}

/** What a byte has become in the hash when it leaves the window. */
const LEAVING_FACTOR = Array.from({ length: MIN_CUT_BYTES }).reduce<number>(
  (factor) => Math.imul(factor, HASH_FACTOR),
  1,
);

function slot(hash: number, shift: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> shift;
}
