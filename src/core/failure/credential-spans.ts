/**
 * Finds the values that stand where credentials stand: after a telling name and a separator (JSON members, query
 * parameters, header lines), after "Bearer", in the user part of a URL, and JWTs. Sentences about tokens stay
 * readable. Every search either moves on or stops, so a hostile text costs no more than its length.
 */
import { valueSpan } from './credential-value.js';
import type { Span } from './text-span.js';

/** A telling name, and what else belongs to the word. */
const NAME =
  /(?:token|secret|passw(?:or)?d|passphrase|api[-_ ]?key|session[-_ ]?key|private[-_ ]?key|access[-_ ]?key|authorization|credential)[\w.-]*/gi;
/** Quotes may be escaped any number of times: JSON within JSON. */
const SEPARATOR = /[\\]{0,16}["']?\s{0,16}(?::|=>?|%3[ad])\s{0,64}/iy;
const BEARER = /\bbearer[ \t]{1,8}/gi;
const JWT = /eyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*){0,4}/g;
const URL_USER = /(?<=:\/\/)[^\s/?#@"']{1,256}(?=@)/g;

export function credentialSpans(text: string): Span[] {
  return [...namedValues(text), ...bearerValues(text), ...matches(text, JWT), ...matches(text, URL_USER)];
}

function namedValues(text: string): Span[] {
  const spans: Span[] = [];
  let at = 0;
  for (;;) {
    const name = matchAt(text, NAME, at);
    if (name === undefined) return spans;
    at = name.end;
    const separator = matchAt(text, SEPARATOR, at);
    if (separator === undefined) continue;
    const value = valueSpan(text, separator.end);
    at = Math.max(separator.end, value?.end ?? 0);
    const prose = /^(?:token|credential)/i.test(text.slice(name.start, name.end));
    const spaced = /:\s/.test(text.slice(separator.start, separator.end));
    if (value === undefined || (prose && spaced && isWord(text, value))) continue;
    spans.push(value);
  }
}

function bearerValues(text: string): Span[] {
  return matches(text, BEARER).flatMap(({ end }) => {
    const value = valueSpan(text, end);
    return value === undefined || isWord(text, value) ? [] : [value];
  });
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
