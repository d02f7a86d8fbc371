/**
 * Finds many known byte strings in a text at once: whole, or their beginning where the text breaks off. One rolling hash over
 * the text says where a beginning may lie; from there each string is matched with its own failure table, so that repeated and
 * periodic beginnings cost no more than the length of the text.
 */

/** A shorter beginning occurs by chance, and hides nothing. */
export const MIN_CUT_BYTES = 8;

/** `to` is exclusive. */
export interface NeedleMatch {
  readonly from: number;
  readonly to: number;
  /** Whether the whole string stands there, or only its beginning. */
  readonly whole: boolean;
}

const HASH_FACTOR = 0x01000193;
const FILTER_BITS = 14;

class Needle {
  readonly bytes: Uint8Array;
  /** The text before this place has been searched for this string. */
  searchedTo = 0;
  #fallbacks: Uint32Array | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** For each length of a match the next shorter one that ends at the same place. */
  get fallbacks(): Uint32Array {
    return (this.#fallbacks ??= fallbacksOf(this.bytes));
  }

  beginsAt(text: Uint8Array, at: number): boolean {
    for (let offset = 0; offset < MIN_CUT_BYTES; offset += 1) {
      if (text[at + offset] !== this.bytes[offset]) return false;
    }
    return true;
  }
}

export class NeedleIndex {
  readonly #byHash = new Map<number, Needle[]>();
  /** One bit for each hash, so that most places of a text cost one look. */
  readonly #filter = new Uint8Array(1 << FILTER_BITS);

  /** Strings shorter than `MIN_CUT_BYTES` are left out. */
  constructor(needles: Iterable<Uint8Array>) {
    for (const bytes of needles) {
      if (bytes.length < MIN_CUT_BYTES) continue;
      let hash = 0;
      for (let at = 0; at < MIN_CUT_BYTES; at += 1) hash = extend(hash, bytes[at] ?? 0);
      this.#filter[slot(hash)] = 1;
      const others = this.#byHash.get(hash);
      if (others === undefined) this.#byHash.set(hash, [new Needle(bytes)]);
      else others.push(new Needle(bytes));
    }
  }

  /**
   * Every place of a whole string, and of every beginning of at least `MIN_CUT_BYTES` that does not go on as its string does.
   *
   * @param breaksOff whether a text may be cut before this byte: only there a beginning alone counts
   */
  matches(text: Uint8Array, breaksOff: (at: number) => boolean = () => true): NeedleMatch[] {
    const found: NeedleMatch[] = [];
    if (this.#byHash.size === 0 || text.length < MIN_CUT_BYTES) return found;
    for (const needles of this.#byHash.values()) for (const needle of needles) needle.searchedTo = 0;
    let hash = 0;
    for (let end = 0; end < text.length; end += 1) {
      hash = extend(hash, text[end] ?? 0);
      const at = end + 1 - MIN_CUT_BYTES;
      if (at < 0) continue;
      if (at > 0) hash = (hash - Math.imul(text[at - 1] ?? 0, LEAVING_FACTOR)) | 0;
      if (this.#filter[slot(hash)] === 0) continue;
      for (const needle of this.#byHash.get(hash) ?? []) {
        if (at >= needle.searchedTo && needle.beginsAt(text, at)) {
          follow(needle, text, at, breaksOff, found);
        }
      }
    }
    return found;
  }
}

/** Matches from a beginning on, until less than a beginning is left of the match. */
function follow(
  needle: Needle,
  text: Uint8Array,
  from: number,
  breaksOff: (at: number) => boolean,
  found: NeedleMatch[],
): void {
  const { bytes, fallbacks } = needle;
  let matched = MIN_CUT_BYTES;
  let at = from + MIN_CUT_BYTES;
  for (;;) {
    if (matched === bytes.length) {
      found.push({ from: at - matched, to: at, whole: true });
      matched = fallbacks[matched - 1] ?? 0;
    }
    const next = text[at];
    if (next !== bytes[matched] && matched >= MIN_CUT_BYTES && breaksOff(at)) {
      found.push({ from: at - matched, to: at, whole: false });
    }
    if (next === undefined) break;
    while (matched > 0 && next !== bytes[matched]) matched = fallbacks[matched - 1] ?? 0;
    if (next === bytes[matched]) matched += 1;
    at += 1;
    if (matched < MIN_CUT_BYTES) break;
  }
  needle.searchedTo = Math.max(from + 1, at - matched);
}

function fallbacksOf(bytes: Uint8Array): Uint32Array {
  const fallbacks = new Uint32Array(bytes.length);
  let matched = 0;
  for (let at = 1; at < bytes.length; at += 1) {
    while (matched > 0 && bytes[at] !== bytes[matched]) matched = fallbacks[matched - 1] ?? 0;
    if (bytes[at] === bytes[matched]) matched += 1;
    fallbacks[at] = matched;
  }
  return fallbacks;
}

function extend(hash: number, byte: number): number {
  return (Math.imul(hash, HASH_FACTOR) + byte) | 0;
}

/** What a byte has become in the hash when it leaves the window. */
const LEAVING_FACTOR = Array.from({ length: MIN_CUT_BYTES }).reduce<number>(
  (factor) => Math.imul(factor, HASH_FACTOR),
  1,
);

function slot(hash: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> (32 - FILTER_BITS);
}
