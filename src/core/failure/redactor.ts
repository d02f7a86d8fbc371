/**
 * Keeps secrets out of everything that is shown: the known ones in the forms in which they travel, and whatever
 * stands where a credential stands. Knows nothing about failures. Works in time linear in the text.
 */
import { credentialSpans } from './credential-spans.js';
import { secretForms } from './secret-forms.js';
import { replaceSpans, type Span } from './text-span.js';

export interface Redactor {
  /** Adds a secret that must never be shown from now on; shorter than 4 characters is ignored. */
  protect(secret: string | undefined): void;
  /** The text with every known secret, and everything that looks like a credential, replaced by `[redacted]`. */
  redact(text: string): string;
}

export const REDACTED = '[redacted]';

/** Shorter ones occur in ordinary words, and hide nothing. */
const MIN_SECRET_CHARACTERS = 4;

/** Session tokens change with every dial; an error that names an older one than this is unlikely to come. */
const MAX_LATER_SECRETS = 16;

/** A beginning this long at the very end of a text is a secret that somebody cut. */
const MIN_CUT_CHARACTERS = 8;

const NO_SECRETS: readonly string[] = [];

/**
 * The given secrets are kept for the redactor's whole life, of those protected later the last 16.
 * Does not keep ordinary sentences about tokens from being shown, only values.
 */
export function createRedactor(secrets: readonly (string | undefined)[] = []): Redactor {
  return new KnownSecrets(secrets.filter(isSecret));
}

class KnownSecrets implements Redactor {
  readonly #lasting: readonly string[];
  /** Those protected later, the last one at the end. */
  #later: readonly string[] = NO_SECRETS;
  /**
   * Ten times the size of the secrets, so made when first needed and dropped with the next token: a session that runs
   * well keeps none.
   */
  #forms: readonly string[] | undefined;

  constructor(lasting: readonly string[]) {
    this.#lasting = lasting;
  }

  protect(secret: string | undefined): void {
    if (!isSecret(secret) || this.#lasting.includes(secret)) return;
    this.#forms = undefined;
    const others = this.#later.filter((known) => known !== secret);
    this.#later = [...others.slice(1 - MAX_LATER_SECRETS), secret];
  }

  redact(text: string): string {
    this.#forms ??= [...new Set([...this.#lasting, ...this.#later])].flatMap(secretForms);
    const known = this.#forms.flatMap((form) => occurrences(text, form));
    return replaceSpans(text, [...known, ...credentialSpans(text)], REDACTED);
  }
}

function isSecret(secret: string | undefined): secret is string {
  return secret !== undefined && secret.length >= MIN_SECRET_CHARACTERS;
}

function occurrences(text: string, form: string): Span[] {
  const spans: Span[] = [];
  for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + form.length)) {
    spans.push({ start: at, end: at + form.length });
  }
  const cutAt = cutFormStart(text, form);
  if (cutAt !== undefined) spans.push({ start: cutAt, end: text.length });
  return spans;
}

/** Where the text ends with the beginning of the form; the earliest such place. */
function cutFormStart(text: string, form: string): number | undefined {
  const beginning = form.slice(0, MIN_CUT_CHARACTERS);
  let at = text.indexOf(beginning, text.length - form.length + 1);
  while (at >= 0 && !form.startsWith(text.slice(at))) at = text.indexOf(beginning, at + 1);
  return at < 0 ? undefined : at;
}
