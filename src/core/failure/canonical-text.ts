/**
 * One form for all spellings of the same text: escapes of JSON, PHP, Go, Python, HTML and URLs are resolved, however often they
 * were applied, white space and line breaks are left out, letters are lower-case and have their usual width. Characters beyond
 * ASCII become their UTF-8 bytes. Each byte remembers which stretch of the source it came from. One pass, linear in the text.
 */
import { CanonicalWriter, type CanonicalText, type Escapes } from './canonical-writer.js';
import { lowerCase } from './code-points.js';

export type { CanonicalText, Escapes } from './canonical-writer.js';

const UPPER_U = 0x55;

export function canonicalText(source: string, escapes: Escapes = 'common'): CanonicalText {
  const writer = new CanonicalWriter(source.length, escapes);
  for (let at = 0; at < source.length; at += 1) {
    const code = source.charCodeAt(at);
    if (code === UPPER_U) writer.pushUpperU(at, at + 1);
    else if (code < 0x80) writer.push(lowerCase(code), at, at + 1);
    else {
      const point = source.codePointAt(at) ?? code;
      const width = point > 0xffff ? 2 : 1;
      writer.pushPoint(point, at, at + width);
      at += width - 1;
    }
  }
  return writer.text();
}

/** The bytes alone, for a text whose places do not matter. */
export function canonicalBytes(source: string): Uint8Array {
  return canonicalText(source).bytes;
}
