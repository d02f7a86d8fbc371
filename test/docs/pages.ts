/** The pages for users: README.md and everything below docs/. Contains only their paths. */
import { readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { PROJECT } from '../source-imports.js';

/** README.md, then the pages of docs/, relative to the top of the project. The decisions are not included. */
export const PAGES: readonly string[] = ['README.md', ...markdownIn('docs')];

/** One page for each decision, by number. */
export const DECISIONS: readonly string[] = markdownIn('docs/decisions');

/** The target file of a link in a page, relative to the top of the project. */
export function linkedFile(page: string, path: string): string {
  return path === '' ? page : posix.normalize(posix.join(posix.dirname(page), path));
}

function markdownIn(folder: string): string[] {
  return readdirSync(`${PROJECT}/${folder}`, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map(({ name }) => `${folder}/${name}`)
    .sort();
}
