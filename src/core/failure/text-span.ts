/** Stretches of a text, and how to replace them at once: overlapping ones become one, so order never matters. */

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
