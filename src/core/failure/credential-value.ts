/**
 * Where the value after a name and its separator ends: a quoted text, a bracketed list, or a bare word. A value
 * that nobody closed (the text was cut) reaches to the end. Whether it is a credential is decided elsewhere.
 */
import type { Span } from './text-span.js';

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
