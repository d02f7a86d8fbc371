/**
 * Where known secrets stand in a text, in whatever form: escaped, encoded, in another case, broken over lines, cut at either end.
 * The text is brought into one canonical form, and so is each secret; a match is mapped back to the text.
 */
import { canonicalBytes, canonicalText } from './canonical-text.js';
import type { CanonicalText } from './canonical-text.js';
import { MIN_CUT_BYTES, NeedleIndex } from './needle-index.js';
import type { Span } from './credential-spans.js';

/** Shorter secrets occur inside of ordinary words: they count only as a word of their own. */
const MIN_LONG_BYTES = MIN_CUT_BYTES;

export class KnownSecrets {
  readonly #plain: readonly string[];
  /** Canonical bytes of the secrets that are too short to be found inside of words. */
  readonly #short: readonly Uint8Array[];
  readonly #beginnings: NeedleIndex;
  readonly #endings: NeedleIndex;

  constructor(secrets: readonly string[]) {
    this.#plain = secrets;
    const canonical = secrets.map(canonicalBytes);
    this.#short = canonical.filter(({ length }) => length > 0 && length < MIN_LONG_BYTES);
    const long = [...canonical, ...secrets.flatMap(derivedForms)].filter(
      ({ length }) => length >= MIN_LONG_BYTES,
    );
    this.#beginnings = new NeedleIndex(long);
    this.#endings = new NeedleIndex(long.map((bytes) => bytes.toReversed()));
  }

  spans(source: string): Span[] {
    const text = canonicalText(source);
    const { bytes, starts, ends } = text;
    const { length } = bytes;
    const beginnings = this.#beginnings.matches(bytes, (at) => breaksOff(source, ends[at - 1] ?? 0));
    // Backwards the endings of secrets are beginnings.
    const endings = this.#endings
      .matches(bytes.toReversed(), (at) => beginsLate(source, starts[length - at] ?? 0))
      .map(({ from, to }) => ({ from: length - to, to: length - from }));
    return [
      ...this.#plain.flatMap((secret) => plainSpans(source, secret)),
      ...this.#short.flatMap((secret) => shortSpans(source, text, secret)),
      ...[...beginnings, ...endings].map((match) => sourceSpan(text, match)),
    ];
  }
}

function sourceSpan(
  { starts, ends }: CanonicalText,
  { from, to }: { readonly from: number; readonly to: number },
): Span {
  return { start: starts[from] ?? 0, end: ends[to - 1] ?? 0 };
}

/** Letter for letter: what stands around a secret can't hide it by making an escape together with it. */
function plainSpans(source: string, secret: string): Span[] {
  const spans: Span[] = [];
  const needsBounds = secret.length < MIN_LONG_BYTES;
  for (let at = source.indexOf(secret); at >= 0; at = source.indexOf(secret, at + secret.length)) {
    const span = { start: at, end: at + secret.length };
    if (!needsBounds || isWord(source, span)) spans.push(span);
  }
  return spans;
}

function shortSpans(source: string, text: CanonicalText, secret: Uint8Array): Span[] {
  const { bytes } = text;
  const spans: Span[] = [];
  for (let at = bytes.indexOf(secret[0] ?? 0); at >= 0; at = bytes.indexOf(secret[0] ?? 0, at + 1)) {
    if (!secret.every((byte, offset) => bytes[at + offset] === byte)) continue;
    const span = sourceSpan(text, { from: at, to: at + secret.length });
    if (isWord(source, span)) spans.push(span);
  }
  return spans;
}

/** Whether the word that a beginning of a secret is in ends here, or goes on with a mask (`****`, `xxxx`). */
function breaksOff(source: string, end: number): boolean {
  return !isWordCharacter(source, end) || isMask(source, end);
}

/** The same for what stands before an ending. */
function beginsLate(source: string, start: number): boolean {
  return !isWordCharacter(source, start - 1) || isMask(source, start - MASK_CHARACTERS);
}

const MASK_CHARACTERS = 3;

function isMask(source: string, at: number): boolean {
  return at >= 0 && /^(?:x{3}|X{3})$/.test(source.slice(at, at + MASK_CHARACTERS));
}

function isWord(source: string, { start, end }: Span): boolean {
  return !isWordCharacter(source, start - 1) && !isWordCharacter(source, end);
}

function isWordCharacter(source: string, at: number): boolean {
  const code = source.charCodeAt(at);
  if (code < 0x80) {
    const lower = code | 0x20;
    return (code >= 0x30 && code <= 0x39) || (lower >= 0x61 && lower <= 0x7a) || code === 0x5f;
  }
  return /[\p{L}\p{N}]/u.test(source.charAt(at));
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Distinct. Base64 forms also match when the secret stands within longer encoded bytes. */
export function derivedForms(secret: string): readonly Uint8Array[] {
  const bytes = utf8(secret);
  const forms = new Set([bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')]);
  for (const offset of [0, 1, 2]) {
    const encoded = base64Within(bytes, offset);
    forms.add(encoded).add(encoded.replaceAll('+', '-').replaceAll('/', '_'));
  }
  if (secret.includes(' ')) forms.add(secret.replaceAll(' ', '+'));
  return [...forms].map(canonicalBytes);
}

/** Half a surrogate pair becomes the replacement character. */
function utf8(text: string): readonly number[] {
  const bytes: number[] = [];
  const percent = encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\uFFFD'));
  for (let at = 0; at < percent.length; at += 1) {
    if (percent[at] === '%') {
      bytes.push(Number.parseInt(percent.slice(at + 1, at + 3), 16));
      at += 2;
    } else {
      bytes.push(percent.charCodeAt(at));
    }
  }
  return bytes;
}

/** The base64 characters that depend on these bytes alone, when `offset` unknown bytes come before them. */
function base64Within(bytes: readonly number[], offset: number): string {
  let encoded = '';
  // The bits of the first character that the unknown bytes have begun are not ours to match.
  let skippedBits = (6 - ((offset * 8) % 6)) % 6;
  let pending = 0;
  let pendingBits = 0;
  for (const byte of bytes) {
    pending = ((pending << 8) | byte) & 0xffff;
    pendingBits += 8 - skippedBits;
    skippedBits = 0;
    while (pendingBits >= 6) {
      pendingBits -= 6;
      encoded += BASE64[(pending >> pendingBits) & 0x3f] ?? '';
    }
  }
  return encoded;
}
