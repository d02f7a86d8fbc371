/**
 * The site that is generated from the documents, tested without VitePress: pages, links, and several
 * versions. The rest is tested by `npm run prove -- site`.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entries } from '../../docs/site/build/api-pages.mjs';
import { documentMenus } from '../../docs/site/build/menu.mjs';
import { pageOf } from '../../docs/site/build/page-links.mjs';
import { publishSite } from '../../docs/site/build/publish-site.mjs';
import { BASE } from '../../docs/site/build/site-base.mjs';
import { stagePages } from '../../docs/site/build/stage-pages.mjs';
import { PROJECT, readSource } from '../source-imports.js';
import { DECISIONS, PAGES } from './pages.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'site-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the pages of the site', () => {
  it('are one for each document, with links that lead to pages', () => {
    const pages = join(folder, 'pages');
    const staged = stagePages({ pages, files: join(folder, 'files'), own: 'docs/site/pages' });
    const names = staged.map(({ page }) => page);
    expect(names).toEqual(expect.arrayContaining([...PAGES, ...DECISIONS].map(pageOf)));
    expect(new Set(names).size).toBe(names.length);
    const dead = staged.flatMap(({ page, markdown }) =>
      [...markdown.matchAll(/\]\((\.[^)#\s]+)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !existsSync(join(pages, page, '..', target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(dead).toEqual([]);
    const menu = JSON.stringify(documentMenus(staged));
    expect(names.filter((name) => !menu.includes(`"/${name}"`))).toEqual([]);
  });

  it('begin with the first sentence of README.md', () => {
    const pages = join(folder, 'pages');
    stagePages({ pages, files: join(folder, 'files'), own: 'docs/site/pages' });
    const home = readFileSync(join(pages, 'index.md'), 'utf8');
    const [, sentence = ''] = /^# .+\n\n(.+)\n/.exec(readSource('README.md')) ?? [];
    expect(home).toContain(sentence);
    expect(home).toContain("kind: 'reset'");
    expect(home).toMatch(/only-light[^]*only-dark/);
  });

  it('have the sources of everything that the package exports', () => {
    expect(entries()[0]).toEqual({ name: 'avatarkit-session', source: 'src/index.ts' });
    expect(entries().filter(({ source }) => !existsSync(join(PROJECT, source)))).toEqual([]);
  });
});

describe('versions of the site', () => {
  function publish(version: string, text: string, address = '/docs/'): void {
    const built = join(folder, `built-${version}`);
    mkdirSync(built);
    writeFileSync(join(built, 'index.html'), `<a href="${BASE}options.html">${text}</a>`);
    for (const name of ['404.html', 'llms.txt', 'llms-full.txt'])
      writeFileSync(join(built, name), `${BASE}options.md`);
    publishSite({ built, version, pages: ['index', 'options'] }, { folder: join(folder, 'site'), address });
  }
  const shown = (file: string): string => readFileSync(join(folder, 'site', file), 'utf8');
  const versions = (): string[] =>
    (JSON.parse(shown('versions.json')) as { versions: { label: string }[] }).versions.map(
      ({ label }) => label,
    );

  it('do not change when a newer one is published', () => {
    publish('0.1.0', 'old');
    publish('0.2.0', 'new');
    expect(shown('0.1.0/index.html')).toBe('<a href="/docs/0.1.0/options.html">old</a>');
    expect(shown('latest/index.html')).toBe('<a href="/docs/latest/options.html">new</a>');
    expect(versions()).toEqual(['latest (0.2.0)', '0.2.0', '0.1.0']);
  });

  it('do not become the latest while they are pre-releases', () => {
    publish('0.1.0', 'old');
    publish('0.2.0-beta.1', 'new');
    expect(shown('latest/index.html')).toContain('old');
    expect(versions()).toEqual(['latest (0.1.0)', '0.2.0-beta.1', '0.1.0']);
  });

  it('are the targets of addresses without a version, and have the host in the lists for programs', () => {
    publish('0.1.0', 'old', 'https://docs.example.org/here/');
    expect(shown('options.html')).toContain('href="/here/latest/options.html"');
    expect(shown('llms.txt')).toBe('https://docs.example.org/here/latest/options.md');
    expect(shown('latest/index.html')).toContain('"/here/latest/options.html"');
  });

  it('need an address that ends with a slash', () => {
    expect(() => publish('0.1.0', 'old', '/docs')).toThrow('does not end with a /');
  });
});
