/** Helpers for the Markdown of generated parts, independent of their content. */

export function code(text: string): string {
  return `\`${text}\``;
}

/** A table. A `|` in a cell is escaped, which GitHub requires even inside code. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => (cell === '' ? '–' : cell.replaceAll('|', '\\|').replaceAll('\n', ' '))).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

export interface CodeBlock {
  readonly language: string;
  readonly text: string;
  /** The line of the opening fence, counted from 1. */
  readonly line: number;
}

/** The fenced code blocks of a document, in order. */
export function codeBlocks(markdown: string): CodeBlock[] {
  return [...markdown.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map((match) => ({
    language: match[1] ?? '',
    text: match[2] ?? '',
    line: markdown.slice(0, match.index).split('\n').length,
  }));
}

/** The targets of links and pictures, including those in HTML, but not those in code. */
export function linkTargets(markdown: string): string[] {
  const prose = markdown.replaceAll(/^```[^]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '');
  return [
    ...prose.matchAll(/\]\(([^)\s]+)(?: (?:"[^"]*"|'[^']*'))?\)|\b(?:src|srcset|href)="([^"\s]+)"/g),
  ].map((match) => match[1] ?? match[2] ?? '');
}

/** The anchor that GitHub makes from a heading. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

const IGNORE = ['<!-- prettier-ignore-start -->', '<!-- prettier-ignore-end -->'] as const;

/**
 * The text with everything between `<!-- name:begin -->` and `<!-- name:end -->` replaced. The formatter does
 * not change this part; it would pad each cell of a table to the longest one of its column.
 */
export function replaceRegion(markdown: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const from = markdown.indexOf(begin);
  const to = markdown.indexOf(end);
  if (from < 0 || to < from) throw new Error(`no region ${begin} … ${end}`);
  const kept = `${IGNORE[0]}\n${content}\n${IGNORE[1]}`;
  return [markdown.slice(0, from + begin.length), kept, markdown.slice(to)].join('\n\n');
}

export function regionOf(markdown: string, name: string): string {
  const match = new RegExp(`<!-- ${name}:begin -->([^]*?)<!-- ${name}:end -->`).exec(markdown);
  if (match === null) throw new Error(`no region ${name}`);
  return (match[1] ?? '').replace(IGNORE[0], '').replace(IGNORE[1], '').trim();
}

export function regionNames(markdown: string): string[] {
  return [...markdown.matchAll(/<!-- (\w+):begin -->/g)].map((match) => match[1] ?? '');
}
