/**
 * The secrets in the address of an endpoint (its user info, and the values of its query), and in parameters
 * whose names the application chooses: `extraParams`, the attributes of a room. A value under the name of a
 * credential is secret; so is a part of any other value that is neither words nor a short number
 * (`region=us-west`, `v=2`). JSON within a value is searched member by member. Pure text work; an address
 * that is no URL has no secrets.
 */
import { mayHoldCredentials } from '../memory/collections.js';

const USER_INFO = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)@/i;
/** A shorter user name may be an ordinary word, which must not be redacted in every sentence. */
const MIN_USER_CHARACTERS = 8;
const HARMLESS_VALUE = /^(?:[a-z][a-z_-]{0,9}|v?[\d.]{1,7})$/i;
const NO_SECRETS: readonly string[] = [];

export function urlSecrets(url: string): readonly string[] {
  if (!mayHoldCredentials(url)) return NO_SECRETS;
  return [...userSecrets(url), ...querySecrets(url)];
}

function userSecrets(url: string): readonly string[] {
  const userInfo = USER_INFO.exec(url)?.[1];
  if (userInfo === undefined) return NO_SECRETS;
  const colon = userInfo.indexOf(':');
  if (colon < 0) return [decoded(userInfo)];
  const user = decoded(userInfo.slice(0, colon));
  const password = decoded(userInfo.slice(colon + 1));
  // Basic authentication encodes the pair.
  return [`${user}:${password}`, password, ...(user.length >= MIN_USER_CHARACTERS ? [user] : [])];
}

function querySecrets(url: string): readonly string[] {
  const [, query = ''] = /\?([^#]*)/.exec(url) ?? [];
  const values = query.split('&').map((parameter) => {
    const equals = parameter.indexOf('=');
    return equals < 0 ? parameter : parameter.slice(equals + 1);
  });
  return values
    .map((value) => decoded(value.replaceAll('+', ' ')))
    .filter((value) => value !== '' && !HARMLESS_VALUE.test(value));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A single percent sign: sent unchanged.
    return text;
  }
}

/** Further secrets are not protected: each one costs memory whenever a text is searched. */
export const MAX_PARAMETER_SECRETS = 256;

/** The deepest nesting of JSON that is searched. */
const MAX_DEPTH = 16;
/** A shorter part occurs in ordinary text. */
const MIN_PART_CHARACTERS = 8;
/** Longer than the names of models, regions and scenes. */
const MAX_WORDS_CHARACTERS = 24;
const MAX_WORDS_WITH_DIGITS_CHARACTERS = 16;

const CREDENTIAL_NAMES = new Set(
  `apikey auth authorization bearer cert certificate cookie credential credentials jwt key keys otp pass passphrase passwd
  password pin private pwd secret secrets sig signature token tokens`.split(/\s+/),
);
const CREDENTIAL_WITHIN = /token|secret|passw|passphrase|api[-_ ]?key|credential/i;
/** Names of properties of a credential: `tokenType`, `key_length`. */
const ABOUT_A_CREDENTIAL =
  /(?:type|count|limit|length|expir(?:y|es)(?:[-_]?(?:at|in))?|ttl|version|format)$/i;
const LITERAL = /^(?:true|false|null|none|undefined)?$/i;
const BETWEEN_PARTS = /[\s"'`,;&<>()[\]{}|]+/;
const WORDS = /^(?:[A-Z]?[a-z]{1,12}|[A-Z]{1,8})(?:[-_.:/@](?:[A-Z]?[a-z]{1,12}|[A-Z]{1,8}|v?\d{1,3}))*$/;
const SHORT_NUMBER = /^[+-]?v?[\d.]{1,7}$/;

/** Distinct, at most `MAX_PARAMETER_SECRETS`. */
export function parameterSecrets(parameters: Readonly<Record<string, string>>): readonly string[] {
  const found = new Set<string>();
  for (const [name, value] of Object.entries(parameters)) collect(value, isCredentialName(name), found, 0);
  return [...found].slice(0, MAX_PARAMETER_SECRETS);
}

function collect(value: unknown, isCredential: boolean, found: Set<string>, depth: number): void {
  if (depth > MAX_DEPTH || found.size >= MAX_PARAMETER_SECRETS) return;
  if (typeof value === 'string') collectText(value, isCredential, found, depth);
  else if (typeof value === 'number') {
    if (isCredential) found.add(String(value));
  } else if (Array.isArray(value)) {
    for (const member of value) collect(member, isCredential, found, depth + 1);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      collect(member, isCredential || isCredentialName(name), found, depth + 1);
    }
  }
}

function collectText(text: string, isCredential: boolean, found: Set<string>, depth: number): void {
  const nested = parsed(text);
  if (nested !== undefined) {
    collect(nested, isCredential, found, depth + 1);
    return;
  }
  if (isCredential && !LITERAL.test(text.trim())) found.add(text);
  if (text.includes('://')) for (const secret of urlSecrets(text.trim())) found.add(secret);
  for (const part of text.split(BETWEEN_PARTS)) {
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(equals, 0));
    const value = part.slice(equals + 1);
    if (isCredentialName(name) && !LITERAL.test(value)) found.add(value);
    // A full stop ends a sentence; it is no part of a credential.
    for (const secret of [part, value].map((text) => text.replace(/[.!?:]{1,3}$/, ''))) {
      if (looksSecret(secret)) found.add(secret);
    }
  }
}

/** The object or array that a JSON text contains. */
function parsed(text: string): object | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}

function looksSecret(part: string): boolean {
  if (part.length < MIN_PART_CHARACTERS || SHORT_NUMBER.test(part)) return false;
  if (part.includes('://')) return false;
  const most = /\d/.test(part) ? MAX_WORDS_WITH_DIGITS_CHARACTERS : MAX_WORDS_CHARACTERS;
  return part.length > most || !WORDS.test(part) || CREDENTIAL_WITHIN.test(part);
}

function isCredentialName(name: string): boolean {
  if (ABOUT_A_CREDENTIAL.test(name)) return false;
  if (CREDENTIAL_WITHIN.test(name)) return true;
  const words = name.replaceAll(/([a-z\d])([A-Z])/g, '$1 $2').split(/[^A-Za-z]+/);
  return words.some((word) => CREDENTIAL_NAMES.has(word.toLowerCase()));
}
