/** The marked parts of README.md and of the pages in docs/ are generated from the code. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { AVATAR_SDK_ERROR_CODES } from '../../src/index.js';
import { formatText } from '../loop/format.mjs';
import { PROJECT, readSource } from '../source-imports.js';
import { regionNames, regionOf, replaceRegion } from './markdown.js';
import { documentedOptionNames, knownOptionNames } from './option-table.js';
import { PAGES } from './pages.js';
import { PICTURES, README_REGIONS } from './readme-regions.js';

const HOW_TO_UPDATE =
  'UPDATE_README=1 npx vitest run test/docs/readme-regions.test.ts rewrites the marked parts of README.md and docs/';

const written = new Map<string, string>();
const generated = new Map<string, string>();

/**
 * Ten thousand outages for each row of the survival table take seconds of work, and more on a busy machine.
 */
const RENDER_TIMEOUT_MS = 120_000;

beforeAll(async () => {
  if (process.env['UPDATE_README'] === '1') {
    for (const [file, render] of Object.entries(PICTURES)) await writeFile(join(PROJECT, file), render());
  }
  await Promise.all(
    PAGES.map(async (page) => {
      const file = join(PROJECT, page);
      const text = await readFile(file, 'utf8');
      const filled = regionNames(text).reduce(
        (filling, name) => replaceRegion(filling, name, README_REGIONS[name]?.() ?? ''),
        text,
      );
      generated.set(page, filled);
      written.set(page, text);
      if (process.env['UPDATE_README'] !== '1' || filled === text) return;
      // The formatter does not change the marked parts, so only a page that is written has to be formatted.
      const formatted = await formatText(page, filled);
      await writeFile(file, formatted);
      written.set(page, formatted);
    }),
  );
}, RENDER_TIMEOUT_MS);

/** The only page with this part. */
function pageOf(name: string): string {
  const pages = PAGES.filter((page) => regionNames(written.get(page) ?? '').includes(name));
  expect(pages, `pages with the part ${name}`).toHaveLength(1);
  return pages[0] ?? '';
}

function writtenRegion(name: string): string {
  return regionOf(written.get(pageOf(name)) ?? '', name);
}

describe('the pictures', () => {
  it.each(Object.entries(PICTURES))('%s is the picture that the code draws', (file, render) => {
    expect(readSource(file) === render(), HOW_TO_UPDATE).toBe(true);
  });

  it('have a light and a dark version wherever they are shown', () => {
    for (const page of PAGES) {
      const text = readSource(page);
      const light = [...text.matchAll(/<img [^>]*src="([^"]+)\.svg"/g)].map((match) => match[1] ?? '');
      for (const name of light) {
        expect(text).toContain(`<source media="(prefers-color-scheme: dark)" srcset="${name}-dark.svg">`);
      }
      expect(text).not.toMatch(/!\[[^\]]*\]\(/);
    }
  });
});

describe('README.md and docs/', () => {
  it('have a generator for every marked part, and each part once', () => {
    const names = PAGES.flatMap((page) => regionNames(written.get(page) ?? ''));
    expect(names.sort()).toEqual(Object.keys(README_REGIONS).sort());
  });

  it.each(Object.keys(README_REGIONS))('have in the part "%s" the text that the code generates', (name) => {
    expect(writtenRegion(name), HOW_TO_UPDATE).toBe(regionOf(generated.get(pageOf(name)) ?? '', name));
  });

  it('have a row for every option of the resolver', () => {
    expect(documentedOptionNames()).toEqual(knownOptionNames());
    const rows = writtenRegion('options');
    expect(knownOptionNames().filter((name) => !rows.includes(`| \`${name}\``))).toEqual([]);
  });

  it.each(['codes', 'policy', 'remediations'])('have a row for each of the 20 codes in "%s"', (region) => {
    const rows = writtenRegion(region).split('\n').slice(2);
    expect(rows.map((row) => /`(\w+)`/.exec(row)?.[1])).toEqual(AVATAR_SDK_ERROR_CODES);
  });

  it.each(Object.keys(README_REGIONS))('have no padding in the part "%s"', (name) => {
    const cells = writtenRegion(name)
      .split('\n')
      .filter((line) => line.startsWith('|'));
    expect(cells.filter((line) => / {2}|-{4}/.test(line))).toEqual([]);
  });
});
