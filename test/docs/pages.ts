/**
 * The pages that users read: README.md and everything below docs/. Only their paths, nothing about their
 * content.
 */
import { readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { PROJECT } from '../source-imports.js';

/** README.md, then the pages of docs/, from the project's top; the decisions are not among them. */
export const PAGES: readonly string[] = ['README.md', ...markdownIn('docs')];

/** One page for each decision, by number. */
export const DECISIONS: readonly string[] = markdownIn('docs/decisions');

/** The file that a link of a page leads to, from the project's top. */
export function linkedFile(page: string, path: string): string {
  return path === '' ? page : posix.normalize(posix.join(posix.dirname(page), path));
}

function markdownIn(folder: string): string[] {
  return readdirSync(`${PROJECT}/${folder}`, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map(({ name }) => `${folder}/${name}`)
    .sort();
}
