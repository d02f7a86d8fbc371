/**
 * The title of an HTML page, as one short line to be quoted: what a proxy or a portal calls its own answer. The text is not
 * trusted: it is bounded, and control characters and tags do not survive.
 */
import { MAX_QUOTED_CHARACTERS, asItIs, type Cleanse } from './reduce-cause.js';

/** A title begins early; a page is not searched to its end. */
const SEARCHED_CHARACTERS = 8_192;
const MAX_CHARACTERS = 80;

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': "'",
  '&#39;': "'",
  '&nbsp;': ' ',
};

/** Undefined where there is no page, or no title. Ends at a space where it is too long, so that no half word remains. */
export function pageTitle(body: string, cleanse: Cleanse = asItIs): string | undefined {
  const [, raw] = /<title[^>]{0,200}>([^<]{1,2000})<\/title/i.exec(body.slice(0, SEARCHED_CHARACTERS)) ?? [];
  return raw === undefined ? undefined : shortLine(cleanse(raw, MAX_QUOTED_CHARACTERS));
}

/** What a refusal says that is a page: its title, or else how its text begins. Undefined where it is no page. */
export function pageText(body: string, cleanse: Cleanse = asItIs): string | undefined {
  if (!/^\s*</.test(body)) return undefined;
  const title = pageTitle(body, cleanse);
  if (title !== undefined) return title;
  // Redacted before the tags go and before it is cut: afterwards a secret might not be recognised.
  return shortLine(cleanse(body, SEARCHED_CHARACTERS).replaceAll(NOT_TEXT, ' '));
}

/** Comments, scripts, styles and tags, also those that do not end. */
const NOT_TEXT = /<!--[^]*?(?:-->|$)|<(script|style)\b[^]*?(?:<\/\1\b[^>]*>?|$)|<[^>]*>?/gi;

function shortLine(text: string): string | undefined {
  const title = text
    .replaceAll(/&(?:amp|lt|gt|quot|#39|nbsp);/g, (entity) => ENTITIES[entity] ?? entity)
    .replaceAll('"', "'")
    .replaceAll(/[\s\p{C}]+/gu, ' ')
    .trim();
  if (title.length <= MAX_CHARACTERS) return title === '' ? undefined : title;
  const end = title.lastIndexOf(' ', MAX_CHARACTERS);
  return end <= 0 ? undefined : `${title.slice(0, end)} …`;
}
