/**
 * Finds the values that stand where credentials stand: after a telling name and a separator (JSON members, query
 * parameters, header lines), after "Bearer", in the user part of a URL, and JWTs. Sentences about tokens stay
 * readable. Every search goes on behind what it has found, so a hostile text costs no more than its length.
 */
const NAME =
  /(?:token|secret|passw(?:or)?d|passphrase|api[-_ ]?key|session[-_ ]?key|private[-_ ]?key|access[-_ ]?key|authorization|credential)/gi;
/** What else belongs to the word. */
const REST_OF_NAME = /[\w.-]*/y;
/** The word is another one: "secretary", "tokenizer", "passwordless". A plural is not. */
const OTHER_WORD = /^(?!s(?![a-z]))[a-z]/;
/** The name of something about a credential: `token_type`, `tokenExpired`, `secret.version`. */
const ABOUT_A_CREDENTIAL =
  /(?:type|counts?|limits?|usage|used|expired|expir(?:y|es)(?:[_-]?(?:at|in))?|length|status|state|valid|required|version|error|ttl|scopes?|format|algorithm)$/i;
/** Quotes may be escaped any number of times: JSON within JSON. */
const SEPARATOR = /[\\]{0,16}["']?\s{0,16}(?::|=>?|%3[ad])\s{0,64}/iy;
const BEARER = /\bbearer[ \t]{1,8}/gi;
const JWT = /eyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*){0,4}/g;
const URL_USER = /(?<=:\/\/)[^\s/?#@"']{1,256}(?=@)/g;

/** What a sentence says of a credential: no credential is one of these words. */
const SAID_OF_CREDENTIALS = new Set(
  `absent bad blocked cannot denied disabled empty expired failed forbidden has inactive incorrect invalid is malformed
  mismatch missing must needed no none not ok refused rejected required revoked should suspended unauthorized unknown
  unrecognized unsupported used valid was wrong yes`.split(/\s+/),
);

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
    if (value === undefined || isProse(text, name, tail, separator, value)) continue;
    spans.push(value);
  }
}

/** Longer words name nothing that is known. */
const MAX_TAIL_CHARACTERS = 64;

/** What a sentence about a credential goes on with: alone it may be one. */
const GOES_ON_WITH = new Set(
  `a an authentication authorization bearer can could credentials did does field header headers key may must parameter
  please quota request session the this token too user your`.split(/\s+/),
);

/** Whether the value is a word or a number of a sentence, and no credential: "API key: invalid", "tokens: 100/200 used". */
function isProse(text: string, name: Span, tail: string, separator: Span, value: Span): boolean {
  if (/["']/.test(text[value.start - 1] ?? '')) return false;
  const word = text.slice(value.start, Math.min(value.end, value.start + MAX_TAIL_CHARACTERS));
  if (/^s/i.test(tail) && /^[\d.,/%]+$/.test(word)) return true;
  const between = text.slice(separator.start, separator.end);
  const first = word.replace(/\.$/, '').toLowerCase();
  if (/[:>]\s/.test(between) && SAID_OF_CREDENTIALS.has(first)) return true;
  if (/[:>]\s/.test(between) && GOES_ON_WITH.has(first) && goesOn(text, value.end)) return true;
  const plainName = /^(?:token|credential)/i.test(text.slice(name.start, name.end));
  return plainName && /:\s/.test(between) && isWord(text, value);
}

/** Words of a sentence follow. */
function goesOn(text: string, at: number): boolean {
  return /^ [a-z]{2,12}(?![^\s.,;:!?)])/.test(text.slice(at, at + MAX_TAIL_CHARACTERS));
}

function bearerValues(text: string): Span[] {
  const spans: Span[] = [];
  let at = 0;
  for (;;) {
    const bearer = matchAt(text, BEARER, at);
    if (bearer === undefined) return spans;
    const value = valueSpan(text, bearer.end);
    at = Math.max(bearer.end, value?.end ?? 0);
    if (value !== undefined && !isWord(text, value)) spans.push(value);
  }
}

/** "token: expired", "bearer token": a sentence goes on. No bare credential is a dozen lower-case letters or fewer. */
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

const BARE = /[^\s"'`\\,;&<>()[\]{}|]+/y;
const SCHEME = /(?:bearer|basic|digest|token|apikey)[ \t]{1,8}/iy;
const LITERAL = /^(?:true|false|null|undefined)$/;

/** Undefined when nothing stands there, or a literal that hides nothing. */
export function valueSpan(text: string, start: number): Span | undefined {
  const quote = openingQuote(text, start);
  if (quote !== undefined) return quoted(text, quote.end, quote.backslashes);
  const first = text[start];
  if (first === '[' || first === '{') return { start, end: bracketEnd(text, start) };
  SCHEME.lastIndex = start;
  const scheme = SCHEME.exec(text);
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

/** Ends before the first such quote that is escaped no more than the opening one was. */
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

/** After the bracket that closes the one at `start`; brackets within texts count too, which only redacts more. */
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
      // Spans that touch are one secret told in two ways: replace them once.
      result += text.slice(at, start) + (start === previousEnd ? '' : replacement);
    }
    at = Math.max(at, end);
    previousEnd = at;
  }
  return result + text.slice(at);
}
