// @ts-check
/**
 * The list of docs/README.md as sections of the site: what there is to read, in which order, and what each document is about. It is the one
 * place where documents are listed; menus, the list of all pages and `llms.txt` are made from it.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';

export const ROOT = new URL('../../..', import.meta.url).pathname;

/**
 * @typedef {object} Listed a document of the list
 * @property {string} file from the top of the project
 * @property {string} title
 * @property {string} about one sentence; empty where the title says it all
 */

/**
 * @typedef {object} Section
 * @property {string} title
 * @property {readonly Listed[]} documents
 */

/** @param {string} file */
export function read(file) {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** @param {string} file @returns {unknown} */
export function readJson(file) {
  return JSON.parse(read(file));
}

/** The first heading of a document, without its marks. @param {string} markdown */
export function titleOf(markdown) {
  return plain(/^# (.+)$/m.exec(markdown)?.[1] ?? '');
}

/** Markdown of one line as text. @param {string} markdown */
export function plain(markdown) {
  return markdown.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1').replaceAll(/[`*]/g, '');
}

/** The numbers and titles of the decisions. @returns {readonly Listed[]} */
export function decisions() {
  return readdirSync(join(ROOT, 'docs/decisions'))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => {
      const file = `docs/decisions/${name}`;
      return { file, title: titleOf(read(file)), about: '' };
    });
}

/** The list, and the heading above each part of it. @returns {readonly Section[]} */
export function documentList() {
  const sections = read('docs/README.md')
    .split(/^## /m)
    .slice(1)
    .map((text) => {
      const [title = '', ...lines] = text.split('\n');
      return { title, documents: lines.flatMap(documentsOf) };
    });
  if (sections.some(({ documents }) => documents.length === 0))
    throw new Error('a section of docs/README.md lists no document');
  return sections;
}

/**
 * Of a list item: the documents that it links to. A link that is a file name gets the heading of that file.
 *
 * @param {string} line
 * @returns {Listed[]}
 */
function documentsOf(line) {
  if (!line.startsWith('- ')) return [];
  const links = [...line.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)];
  const after = line.slice(line.lastIndexOf(')') + 1).replace(/^: /, '');
  return links.map(([, title = '', target = '']) => {
    const file = posix.join('docs', target);
    return {
      file,
      title: title.endsWith('.md')
        ? titleOf(read(file))
        : title.charAt(0).toUpperCase() + plain(title).slice(1),
      // Words between two links belong to neither of them.
      about: links.length === 1 ? plain(after).trim() : '',
    };
  });
}
