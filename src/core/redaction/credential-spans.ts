/**
 * Finds values at the usual places of credentials: after the name of a credential and a separator (JSON members, query
 * parameters, header lines), after "Bearer", in the user part of a URL, and JWTs. Sentences about tokens stay readable.
 * Every search continues after the part that it has found, so the cost for a hostile text is linear in its length.
 */
const NAME =
  /(?:token|secret|passw(?:or)?d|passphrase|api[-_ ]?key|session[-_ ]?key|private[-_ ]?key|access[-_ ]?key|authorization|credential)/gi;
const NAME_WITHIN = new RegExp(NAME, 'i');
/** The rest of the word that contains the name. */
const REST_OF_NAME = /[\w.-]*/y;
/** The word is a different one: "secretary", "tokenizer", "passwordless". A plural is not. */
const OTHER_WORD = /^(?!s(?![a-z]))[a-z]/;
/** Names of properties of a credential: `token_type`, `tokenExpired`, `secret.version`. */
const ABOUT_A_CREDENTIAL =
  /(?:type|counts?|limits?|usage|used|expired|expir(?:y|es)(?:[_-]?(?:at|in))?|length|status|state|valid|required|version|error|ttl|scopes?|format|algorithm|names?|polic(?:y|ies)|hint|supported)$/i;
/** The name of an address: `token_endpoint`. Its value is an address, or a credential. */
const ADDRESS_OF_A_CREDENTIAL = /(?:endpoint|ur[il]|link|page)s?$/i;
const ADDRESS = /^(?:[a-z]+:\/\/|\/)/i;
/** Words before the name that make it a count of text tokens: `max_tokens`, `promptTokens`. */
const COUNTING =
  /(?:^|[^a-z])(?:max|min|num|total|prompt|completion|input|output|cached|remaining|used|limit|reset)[_-]?$/i;
