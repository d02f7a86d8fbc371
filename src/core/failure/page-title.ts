/**
 * The title of an HTML page, as one short line to be quoted: what a proxy or a portal calls its own answer. The text is not
 * trusted: it is bounded, and control characters and tags do not survive.
 */

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
export function pageTitle(body: string): string | undefined {
  const [, raw] = /<title[^>]{0,200}>([^<]{1,2000})<\/title/i.exec(body.slice(0, SEARCHED_CHARACTERS)) ?? [];
  if (raw === undefined) return undefined;
  const title = raw
    .replaceAll(/&(?:amp|lt|gt|quot|#39|nbsp);/g, (entity) => ENTITIES[entity] ?? entity)
    .replaceAll('"', "'")
    .replaceAll(/[\s\p{C}]+/gu, ' ')
    .trim();
  if (title.length <= MAX_CHARACTERS) return title === '' ? undefined : title;
  const end = title.lastIndexOf(' ', MAX_CHARACTERS);
  return end <= 0 ? undefined : `${title.slice(0, end)} …`;
}
