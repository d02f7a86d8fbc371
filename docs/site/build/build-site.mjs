// @ts-check
/**
 * Builds the site into `reports/site`: pages from the documents and from the comments of the sources, then VitePress, then what stands beside the
 * pages. Every address begins with the placeholder `BASE`, so that one build serves any address: see `publish-site.mjs`.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { makeApiPages } from './api-pages.mjs';
import { buildPlayground } from './build-playground.mjs';
import { ROOT, readJson } from './document-list.mjs';
import { writeLists } from './llms-lists.mjs';
import { apiMenus, documentMenus } from './menu.mjs';
import { repositoryUrl } from './page-links.mjs';
import { BASE } from './site-base.mjs';
import { stagePages } from './stage-pages.mjs';

const SITE = new URL('..', import.meta.url).pathname;
const WORK = join(ROOT, 'reports/site');

/** @returns {Promise<{ readonly built: string, readonly version: string, readonly pages: readonly string[] }>} */
export async function buildSite() {
  const [pages, files, built] = ['pages', 'files', 'built'].map((name) => join(WORK, name));
  if (pages === undefined || files === undefined || built === undefined) throw new Error('no folder');
  for (const folder of [pages, files]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(files, { recursive: true });
  // Pages import what the package of the site has.
  const modules = join(WORK, 'node_modules');
  if (!existsSync(modules)) symlinkSync(join(SITE, 'node_modules'), modules);
  const documents = stagePages({ pages, files, own: 'docs/site/pages' });
  const api = makeApiPages(pages);
  await buildPlayground(files);
  const all = [...documents, ...api];
  const { name, description, version } =
    /** @type {{ name: string, description: string, version: string }} */ (readJson('package.json'));
  const facts = {
    name,
    description,
    version,
    address: repositoryUrl(),
    base: BASE,
    sidebar: { ...apiMenus(api), ...documentMenus(documents) },
  };
  const file = join(WORK, 'facts.json');
  writeFileSync(file, JSON.stringify(facts));
  const key = keyOf([pages, files, file, join(SITE, '.vitepress'), join(SITE, 'package-lock.json')]);
  const mark = join(WORK, 'built-from');
  if (!existsSync(mark) || readFileSync(mark, 'utf8') !== key) {
    rmSync(mark, { force: true });
    runVitepress(built, { SITE_FACTS: file, SITE_PAGES: pages, SITE_FILES: files, SITE_OUT: built });
    writeFileSync(mark, key);
  }
  writeLists(built, all, { name, description });
  return { built, version, pages: ['index', ...all.map(({ page }) => page)] };
}

/** @param {string} built @param {Readonly<Record<string, string>>} places */
function runVitepress(built, places) {
  rmSync(built, { recursive: true, force: true });
  const vitepress = join(SITE, 'node_modules/vitepress/bin/vitepress.js');
  // Most of its memory is short-lived: with room for it a sixth of the time is saved.
  const { status } = spawnSync(process.execPath, ['--max-semi-space-size=64', vitepress, 'build', SITE], {
    cwd: SITE,
    stdio: 'inherit',
    env: { ...process.env, ...places },
  });
  if (status !== 0) throw new Error('VitePress has failed');
}

/** Of the contents of files, and of all files of folders. @param {readonly string[]} paths */
function keyOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    const isFolder = statSync(path).isDirectory();
    const names = isFolder ? readdirSync(path, { recursive: true, encoding: 'utf8' }).sort() : [''];
    for (const file of names.map((name) => join(path, name)))
      if (statSync(file).isFile()) hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}
