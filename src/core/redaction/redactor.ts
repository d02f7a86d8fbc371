/**
 * Removes secrets from everything that is shown: known secrets in all their forms, and values at the usual places of credentials.
 * Independent of failures. Takes time linear in the text.
 */
import { credentialSpans, replaceSpans } from './credential-spans.js';
import { KnownSecrets, MAY_BE_ESCAPED } from './known-secrets.js';
import { MIN_CUT_BYTES } from './needle-index.js';

export interface Redactor {
  /** Adds a secret that must not be shown from now on, or several that belong together; texts shorter than 4 characters are ignored. */
  protect(secrets: string | readonly string[] | undefined): void;
  /** The text with every known secret, and everything that looks like a credential, replaced by `[redacted]`. */
  redact(text: string): string;
  /**
   * Like `redact`, for the id of a connection. Avoids the index of all forms, which takes 100 µs and 40 KB, unless a part of a secret may
   * be in the id: in any case, or encoded in base64, base32 or hexadecimal digits.
   */
  redactId(id: string): string;
  /** Drops every known secret, because the session is over. Texts that look like a credential are still replaced. */
  forget(): void;
}

export const REDACTED = '[redacted]';

/** Shorter secrets are ignored. */
const MIN_SECRET_CHARACTERS = 4;

/** Session tokens and room credentials change with every dial; it is unlikely that an error contains older ones. */
const MAX_LATER_SECRETS = 16;

const MIN_TRIMMED_CHARACTERS = 8;

/** The form of connection ids; any other text may be user content. */
const MAX_ID_CHARACTERS = 128;
const ID = new RegExp(`^[\\w.:-]{0,${MAX_ID_CHARACTERS}}$`);

/** An id such as a UUID: it can't contain the name of a credential, or another sign of one. */
const HEX_ID = /^[\da-f-]*$/i;
const NO_SPANS: ReturnType<typeof credentialSpans> = [];

/** The part at each end of a secret that is compared with an id. */
const EDGE_CHARACTERS = 32;

/** Hexadecimal bytes with a separator between them, such as `de:ad:be:ef`. */
const SEPARATED_DIGITS = /[0-9a-f]{2}([:.-])[0-9a-f]{2}\1[0-9a-f]{2}\1/i;

const NO_SECRETS: readonly string[] = [];

/** The secrets of one `protect` call. */
type Group = string | readonly string[];

/**
 * The given secrets are kept until `forget`, those of `protect` for the last 16 calls. Secrets of up to 7 characters are replaced only
 * where they are a whole word.
 */
export function createRedactor(secrets: readonly (string | undefined)[] = []): Redactor {
  const known = secrets.map(withoutBlanks).filter(isSecret);
  return new SessionRedactor(known.length < 2 ? known : [...new Set(known)]);
}

class SessionRedactor implements Redactor {
  #lasting: readonly string[];
  /** Secrets from `protect`, the latest ones last. */
  #later: readonly Group[] = NO_SECRETS;
  /**
   * About 40 KB, and 15 KB for each secret. It is made when first needed and dropped with the next token, so a session without errors
   * keeps none.
   */
  #known: KnownSecrets | undefined;
  /** The latest id in which nothing had to be replaced: the same id comes with the connection and with its loss. */
  #harmlessId: string | undefined;

  constructor(lasting: readonly string[]) {
    this.#lasting = lasting;
  }