/** The endings of `tokens`, `TOKENS`, `tokens_per_minute`. */
const PLURAL = /^(?:s(?![a-z])|S(?![A-Za-z]))/;
/** Counts and rates: `4096`, `100/200`, `6m0s`. */
const COUNT = /^(?:[\d.,/%]+|\d{1,4}(?:ms|[smhd])(?:\d{1,3}(?:ms|[smhd])){0,3})$/;
/** The longest count of anything but tokens: a longer number may be a credential. */
const MAX_COUNT_CHARACTERS = 3;
/** Quotes may be escaped repeatedly: JSON within JSON. */
const SEPARATOR = /[\\]{0,16}["']?\s{0,16}(?::|=>?|%3[ad])\s{0,64}/iy;
const BEARER = /\bbearer[ \t]{1,8}/gi;
const JWT = /eyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*){0,4}/g;
const URL_USER = /(?<=:\/\/)[^\s/?#@"']{1,256}(?=@)/g;

/** Words that a sentence uses about a credential; no credential is one of them. */
const SAID_OF_CREDENTIALS =
  wordsOf(`absent bad blocked denied disabled empty expired failed forbidden inactive incorrect
  invalid malformed mismatch missing needed none refused rejected required revoked suspended unauthorized unknown
  unrecognized unsupported used valid wrong`);
/** Words that mark a sentence; alone in quotes each of them may be a credential. */
const VERBS =
  wordsOf(`are be been can cannot can't could did do does doesn't exist exists has have is isn't may must no not
  ok please provide should was were yes`);
/** Words in sentences about credentials that are no credentials themselves. */
const TOPICS =
  wordsOf(`accepted allowed authentication authorization bearer blank character characters credential credentials
  digit digits enabled field found header headers key letter letters long number parameter password permitted provided
  secret session short signature string supplied symbol text token too user value verified`);

function wordsOf(list: string): ReadonlySet<string> {
  return new Set(list.split(/\s+/));
}

export function credentialSpans(text: string): Span[] {
  return [...namedValues(text), ...bearerValues(text), ...matches(text, JWT), ...matches(text, URL_USER)];
}

function namedValues(text: string): Span[] {
  const spans: Span[] = [];
  let at = 0;
  for (;;) {
    const name = matchAt(text, NAME, at);
    if (name === undefined) return spans;
    const rest = matchAt(text, REST_OF_NAME, name.end) ?? { start: name.end, end: name.end };
    at = rest.end;
    const tail = text.slice(rest.start, Math.min(rest.end, rest.start + MAX_TAIL_CHARACTERS));
    if (OTHER_WORD.test(tail) || ABOUT_A_CREDENTIAL.test(tail)) continue;
    const separator = matchAt(text, SEPARATOR, at);
    if (separator === undefined) continue;
    const value = valueSpan(text, separator.end);
    at = Math.max(separator.end, value?.end ?? 0);
    if (value === undefined) continue;
    if (isAddress(text, tail, value)) spans.push(...queryValues(text, value));
    else if (!isProse(text, name, tail, separator, value)) spans.push(value);
  }
}

/** Longer words are not in any list. */
const MAX_TAIL_CHARACTERS = 64;

/** Words that continue a sentence about a credential; alone each of them may be a credential. */
const GOES_ON_WITH =
  wordsOf(`a an at authentication authorization bearer can could credentials did does field header headers key
  may must parameter please quota rate request session signature the this token too user value was your`);

/**
 * Whether the value is a word or number of a sentence and no credential: "API key: invalid", "tokens: 100/200 used".
 */
function isProse(text: string, name: Span, tail: string, separator: Span, value: Span): boolean {
  if (isCount(text, name, tail, value)) return true;
  if (text[value.start] === '[') return isListOfSentences(text, value);
  if (isQuoted(text, value)) return isSentence(text, value);
  const word = text.slice(value.start, Math.min(value.end, value.start + MAX_TAIL_CHARACTERS));
  const between = text.slice(separator.start, separator.end);
  const first = word.replace(/\.$/, '').toLowerCase();
  const isSpaced = /[:>]\s/.test(between);
  if (isSpaced && (SAID_OF_CREDENTIALS.has(first) || VERBS.has(first))) return true;
  if (isSpaced && GOES_ON_WITH.has(first) && goesOn(text, value.end)) return true;
  const plainName = /^(?:token|credential)/i.test(text.slice(name.start, name.end));
  return plainName && /:\s/.test(between) && isWord(text, value);
}

function isAddress(text: string, tail: string, { start }: Span): boolean {
  return ADDRESS_OF_A_CREDENTIAL.test(tail) && ADDRESS.test(text.slice(start, start + 16));
}

const PARAMETER_OF_ADDRESS = /[?&#;]([^=?&#;]{1,64})=([^&#;]*)/g;

/** The values of credentials in the query of an address. */
function queryValues(text: string, { start, end }: Span): Span[] {
  return Array.from(text.slice(start, end).matchAll(PARAMETER_OF_ADDRESS))
    .filter(([, name = '']) => NAME_WITHIN.test(name))
    .map(({ index, 0: whole, 2: value = '' }) => ({
      start: start + index + whole.length - value.length,
      end: start + index + whole.length,
    }));
}

function isQuoted(text: string, { start }: Span): boolean {
  return /["']/.test(text[start - 1] ?? '');
}

/** Whether the value is a count of tokens, or a small count of something else. */
function isCount(text: string, name: Span, tail: string, { start, end }: Span): boolean {
  const isPlural = PLURAL.test(tail);
  if (end - start > MAX_TAIL_CHARACTERS || !COUNT.test(text.slice(start, end))) return false;
  if (text.slice(name.start, name.end).toLowerCase() !== 'token')
    return isPlural && end - start <= MAX_COUNT_CHARACTERS;
  return isPlural || (tail === '' && COUNTING.test(text.slice(Math.max(0, name.start - 16), name.start)));
}

/** Longer sentences, and longer lists of them, count as credentials. */
const MAX_SENTENCE_CHARACTERS = 160;
const MAX_LIST_CHARACTERS = 512;
/** A word that is no credential: letters in the usual case, or a number of at most three digits. */
const PLAIN_WORD = /^(?:[A-Za-z][a-z]{0,15}(?:'[a-z]{1,2})?|[A-Z]{2,4}|\d{1,3})$/;

/** Whether a text is a sentence about a credential: "is required", "The token has expired", "required". */
function isSentence(text: string, { start, end }: Span): boolean {
  if (end - start > MAX_SENTENCE_CHARACTERS) return false;
  const sentence = text.slice(start, end).replaceAll(/\\+u0027|’/gi, "'");
  const words = sentence.split(' ').map((word) => word.replace(/^\(/, '').replace(/[.,;:!?)]{1,2}$/, ''));
  const has = (list: ReadonlySet<string>): boolean => words.some((word) => list.has(word.toLowerCase()));
  if (!words.every((word) => PLAIN_WORD.test(word))) return false;
  return has(SAID_OF_CREDENTIALS) || (words.length > 1 && has(VERBS) && has(TOPICS));
}

/** Whether a text is a list such as `["can't be blank","is too short"]`. */
function isListOfSentences(text: string, { start, end }: Span): boolean {
  if (end - start > MAX_LIST_CHARACTERS) return false;
  const list = text.slice(start, end);
  const sentences = Array.from(list.matchAll(/"([^"]*)"/g), ([, sentence = '']) => sentence);
  if (sentences.length === 0 || !/^\[[\s,]*\]$/.test(list.replaceAll(/"[^"]*"/g, ''))) return false;
  return sentences.every((sentence) => isSentence(sentence, { start: 0, end: sentence.length }));
}

/** Whether words of a sentence follow. */
function goesOn(text: string, at: number): boolean {
  return /^(?:['’]t)? [a-z]{2,12}(?![^\s.,;:!?)])/.test(text.slice(at, at + MAX_TAIL_CHARACTERS));
}

function bearerValues(text: string): Span[] {
  const spans: Span[] = [];
  let at = 0;
  for (;;) {
    const bearer = matchAt(text, BEARER, at);
    if (bearer === undefined) return spans;
    const value = valueSpan(text, bearer.end);
    at = Math.max(bearer.end, value?.end ?? 0);
    if (value !== undefined && !isWord(text, value) && !isParameter(text, value.start)) spans.push(value);
  }
}

/** Parameters of an authentication challenge: `Bearer realm="api"`. */
const PARAMETER =
  /(?:realm|error(?:_description|_uri|_codes)?|scope|charset|authorization(?:_uri)?|resource(?:_metadata|_id)?|client_id|max_age|acr_values|issuer)=/iy;

function isParameter(text: string, at: number): boolean {
  PARAMETER.lastIndex = at;
  return PARAMETER.test(text);
}

/**
 * Whether the sentence continues: "token: expired", "bearer token". A bare credential is longer than a dozen lower-case
 * letters.
 */
function isWord(text: string, { start, end }: Span): boolean {
  return end - start <= 12 && /^[a-z]+$/.test(text.slice(start, end)) && !/["']/.test(text[start - 1] ?? '');
}

function matches(text: string, pattern: RegExp): Span[] {
  return Array.from(text.matchAll(pattern), (match) => ({
    start: match.index,
    end: match.index + match[0].length,
  }));
}

function matchAt(text: string, pattern: RegExp, at: number): Span | undefined {
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  return match === null ? undefined : { start: match.index, end: match.index + match[0].length };
}

/** Digest authentication, where one of several parameters proves the password. */
const DIGEST = /digest[ \t]{1,8}(?=[a-z]{1,16}=)[^\r\n]*/iy;
const BARE = /[^\s"'`\\,;&<>()[\]{}|]+/y;
const SCHEME = /(?:bearer|basic|digest|token|apikey)[ \t]{1,8}/iy;
const LITERAL = /^(?:true|false|null|undefined)$/;

/** Undefined if there is no value, or a literal that hides nothing. */
export function valueSpan(text: string, start: number): Span | undefined {
  const quote = openingQuote(text, start);
  if (quote !== undefined) return quoted(text, quote.end, quote.backslashes);
  const first = text[start];
  if (first === '[' || first === '{') return { start, end: bracketEnd(text, start) };
  const digest = matchAt(text, DIGEST, start);
  if (digest !== undefined) return { start: start + 'digest '.length, end: digest.end };
  SCHEME.lastIndex = start;
  const scheme = SCHEME.exec(text);
  if (scheme !== null && isParameter(text, start + scheme[0].length)) return undefined;
  BARE.lastIndex = start + (scheme?.[0].length ?? 0);
  const bare = BARE.exec(text);
  if (bare === null) return undefined;
  return LITERAL.test(bare[0]) ? undefined : { start: bare.index, end: bare.index + bare[0].length };
}

interface OpeningQuote {
  readonly end: number;
  readonly backslashes: number;
}

function openingQuote(text: string, start: number): OpeningQuote | undefined {
  let at = start;
  while (text[at] === '\\') at += 1;
  const isQuote = text[at] === '"' || text[at] === "'";
  return isQuote ? { end: at + 1, backslashes: at - start } : undefined;
}

/** A quoted text. It ends before the first such quote with no more backslashes than the opening one. */
function quoted(text: string, start: number, backslashes: number): Span {
  const mark = text[start - 1];
  let escapes = 0;
  for (let at = start; at < text.length; at += 1) {
    const char = text[at];
    if (char === '\\') {
      escapes += 1;
      continue;
    }
    const closes = backslashes === 0 ? escapes % 2 === 0 : escapes <= backslashes;
    if (char === mark && closes) return { start, end: at - (backslashes === 0 ? 0 : escapes) };
    escapes = 0;
  }
  return { start, end: text.length };
}

/** The end of the bracket that begins at `start`; brackets in texts count too, which only redacts more. */
function bracketEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const char = text[at];
    if (char === '[' || char === '{') depth += 1;
    if (char === ']' || char === '}') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return text.length;
}

/** `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export function replaceSpans(text: string, spans: readonly Span[], replacement: string): string {
  if (spans.length === 0) return text;
  const sorted = spans.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start);
  let result = '';
  let at = 0;
  let previousEnd = -1;
  for (const { start, end } of sorted) {
    if (start >= at) {
      // Adjacent spans are the same secret in two forms, so they get one replacement.
      result += text.slice(at, start) + (start === previousEnd ? '' : replacement);
    }
    at = Math.max(at, end);
    previousEnd = at;
  }
  return result + text.slice(at);
}
