/**
 * How messages show the value or the name of an option. Either may be a credential in the wrong place, so a value is shown only if it
 * can't be one: a misspelt known word, a text or number of very few characters, or a name that consists of common words of options.
 * Everything shown is short, whatever was given, and nothing here throws.
 */
import { answerMember } from './plain-object.js';

/** Shorter than any credential. */
const MAX_SHOWN_CHARACTERS = 3;
/** Usual forms of a flag, a choice or an absent value. */
const LITERALS = new Set(['true', 'false', 'null', 'undefined', 'none', 'auto', 'NaN', 'Infinity']);
/** Without trailing zeros: 48000 has two significant digits. A number that is a credential has more. */
const MAX_SHOWN_DIGITS = 3;
const MAX_SHOWN_DIGITS_OF_TEXT = 2;
const NUMBER_IN_TEXT = /^-?[\d.]{1,10}(?:ms|s|m|h|Hz)?$/;
const MAX_SHOWN_BIGINT = 1_000n;
/** Longer names are not compared: they are no misspellings, and the time grows with the square of the length. */
const MAX_NAME_CHARACTERS = 40;
/** Words in the names of options, in addition to those of the known names. */
const COMMON_WORDS = new Set(
  `access after api app as at attempt attempts audio auth avatar base body bytes cap cert channel client close code config
  connect connection content count custom data debug decide default delay drain duration enabled encoding endpoint env error events
  expires factor failed failure file flag format frame frames handler header headers host http id idle info init initial
  interval json   key keys kind label lang language level limit listener log logger max message min mode model ms name on option options origin output
  param params path ping port prefix priority profile protocol proxy publisher query rate reconnect region request response retries
  retry room sample seconds server service session size socket source speed start state status stream stt suffix tag tags
  text tier time timeout timer times to token trace transport tts type unit uri url use user uid value values version voice wait
  websocket with ws x`.split(/\s+/),
);

/** @param near the accepted words: a misspelling of one of them is shown */
export function shownValue(value: unknown, near: readonly string[] = []): string {
  switch (typeof value) {
    case 'string':
      return shownText(value, near);
    case 'bigint':
      return value < MAX_SHOWN_BIGINT && value > -MAX_SHOWN_BIGINT ? `${value}n` : 'bigint';
    case 'number':
      return shownNumber(value);
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'object':
    case 'function':
    case 'symbol':
      return kindOf(value);
  }
}

/** @param bounds a number close to one of them is a mistake and no credential, so it is shown */
export function shownNumber(value: number, ...bounds: readonly number[]): string {
  const isBeside = Number.isInteger(value) && bounds.some((bound) => Math.abs(value - bound) <= 1);
  if (isBeside || !Number.isFinite(value) || digitsOf(String(value)) <= MAX_SHOWN_DIGITS)
    return String(value);
  if (!Number.isInteger(value)) return value < 0 ? 'a negative fraction' : 'a fraction';
  const digits = Math.floor(Math.log10(Math.abs(value))) + 1;
  return `a ${value < 0 ? 'negative ' : ''}number of ${digits} digits`;
}

function digitsOf(text: string): number {
  return text.replaceAll(/[^1-9]/g, '').length;
}

/** Objects whose content is not in their properties: as an option, such an object would be read as an empty one. */
const OTHER_KINDS = new Set(
  `Map Set WeakMap WeakSet WeakRef Promise Date RegExp Error String Number Boolean Symbol BigInt ArrayBuffer
  SharedArrayBuffer DataView Generator AsyncGenerator URL URLSearchParams Headers FormData Blob File Request Response
  Arguments`.split(/\s+/),
);

/** The kind of a value, without any of its content. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  if (isArray(value)) return 'an array';
  const name = classOf(value);
  const isOther = OTHER_KINDS.has(name) || ArrayBuffer.isView(value);
  return isOther ? `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}` : 'object';
}

/** The class, such as `Map` or `Date`, of any realm, and behind a Proxy if that shows it. */
function classOf(value: object): string {
  try {
    const tag = answerMember(value, Symbol.toStringTag);
    if (typeof tag === 'string') return tag;
    // A tag inherited from Object.prototype is ignored.
    if (Symbol.toStringTag in Object.prototype) return 'Object';
    return Object.prototype.toString.call(value).slice('[object '.length, -1);
  } catch {
    return 'Object'; // Reading its tag throws as well.
  }
}

