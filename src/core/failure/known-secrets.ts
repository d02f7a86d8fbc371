/**
 * Where known secrets stand in a text, in whatever form: escaped, encoded, in another case, broken over lines, cut at either end.
 * The text is brought into one canonical form, and so is each secret; a match is mapped back to the text. Bounds of words are looked
 * for in the canonical text, where no escape looks like a word.
 */
import { canonicalBytes, canonicalText } from './canonical-text.js';
import type { CanonicalText } from './canonical-text.js';
import { encodedForms } from './encoded-forms.js';
import { MIN_CUT_BYTES, NeedleIndex } from './needle-index.js';
import type { NeedleMatch } from './needle-index.js';
import type { Span } from './credential-spans.js';
import { ShortSecrets } from './short-secrets.js';
import { beginsLate, breaksOff } from './word-bounds.js';

/** `=5F` of quoted-printable, or an equals sign at the end of a line. */
const QUOTED_PRINTABLE = /=(?:[\da-f]{2}|[\r\n])/i;

export class KnownSecrets {
  /** Secrets too short to be found inside of words. */
  readonly #short: ShortSecrets;
  /** Those that are blanks and invisible characters, nearly all of them: little of them is in a canonical text. */
  readonly #blank: readonly string[];
  readonly #beginnings: NeedleIndex;
  readonly #endings: NeedleIndex;

  constructor(secrets: readonly string[]) {
    const plain = distinct(secrets.flatMap(plainForms));
    const encoded = secrets.flatMap(encodedForms);
    this.#short = new ShortSecrets(plain.filter(({ length }) => length < MIN_CUT_BYTES));
    this.#blank = secrets.filter(
      (secret) => secret.length >= MIN_CUT_BYTES && canonicalBytes(secret).length < MIN_CUT_BYTES,
    );
    this.#beginnings = new NeedleIndex(plain, encoded);
    this.#endings = new NeedleIndex(plain.map(reversed), encoded.map(reversed));
  }

  /** Comparisons that the latest search took. */
  get steps(): number {
    return this.#beginnings.steps + this.#endings.steps + this.#short.steps;
  }

  spans(source: string): Span[] {
    const text = canonicalText(source);
    const readings = [text];
    // What stands before a secret can't hide it by making an escape together with it.
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
    // Backwards the endings of secrets are beginnings.
    const endings = this.#endings
      .matches(reversed(bytes), (at) => beginsLate(text, length - at))
      .map(({ from, to }) => ({ from: length - to, to: length - from }));
    return [...this.#short.matches(text), ...beginnings, ...endings].map((match) => sourceSpan(text, match));
  }
}

/** Letter for letter. */
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

/** A secret may have what looks like an escape itself. */
function plainForms(secret: string): readonly Uint8Array[] {
  const { bytes, resolved } = canonicalText(secret);
  const forms = resolved ? [bytes, canonicalText(secret, 'literal').bytes] : [bytes];
  // A form's plus for a space.
  return secret.includes(' ') ? [...forms, canonicalBytes(secret.replaceAll(' ', '+'))] : forms;
}

function distinct(forms: readonly Uint8Array[]): readonly Uint8Array[] {
  return [...new Map(forms.filter(({ length }) => length > 0).map((form) => [form.join(), form])).values()];
}

function reversed(bytes: Uint8Array): Uint8Array {
  return bytes.toReversed();
}
