// @ts-check
/**
 * Puts a built site where it is served: into the folder of its version, and into `latest` unless it is a pre-release. The folders of other
 * versions stay. Beside them are `versions.json`, for the switch on each page, and for addresses without a version a page that leads to `latest`.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BASE } from './site-base.mjs';

const TEXTS = /\.(?:html|js|css|json|txt|md|svg)$/;

/**
 * @typedef {object} Version
 * @property {string} path its folder
 * @property {string} label
 * @property {readonly string[]} pages
 */

/**
 * @param {{ readonly built: string, readonly version: string, readonly pages: readonly string[] }} site
 * @param {{ readonly folder: string, readonly address: string }} where the address of the folder: `/`, `/docs/`, or with a host, which the
 * lists for programs then have
 */
export function publishSite({ built, version, pages }, { folder, address }) {
  if (!address.endsWith('/')) throw new Error(`the address ${address} does not end with a /`);
  const base = address.startsWith('/') ? address : new URL(address).pathname;
  const isLatest = !version.includes('-');
  const put = (/** @type {string} */ path) => {
    const to = join(folder, path);
    rmSync(to, { recursive: true, force: true });
    cpSync(built, to, { recursive: true });
    for (const name of readdirSync(to, { recursive: true, encoding: 'utf8' })) {
      if (!TEXTS.test(name)) continue;
      const file = join(to, name);
      const text = readFileSync(file, 'utf8');
      const here = `${name.endsWith('.txt') ? address : base}${path}/`;
      // VitePress makes a class of the address, too.
      const named = text.replaceAll(BASE, here).replaceAll(asClass(BASE), asClass(here));
      if (named !== text) writeFileSync(file, named);
    }
  };
  put(version);
  const list = join(folder, 'versions.json');
  /** @type {unknown} */
  const found = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : { versions: [] };
  const known = /** @type {{ versions: Version[] }} */ (found).versions;
  const others = known.filter(({ path }) => path !== version && path !== 'latest');
  const latest = isLatest
    ? { path: 'latest', label: `latest (${version})`, pages }
    : known.find(({ path }) => path === 'latest');
  const versions = [
    ...(latest === undefined ? [] : [latest]),
    { path: version, label: version, pages },
    ...others,
  ];
  writeFileSync(list, JSON.stringify({ versions }));
  if (!isLatest) return;
  put('latest');
  for (const page of pages) redirect(folder, page, `${base}latest/`);
  for (const name of ['404.html', 'llms.txt', 'llms-full.txt'])
    cpSync(join(folder, 'latest', name), join(folder, name));
}

/** @param {string} address */
function asClass(address) {
  return address.replaceAll('/', '_');
}

/** @param {string} folder @param {string} page @param {string} latest */
function redirect(folder, page, latest) {
  const target = `${latest}${page === 'index' ? '' : `${page}.html`}`;
  const file = join(folder, `${page}.html`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(
    file,
    `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Moved</title>
<link rel="canonical" href="${target}">
<script>location.replace(${JSON.stringify(target)} + location.search + location.hash)</script>
<meta http-equiv="refresh" content="1; url=${target}">
<p>This page is at <a href="${target}">${target}</a>.</p>
</html>
`,
  );
}