  protect(given: Group | undefined): void {
    const group = typeof given === 'object' ? this.#groupOf(given) : withoutBlanks(given);
    if (typeof group !== 'object' && (!isSecret(group) || this.#lasting.includes(group))) return;
    if (group.length === 0) return;
    const latest = this.#later.at(-1);
    // The same token is used again, so the index is still valid.
    if (latest !== undefined && areSame(latest, group)) return;
    this.#known = undefined;
    this.#harmlessId = undefined;
    const others = this.#later.filter((known) => !areSame(known, group));
    // `concat` makes an array of exactly this size; a spread would reserve room for seventeen.
    this.#later = others.slice(1 - MAX_LATER_SECRETS).concat([group]);
  }

  #groupOf(given: readonly string[]): readonly string[] {
    const secrets = new Set(given.map(withoutBlanks).filter(isSecret));
    return [...secrets].filter((secret) => !this.#lasting.includes(secret));
  }

  redact(text: string): string {
    this.#known ??= new KnownSecrets([...new Set([...this.#lasting, ...this.#later.flat()])]);
    return replaceSpans(text, [...this.#known.spans(text), ...credentialSpans(text)], REDACTED);
  }

  redactId(id: string): string {
    if (id === this.#harmlessId) return id;
    if (!this.#mayShowIn(id)) {
      const spans = HEX_ID.test(id) ? NO_SPANS : credentialSpans(id);
      if (spans.length === 0) this.#harmlessId = id;
      return replaceSpans(id, spans, REDACTED);
    }
    const shown = this.redact(id);
    this.#known = undefined;
    return shown;
  }

  /** False only if the text looks like an id and contains no part of a secret. */
  #mayShowIn(id: string): boolean {
    if (!ID.test(id)) return true;
    const digits = SEPARATED_DIGITS.test(id) ? id.replaceAll(/[:.-]/g, '') : '';
    const once = [id, digits].flatMap((text) => encodedRuns(text, MIN_SECRET_CHARACTERS));
    const twice = once.flatMap((text) => encodedRuns(text, MIN_SECRET_CHARACTERS));
    const plain = id.toLowerCase();
    const decoded = [...once, ...twice].map((text) => text.toLowerCase());
    return [...this.#lasting, ...this.#later.flat()].some((secret) => mayShow(secret, plain, decoded));
  }

  forget(): void {
    this.#lasting = NO_SECRETS;
    this.#later = NO_SECRETS;
    this.#known = undefined;
    this.#harmlessId = undefined;
  }
}

/** Whether an id, or a text decoded from it, contains the beginning or the end of a secret. `id` and `decoded` are lower-case. */
function mayShow(secret: string, id: string, decoded: readonly string[]): boolean {
  if (secret.length < MIN_CUT_BYTES) {
    const short = secret.toLowerCase();
    return id.includes(short) || decoded.some((text) => text.includes(short));
  }
  const whole = secret.toLowerCase();
  if (sharesBlock(whole, id) || decoded.some((text) => sharesBlock(whole, text))) return true;
  const edges = [secret.slice(0, EDGE_CHARACTERS), secret.slice(-EDGE_CHARACTERS)];
  if (edges.some((edge) => MAY_BE_ESCAPED.test(edge))) return true;
  const [first = '', last = ''] = edges.map((edge) => edge.toLowerCase());
  // The first and the last byte may be incomplete.
  const parts = [first.slice(0, 4), first.slice(1, 5), last.slice(-4), last.slice(-5, -1)];
  if (decoded.some((text) => parts.some((part) => text.includes(part)))) return true;
  const [begin = '', end = ''] = [first, last].map((edge) => edge.replaceAll(/[\0-\x20]+/g, ''));
  if (Math.min(begin.length, end.length) < MIN_CUT_BYTES) return true;
  return id.includes(begin.slice(0, MIN_CUT_BYTES)) || id.includes(end.slice(-MIN_CUT_BYTES));
}

/** Any part of `2 * BLOCK_CHARACTERS - 1` characters contains one of these blocks. */
const BLOCK_CHARACTERS = 6;

function sharesBlock(secret: string, text: string): boolean {
  for (let at = 0; at + BLOCK_CHARACTERS <= text.length; at += BLOCK_CHARACTERS) {
    if (secret.includes(text.slice(at, at + BLOCK_CHARACTERS))) return true;
  }
  return false;
}

function areSame(one: Group, other: Group): boolean {
  if (typeof one === 'string' || typeof other === 'string') return one === other;
  return one.length === other.length && one.every((secret, at) => secret === other[at]);
}

/** Blanks around a secret are often lost on the way. A short secret keeps them: without them it would be an ordinary word. */
function withoutBlanks(secret: string | undefined): string | undefined {
  const trimmed = secret?.trim();
  return trimmed !== undefined && trimmed.length >= MIN_TRIMMED_CHARACTERS ? trimmed : secret;
}

function isSecret(secret: string | undefined): secret is string {
  return secret !== undefined && secret.length >= MIN_SECRET_CHARACTERS;
}

/**
 * Readable text that an id may contain in base64, base32 or hexadecimal digits, at any offset. Random ids nearly always contain none, so
 * this is cheap: a text is made only of a run that is long enough. Pure text work, without Buffer and atob.
 */
const BASE64 = valuesOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', '-_', 62);
const HEX = valuesOf('0123456789abcdef', 'ABCDEF', 10);
const BASE32 = valuesOf('abcdefghijklmnopqrstuvwxyz234567', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 0);
/** Eight bytes in base32; a random id nearly never contains them. */
const LONG_BASE32 = /[a-z2-7]{13}/i;

/** The value of each digit by its character code; -1 for other characters. The digits of `others` also have the values from `from` on. */
function valuesOf(digits: string, others: string, from: number): Int8Array {
  const values = new Int8Array(128).fill(-1);
  for (let at = 0; at < digits.length; at += 1) values[digits.charCodeAt(at)] = at;
  for (let at = 0; at < others.length; at += 1) values[others.charCodeAt(at)] = from + at;
  return values;
}

/** Runs of at least `minCharacters` printable ASCII characters. */
export function encodedRuns(id: string, minCharacters: number): readonly string[] {
  const runs: string[] = [];
  for (const phase of [0, 1, 2, 3]) decodedRuns(id, phase, BASE64, 6, minCharacters, runs);
  for (const phase of [0, 1]) decodedRuns(id, phase, HEX, 4, minCharacters, runs);
  if (LONG_BASE32.test(id))
    for (let phase = 0; phase < 8; phase += 1) decodedRuns(id, phase, BASE32, 5, minCharacters, runs);
  return runs;
}

/** The run that is being read; long enough for every id. */
const RUN = new Uint8Array(MAX_ID_CHARACTERS);

/** Adds the runs of every sequence of digits, decoded without its first `phase` digits. */
function decodedRuns(
  id: string,
  phase: number,
  values: Int8Array,
  bitsPerDigit: number,
  minCharacters: number,
  runs: string[],
): void {
  let bits = 0;
  let bitCount = 0;
  let left = phase;
  const run = id.length > RUN.length ? new Uint8Array(id.length) : RUN;
  let length = 0;
  const endRun = (): void => {
    if (length >= minCharacters) runs.push(String.fromCharCode(...run.subarray(0, length)));
    length = 0;
  };
  for (let at = 0; at < id.length; at += 1) {
    const value = values[id.charCodeAt(at)] ?? -1;
    if (value < 0) {
      endRun();
      bitCount = 0;
      left = phase;
    } else if (left > 0) {
      left -= 1;
    } else {
      bits = ((bits << bitsPerDigit) | value) & 0x3fff;
      bitCount += bitsPerDigit;
      if (bitCount < 8) continue;
      bitCount -= 8;
      const byte = (bits >> bitCount) & 0xff;
      // In UTF-16 every ASCII character has a zero byte next to it.
      if (byte === 0) continue;
      if (byte >= 0x20 && byte <= 0x7e) run[length++] = byte;
      else endRun();
    }
  }
  endRun();
}
