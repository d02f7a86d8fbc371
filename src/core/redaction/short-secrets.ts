/**
 * Finds secrets that are too short to be found inside of words: they count only as a word of their own. All of them are looked up
 * at once, so that many cost no more than few.
 */
import type { CanonicalText } from './canonical-text.js';
import { MIN_CUT_BYTES } from './needle-index.js';
import { isWord } from './canonical-text.js';

const FILTER_BITS = 12;

export class ShortSecrets {
  readonly #byHash = new Map<number, Uint8Array[]>();
  readonly #filter = new Uint8Array(1 << FILTER_BITS);
  #steps = 0;

  /** All shorter than `MIN_CUT_BYTES`. */
  constructor(secrets: readonly Uint8Array[]) {
    for (const secret of secrets) {
      const hash = secret.reduce(extend, 0);
      this.#filter[slot(hash)] = 1;
      this.#byHash.set(hash, [...(this.#byHash.get(hash) ?? []), secret]);
    }
  }

  /** Comparisons that the latest search took. */
  get steps(): number {
    return this.#steps;
  }

  matches(text: CanonicalText): { readonly from: number; readonly to: number }[] {
    this.#steps = 0;
    const found: { readonly from: number; readonly to: number }[] = [];
    if (this.#byHash.size === 0) return found;
    const { bytes } = text;
    for (let from = 0; from < bytes.length; from += 1) {
      const most = Math.min(bytes.length, from + MIN_CUT_BYTES - 1);
      let hash = 0;
      for (let to = from + 1; to <= most; to += 1) {
        hash = extend(hash, bytes[to - 1] ?? 0);
        if (this.#filter[slot(hash)] === 0 || !this.#standsAt(bytes, from, to, hash)) continue;
        if (isWord(text, from, to)) found.push({ from, to });
      }
      this.#steps += most - from;
    }
    return found;
  }

  #standsAt(bytes: Uint8Array, from: number, to: number, hash: number): boolean {
    for (const secret of this.#byHash.get(hash) ?? []) {
      this.#steps += secret.length;
      if (secret.length === to - from && secret.every((byte, offset) => bytes[from + offset] === byte))
        return true;
    }
    return false;
  }
}

function extend(hash: number, byte: number): number {
  return (Math.imul(hash, 0x01000193) + byte + 1) | 0;
}

function slot(hash: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> (32 - FILTER_BITS);
}
