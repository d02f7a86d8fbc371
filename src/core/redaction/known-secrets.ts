/**
 * Finds known secrets in a text, in any form: escaped, encoded, in another case, broken over lines, cut at either end. The text and each
 * secret are brought into one canonical form; a match is mapped back to the text. The bounds of words are taken from the canonical text,
 * which contains no escapes. Secrets that are too short to be found inside words count only as a whole word; all of them are looked up at
 * once, so the cost does not grow with their number.
 */
import { isWord, canonicalBytes, canonicalText, beginsLate, breaksOff } from './canonical-text.js';
import type { CanonicalText } from './canonical-text.js';
import type { Span } from './credential-spans.js';
import { encodedForms, stretchOf } from './encoded-forms.js';
import type { Direction } from './encoded-forms.js';
import { InnerIndex, innerBytes } from './inner-index.js';
import { MIN_CUT_BYTES, NeedleIndex } from './needle-index.js';
import type { NeedleMatch } from './needle-index.js';

const FILTER_BITS = 12;

class ShortSecrets {
  readonly #byHash = new Map<number, Uint8Array[]>();
  readonly #filter = new Uint8Array(1 << FILTER_BITS);
  #steps = 0;

  /** @param secrets all shorter than `MIN_CUT_BYTES` */
  constructor(secrets: readonly Uint8Array[]) {
    for (const secret of secrets) {
      const hash = secret.reduce(extend, 0);
      this.#filter[slot(hash)] = 1;
      this.#byHash.set(hash, [...(this.#byHash.get(hash) ?? []), secret]);
    }
  }

  /** Comparisons of the latest search. */
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

/** Signs of quoted-printable: `=5F`, or an equals sign at the end of a line. */
const QUOTED_PRINTABLE = /=(?:[\da-f]{2}|[\r\n])/i;

export class KnownSecrets {
  /** Secrets that are too short to be found inside words. */
  readonly #short: ShortSecrets;
  /** Secrets of nearly only blanks and invisible characters: little of them remains in a canonical text. */
  readonly #blank: readonly string[];
  readonly #beginnings: NeedleIndex;
  readonly #endings: NeedleIndex;
  readonly #inner: InnerIndex;

  constructor(secrets: readonly string[]) {
    const plain = secrets.map(plainForms);
    const short = plain.flatMap((forms) => forms.filter(isShort));
    this.#short = new ShortSecrets(
      short.map(({ forwards }) => forwards(MIN_CUT_BYTES)).filter(({ length }) => length > 0),
    );
    this.#blank = secrets.filter(
      (secret, nth) => secret.length >= MIN_CUT_BYTES && plain[nth]?.some(isShort),
    );
    const index = (direction: Direction): NeedleIndex =>
      new NeedleIndex(
        plain.flatMap((forms) => forms.map((form) => form[direction])),
        secrets.flatMap((secret) => encodedForms(secret, direction)),
      );
    this.#beginnings = index('forwards');
    this.#endings = index('backwards');
    const least = innerBytes(secrets.length);
    this.#inner = new InnerIndex(
      plain.flatMap((forms) => forms.map(({ forwards }) => forwards(least).subarray(0, least))),
    );
  }

  /** Comparisons of the latest search. */
  get steps(): number {
    return this.#beginnings.steps + this.#endings.steps + this.#inner.steps + this.#short.steps;
  }

  spans(source: string): Span[] {
    const text = canonicalText(source);
    const readings = [text];
    // Also without escapes: the character before a secret could form an unintended escape with its beginning.
    if (text.resolved) readings.push(canonicalText(source, 'literal'));
    if (QUOTED_PRINTABLE.test(source)) readings.push(canonicalText(source, 'quotedPrintable'));
    return [
      ...this.#blank.flatMap((secret) => spansOfLetters(source, secret)),
      ...readings.flatMap((reading) => this.#spansOf(reading)),
    ];
  }

  #spansOf(text: CanonicalText): Span[] {
    const { bytes } = text;
    const { length } = bytes;
    const beginnings = this.#beginnings.matches(bytes, (at) => breaksOff(text, at));
    // In the reversed text, the ends of secrets are beginnings.
    const endings = this.#endings
      .matches(reversed(bytes), (at) => beginsLate(text, length - at))
      .map(({ from, to }) => ({ from: length - to, to: length - from }));
    const matches = [...this.#short.matches(text), ...this.#inner.matches(bytes), ...beginnings, ...endings];
    return matches.map((match) => sourceSpan(text, match));
  }
}

/** Finds the secret as it is, without the canonical form. */
function spansOfLetters(source: string, secret: string): Span[] {
  const spans: Span[] = [];
  for (let at = source.indexOf(secret); at >= 0; at = source.indexOf(secret, at + secret.length)) {
    spans.push({ start: at, end: at + secret.length });
  }
  return spans;
}

function sourceSpan({ starts, ends }: CanonicalText, { from, to }: Omit<NeedleMatch, 'whole'>): Span {
  return { start: starts[from] ?? 0, end: ends[to - 1] ?? 0 };
}

/** A canonical form of a secret, read from either end as far as it is needed. */
type PlainForm = Readonly<Record<Direction, (leastBytes: number) => Uint8Array>>;

/** Characters that may begin an escape, or may become one in their usual width: the bytes depend on their neighbours. */
export const MAY_BE_ESCAPED = /[\\%&\x7f-\uffff]|_x[\da-f]{4}_/i;

/** A secret may itself contain a text that looks like an escape. */
function plainForms(secret: string): readonly PlainForm[] {
  // In URL-encoded forms a plus stands for a space.
  const plus = (text: string): string => text.replaceAll(' ', '+');
  if (!MAY_BE_ESCAPED.test(secret)) {
    const forms = [partsOf(secret)];
    if (secret.includes(' ')) forms.push(partsOf(secret, plus));
    return forms;
  }
  const { bytes, resolved } = canonicalText(secret);
  const forms = [whole(bytes)];
  if (resolved) forms.push(whole(canonicalText(secret, 'literal').bytes));
  if (secret.includes(' ')) forms.push(whole(canonicalBytes(plus(secret))));
  return forms;
}

function whole(bytes: Uint8Array): PlainForm {
  let backwards: Uint8Array | undefined;
  return { forwards: () => bytes, backwards: () => (backwards ??= reversed(bytes)) };
}

/** Makes only the needed part of a long secret: without escapes, the form of a part is the same alone as within the whole secret. */
function partsOf(secret: string, change = (text: string): string => text): PlainForm {
  const part = (direction: Direction, leastBytes: number): Uint8Array => {
    // White space is left out, so more characters may be needed.
    for (let characters = leastBytes; ; characters *= 2) {
      const bytes = canonicalBytes(change(stretchOf(secret, direction, characters)));
      if (bytes.length >= leastBytes || characters >= secret.length) return bytes;
    }
  };
  return {
    forwards: (leastBytes) => part('forwards', leastBytes),
    backwards: (leastBytes) => reversed(part('backwards', leastBytes)),
  };
}

function isShort({ forwards }: PlainForm): boolean {
  return forwards(MIN_CUT_BYTES).length < MIN_CUT_BYTES;
}

function reversed(bytes: Uint8Array): Uint8Array {
  return bytes.toReversed();
}
