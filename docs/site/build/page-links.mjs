// @ts-check
/** Where a document of the project is on the site, and where a link from one document to another leads there. */
import { existsSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { ROOT, readJson } from './document-list.mjs';

/** Folders whose documents have a folder of the site. */
const FOLDERS = /** @type {const} */ ([
  ['docs/decisions', 'decisions'],
  ['docs', ''],
  ['test/bench', 'measurements'],
  ['examples', 'examples'],
  ['test/conformance', 'conformance-kit'],
]);

/** The name of the page of a document, without an extension; undefined for what is no page. @param {string} file */
export function pageOf(file) {
  if (file === 'README.md') return 'overview';
  if (file === 'docs/README.md') return 'documents';
  if (file === 'docs/decisions') return 'decisions/index';
  // docs/security.md has the shorter name.
  if (file === 'SECURITY.md') return 'security-policy';
  if (/^[A-Z_]+\.md$/.test(file)) return file.slice(0, -3).toLowerCase().replaceAll('_', '-');
  if (!/\.md$|^examples\/[^/]+\.mjs$/.test(file)) return undefined;
  const found = FOLDERS.find(([name]) => file.startsWith(`${name}/`));
  if (found === undefined) return undefined;
  const [folder, place] = found;
  const name = file
    .slice(folder.length + 1)
    .replace(/\.(?:md|mjs)$/, '')
    .replace(/(^|\/)README$/, '$1index')
    .replaceAll('.', '-')
    .toLowerCase();
  return posix.join(place, name);
}

/** Files that the site has as they are: pictures, and what a reader of docs/ downloads. @param {string} file */
export function isCopied(file) {
  return /\.(?:svg|png)$/.test(file) || (file.startsWith('docs/') && /\.(?:json|yaml)$/.test(file));
}

/** The address of the repository, without a `/` at its end. */
export function repositoryUrl() {
  const { repository } = /** @type {{ repository: { url: string } }} */ (readJson('package.json'));
  return repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
}

/**
 * What the link becomes: the way from page to page, to a copied file, or to the repository.
 *
 * @param {object} link
 * @param {string} link.from the document, from the top of the project
 * @param {string} link.target as it is written there
 * @param {boolean} link.isShown as a picture in the page
 * @param {(file: string) => void} link.wanted is called with a document or file that the site has to have
 */
export function siteLink({ from, target, isShown, wanted }) {
  if (/^[a-z]+:/.test(target) || target.startsWith('#')) return target;
  const [path = '', anchor] = target.split('#');
  const file = posix.join(posix.dirname(from), path).replace(/\/$/, '');
  if (!existsSync(join(ROOT, file))) throw new Error(`${from}: ${target} does not exist`);
  const hash = anchor === undefined ? '' : `#${anchor}`;
  const page = pageOf(file);
  const here = pageOf(from) ?? '';
  const way = (/** @type {string} */ place) => {
    const relative = posix.relative(posix.dirname(here), place);
    return relative.startsWith('.') ? relative : `./${relative}`;
  };
  if (page !== undefined) {
    wanted(file);
    return `${way(page)}.md${hash}`;
  }
  if (isCopied(file)) {
    wanted(file);
    return isShown ? way(`pictures/${posix.basename(file)}`) : `/files/${posix.basename(file)}`;
  }
  const kind = statSync(join(ROOT, file)).isDirectory() ? 'tree' : 'blob';
  return `${repositoryUrl()}/${kind}/main/${file}${hash}`;
}
