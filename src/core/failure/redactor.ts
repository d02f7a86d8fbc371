/**
 * Keeps secrets out of everything that is shown: the known ones in the forms in which they travel, and whatever
 * stands where a credential stands. Knows nothing about failures. Works in time linear in the text.
 */
import { credentialSpans } from './credential-spans.js';
import { KnownSecrets } from './known-secrets.js';
import { MIN_CUT_BYTES } from './needle-index.js';
import { replaceSpans } from './text-span.js';

export interface Redactor {
  /** Adds a secret that must never be shown from now on; shorter than 4 characters is ignored. */
  protect(secret: string | undefined): void;
  /** The text with every known secret, and everything that looks like a credential, replaced by `[redacted]`. */
  redact(text: string): string;
  /**
   * As `redact`, for an id that comes with every connection: without the index of all forms, which takes 70 µs and 40 KB, unless a
   * part of a secret shows in the id, in any case. Encoded forms are found only together with such a part.
   */
  redactId(id: string): string;
  /** Lets go of every known secret: the session is over. What looks like a credential is still replaced. */
  forget(): void;
}

export const REDACTED = '[redacted]';

/** Shorter ones hide nothing. */
const MIN_SECRET_CHARACTERS = 4;

/** Session tokens change with every dial; an error that names an older one than this is unlikely to come. */
const MAX_LATER_SECRETS = 16;

const MIN_TRIMMED_CHARACTERS = 8;

/** What ids of connections look like; anything else may be a text that was put there. */
const ID = /^[\w.:-]{0,128}$/;

const NO_SECRETS: readonly string[] = [];

/**
 * The given secrets are kept until `forget`, of those protected later the last 16. Secrets of up to 7 characters are
 * replaced only where they stand as a word of their own.
 */
export function createRedactor(secrets: readonly (string | undefined)[] = []): Redactor {
  return new SessionRedactor([...new Set(secrets.map(withoutBlanks).filter(isSecret))]);
}

class SessionRedactor implements Redactor {
  #lasting: readonly string[];
  /** Those protected later, the last one at the end. */
  #later: readonly string[] = NO_SECRETS;
  /**
   * Some ten times the size of the secrets, so made when first needed and dropped with the next token: a session that runs
   * well keeps none.
   */
  #known: KnownSecrets | undefined;

  constructor(lasting: readonly string[]) {
    this.#lasting = lasting;
  }

  protect(given: string | undefined): void {
    const secret = withoutBlanks(given);
    if (!isSecret(secret) || this.#lasting.includes(secret)) return;
    this.#known = undefined;
    const others = this.#later.filter((known) => known !== secret);
    // `concat` makes an array of exactly this size; behind a spread it would keep room for seventeen.
    this.#later = others.slice(1 - MAX_LATER_SECRETS).concat(secret);
  }

  redact(text: string): string {
    this.#known ??= new KnownSecrets([...new Set([...this.#lasting, ...this.#later])]);
    return replaceSpans(text, [...this.#known.spans(text), ...credentialSpans(text)], REDACTED);
  }

  redactId(id: string): string {
    if (!this.#mayShowIn(id)) return replaceSpans(id, credentialSpans(id), REDACTED);
    const shown = this.redact(id);
    this.#known = undefined;
    return shown;
  }

  /** False only for what looks like an id, and shares no part with a secret. */
  #mayShowIn(id: string): boolean {
    if (!ID.test(id)) return true;
    const text = id.toLowerCase();
    return [...this.#lasting, ...this.#later].some((given) => {
      const secret = given.toLowerCase();
      if (secret.length < MIN_CUT_BYTES) return text.includes(secret);
      for (let at = 0; at + MIN_CUT_BYTES <= text.length; at += 1) {
        if (secret.includes(text.slice(at, at + MIN_CUT_BYTES))) return true;
      }
      return false;
    });
  }

  forget(): void {
    this.#lasting = NO_SECRETS;
    this.#later = NO_SECRETS;
    this.#known = undefined;
  }
}

/** Blanks around a secret do not survive most ways that it takes. A short one is left as it is: without them it would be a mere word. */
function withoutBlanks(secret: string | undefined): string | undefined {
  const trimmed = secret?.trim();
  return trimmed !== undefined && trimmed.length >= MIN_TRIMMED_CHARACTERS ? trimmed : secret;
}

function isSecret(secret: string | undefined): secret is string {
  return secret !== undefined && secret.length >= MIN_SECRET_CHARACTERS;
}
