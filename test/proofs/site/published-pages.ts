/**
 * The site that `test/proofs/site/site.mjs` has built and published: its files, and the addresses in its
 * pages.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import { PROJECT } from '../../source-imports.js';

export const PUBLISHED = join(PROJECT, 'reports/site/published');
export const STAGED = join(PROJECT, 'reports/site/pages');
export const BASE = '/avatarkit-session/';

export interface PublishedPage {
  /** Relative to the folder of its version: `decisions/index.html` */
  readonly name: string;
  readonly html: string;
}

export const PAGES: readonly PublishedPage[] = filesIn(join(PUBLISHED, 'latest'))
  .filter((name) => name.endsWith('.html') && name !== '404.html')
  .map((name) => ({ name, html: readFileSync(join(PUBLISHED, 'latest', name), 'utf8') }));

export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => posix.relative(folder, join(parentPath, name)))
    .sort();
}

/** The links and pictures of the page, without addresses of other sites. */
export function addressesIn(html: string): string[] {
  return [...html.matchAll(/\s(?:href|src)="([^"]*)"/g)]
    .map(([, address = '']) => address.replaceAll('&amp;', '&'))
    .filter((address) => address !== '' && !/^(?:[a-z]+:|\/\/)/.test(address));
}

/** The menu at the side of a page. */
export function menuOf(html: string): string {
  return /<aside class="VPSidebar[^]*?<\/aside>/.exec(html)?.[0] ?? '';
}

export interface Target {
  /** Relative to the published folder. */
  readonly file: string;
  readonly hash: string;
}

export function targetOf(page: string, address: string): Target {
  const { pathname, hash } = new URL(address, `http://site${BASE}latest/${page}`);
  const path = pathname.startsWith(BASE)
    ? decodeURIComponent(pathname.slice(BASE.length))
    : `outside:${pathname}`;
  return {
    file: path === '' || path.endsWith('/') ? `${path}index.html` : path,
    hash: decodeURIComponent(hash.slice(1)),
  };
}