/**
 * How messages show a name, which may be anything, even a key.
 *
 * @param known the accepted names
 */
export function shownName(name: string, known: readonly string[] = []): string {
  return isHarmlessName(name, known) ? name : `with a name of ${name.length} characters`;
}

function isHarmlessName(name: string, known: readonly string[]): boolean {
  if (name.length > MAX_NAME_CHARACTERS) return false;
  if (name.length <= MAX_SHOWN_CHARACTERS || isSlipOf(name, known)) return true;
  const words = wordsOf(name);
  const knownWords = new Set(known.flatMap(wordsOf));
  return words.length > 0 && words.every((word) => COMMON_WORDS.has(word) || knownWords.has(word));
}

/** The words of `maxAttempts`, `x-trace-id`, `HTTPPort2`. Empty if the name contains anything else. */
function wordsOf(name: string): readonly string[] {
  if (!/^\$?[A-Za-z][A-Za-z_.-]*\d{0,2}$/.test(name)) return [];
  const words = name.match(/[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[A-Z]/g) ?? [];
  return words.map((word) => word.toLowerCase());
}

function shownText(text: string, near: readonly string[]): string {
  const isNumber = NUMBER_IN_TEXT.test(text) && digitsOf(text) <= MAX_SHOWN_DIGITS_OF_TEXT;
  const isShown =
    text.length <= MAX_SHOWN_CHARACTERS || LITERALS.has(text) || isNumber || isSlipOf(text, near);
  return isShown ? JSON.stringify(text) : `a string of ${text.length} characters`;
}

function isArray(value: unknown): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false; // A revoked Proxy.
  }
}

/** From this length on, a name that is part of a known one counts as close: `room` for `roomName`. */
const MIN_PART_CHARACTERS = 3;

/** Undefined if no known name is close: at most a third of the characters differ, or one name contains the other. */
export function closestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > MAX_NAME_CHARACTERS) return undefined;
  const given = plain(name);
  return misspelt(given, known) ?? known.find((candidate) => contains(given, plain(candidate)));
}

/** `; did you mean drain?`, or nothing. `shape` formats the suggested name. */
export function didYouMean(
  name: unknown,
  known: readonly string[],
  shape = (meant: string): string => meant,
): string {
  const meant = typeof name === 'string' ? closestName(name, known) : undefined;
  return meant === undefined ? '' : `; did you mean ${shape(meant)}?`;
}

function misspelt(given: string, known: readonly string[]): string | undefined {
  let closest: string | undefined;
  let least = Math.floor(given.length / 3) + 1;
  for (const candidate of known) {
    const edits = isSwapped(given, plain(candidate)) ? 1 : distance(given, plain(candidate));
    if (edits >= least) continue;
    least = edits;
    closest = candidate;
  }
  return closest;
}

/** Whether it is a misspelt known word, or a part of one: then it is no secret. */
function isSlipOf(text: string, known: readonly string[]): boolean {
  if (known.length === 0 || text.length > MAX_NAME_CHARACTERS) return false;
  const given = plain(text);
  return misspelt(given, known) !== undefined || known.some((word) => plain(word).includes(given));
}

/** `API_key` and `api-key` are spellings of `apiKey`. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_\s-]/g, '');
}

function contains(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return short.length >= MIN_PART_CHARACTERS && long.includes(short);
}

/** Whether a word has the same letters in another order: `drian` for `drain`. */
function isSwapped(one: string, other: string): boolean {
  return one.length === other.length && lettersOf(one) === lettersOf(other);
}

function lettersOf(text: string): string {
  return Array.from(text).sort().join('');
}

/** Insertions, deletions and replacements (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 0; i < from.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j += 1) {
      const replaced = (row[j] ?? 0) + (from[i] === to[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

/** Why a text is no JSON, without any of the text: the engine quotes it, and a file given by mistake may hold credentials. */
const QUOTED = /,? ?(?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON$/s;

/** @param error the error that `JSON.parse` threw */
export function jsonProblem(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  const problem = words.replace(QUOTED, '');
  return problem === '' ? 'it is none' : problem;
}
