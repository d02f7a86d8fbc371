/** The pages of the built site: their links, their menus, their code, and the lists for programs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeBlocks } from '../../docs/markdown.js';
import { PAGES as DOCUMENTS } from '../../docs/pages.js';
import { PROJECT, readSource } from '../../source-imports.js';
import { PAGES, PUBLISHED, STAGED, addressesIn, filesIn, menuOf, targetOf } from './published-pages.js';

const files = new Set(filesIn(PUBLISHED));
const ids = new Map(
  PAGES.map(({ name, html }) => [
    `latest/${name}`,
    new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id = '']) => id)),
  ]),
);

describe('the pages', () => {
  it('are one for each document and each export', () => {
    const names = PAGES.map(({ name }) => name);
    const documents = DOCUMENTS.map((file) =>
      file === 'README.md'
        ? 'overview'
        : file.replace('docs/README', 'documents').replace('docs/', '').replace('.md', ''),
    );
    expect(names).toEqual(
      expect.arrayContaining(
        [...documents, 'index', 'playground'].map((name) => `${name.replace('.md', '')}.html`),
      ),
    );
    expect(names).toEqual(
      expect.arrayContaining(['api/session/classes/AvatarSession.html', 'api/relay-browser/index.html']),
    );
  });

  it('link only to pages, files and headings that exist', () => {
    const dead = PAGES.flatMap(({ name, html }) =>
      addressesIn(html)
        .filter((address) => {
          const { file, hash } = targetOf(name, address);
          return !files.has(file) || (hash !== '' && ids.get(file)?.has(hash) === false);
        })
        .map((address) => `${name}: ${address}`),
    );
    expect(dead).toEqual([]);
  });

  it('can be reached from the home page and from the menus', () => {
    const reached = new Set(['index.html']);
    for (const name of reached) {
      const html = PAGES.find((page) => page.name === name)?.html ?? '';
      for (const address of addressesIn(name === 'index.html' ? html : menuOf(html) + barOf(html)))
        if (address.includes('.html') || address.endsWith('/'))
          reached.add(targetOf(name, address).file.replace(/^latest\//, ''));
    }
    expect(PAGES.map(({ name }) => name).filter((name) => !reached.has(name))).toEqual([]);
  });

  it('show only code that the tests run or check', () => {
    const examples = filesIn(join(PROJECT, 'examples')).filter((name) => name.endsWith('.mjs'));
    const checked = new Set(
      DOCUMENTS.flatMap((file) => codeBlocks(readSource(file)))
        .map(({ text }) => text)
        .concat(examples.map((name) => `${readSource(`examples/${name}`).trimEnd()}\n`)),
    );
    const unchecked = filesIn(STAGED)
      .filter((name) => name.endsWith('.md') && !name.startsWith('api/'))
      .flatMap((name) =>
        codeBlocks(readFileSync(join(STAGED, name), 'utf8'))
          .filter(
            ({ language, text }) =>
              /^(?:js|ts|mjs|javascript|typescript)$/.test(language) && !checked.has(text),
          )
          .map(({ line }) => `${name}:${line}`),
      );
    expect(unchecked).toEqual([]);
  });

  it('have only the address at which they are published', () => {
    const wrong = [...files]
      .filter((name) => /\.(?:html|js|css|json|txt)$/.test(name))
      .filter((name) => readFileSync(join(PUBLISHED, name), 'utf8').includes('address-of-this-site'));
    expect(wrong).toEqual([]);
  });
});

describe('llms.txt', () => {
  const list = readFileSync(join(PUBLISHED, 'llms.txt'), 'utf8');
  const listed = [...list.matchAll(/\]\(([^)]+)\)/g)].map(([, address = '']) => targetOf('', address).file);

  it('lists every page, as Markdown that exists', () => {
    const pages = PAGES.filter(({ name }) => name !== 'index.html');
    expect([...listed].sort()).toEqual(
      pages.map(({ name }) => `latest/${name.replace('.html', '.md')}`).sort(),
    );
    expect(listed.filter((file) => !files.has(file))).toEqual([]);
  });

  it('has a longer form with the text of every document', () => {
    const full = readFileSync(join(PUBLISHED, 'llms-full.txt'), 'utf8');
    const headings = DOCUMENTS.map((file) => /^# .+$/m.exec(readSource(file))?.[0] ?? file);
    expect(headings.filter((heading) => !full.includes(`\n${heading}\n`))).toEqual([]);
  });
});

function barOf(html: string): string {
  return /<header class="VPNav"[^]*?<\/header>/.exec(html)?.[0] ?? '';
}
