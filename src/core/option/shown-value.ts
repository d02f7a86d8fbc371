/**
 * How messages show a value that was given for an option. A text may be a credential in the wrong place, so only what can't be one
 * is shown: a short text, or plain words. Everything is short, whatever was given, and nothing here throws.
 */
/** Below the length of any credential. */
const MAX_SHOWN_CHARACTERS = 7;
/** Words of letters, such as a misspelt choice. Keys and tokens are longer, or have digits and signs. */
const PLAIN_WORDS = /^(?=.{1,12}$)[A-Za-z]+( [A-Za-z]+)*$/;
const MAX_SHOWN_BIGINT = 10n ** 20n;
const MAX_NAME_CHARACTERS = 40;
/** A name of an option has no more digits than this; a key written as a name has. */
const MAX_NAME_DIGITS = 2;
/** Of these everything is shown that has few digits. */
const MAX_SHORT_NAME_CHARACTERS = 12;
/** Up to seven words of at most twelve letters, in camel case or with signs between: `maxAttempts`, `x-trace-id`, `X-App-ID`. */
const NAME_OF_WORDS =
  /^\$?[A-Za-z][a-z]{0,11}(?:[A-Z][a-z]{1,11}|[A-Z]{2,3}(?![A-Za-z])|[-_.][A-Za-z][a-z]{0,11}){0,6}\d{0,2}$/;

export function shownValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return shownText(value);
    case 'bigint':
      return value < MAX_SHOWN_BIGINT && value > -MAX_SHOWN_BIGINT ? `${value}n` : 'bigint';
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'object':
    case 'function':
    case 'symbol':
      return kindOf(value);
  }
}

/** Without any of its content. */
export function kindOf(value: unknown): string {
  return value === null ? 'null' : isArray(value) ? 'an array' : typeof value;
}

/** A name of an object that may be anything: a key, too. */
export function shownName(name: string): string {
  const digits = name.replaceAll(/\D/g, '').length;
  const isShort = name.length <= MAX_SHORT_NAME_CHARACTERS;
  const isOfWords = name.length <= MAX_NAME_CHARACTERS && NAME_OF_WORDS.test(name);
  return digits <= MAX_NAME_DIGITS && (isShort || isOfWords)
    ? name
    : `with a name of ${name.length} characters`;
}

function shownText(text: string): string {
  return text.length <= MAX_SHOWN_CHARACTERS || PLAIN_WORDS.test(text)
    ? JSON.stringify(text)
    : `a string of ${text.length} characters`;
}

function isArray(value: unknown): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false; // A revoked Proxy.
  }
}

/**
 * What is wrong with a text that is no JSON, without any of the text: the engine quotes it, and a file given by mistake may hold
 * credentials.
 */
const QUOTED = /,? ?(?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON$/s;

/** @param error what `JSON.parse` threw */
export function jsonProblem(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  const problem = words.replace(QUOTED, '');
  return problem === '' ? 'it is none' : problem;
}
