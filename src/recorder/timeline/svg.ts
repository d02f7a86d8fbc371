/**
 * Elements of SVG as text. What comes from a record is escaped here, so that no text of it can become an element or an attribute.
 */

/** A monospaced character of the size that bars have. */
export const CHARACTER = 6.3;

export function line(x1: number, y1: number, x2: number, y2: number, kind: string): string {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" class="${kind}"/>`;
}

export function text(x: number, y: number, content: string, kind: string): string {
  return `<text x="${rounded(x)}" y="${rounded(y)}" class="${kind}">${escaped(content)}</text>`;
}

export function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

/** For text and attributes of XML: without characters that it can't hold, and without those that turn the direction of the text. */
export function escaped(content: string): string {
  return content
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u{fffe}\u{ffff}]+/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
