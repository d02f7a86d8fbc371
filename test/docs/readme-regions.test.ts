import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { beforeAll, describe, expect, it } from 'vitest';
import { AVATAR_SDK_ERROR_CODES } from '../../src/index.js';
import { PROJECT } from '../source-imports.js';
import { regionNames, regionOf, replaceRegion } from './markdown.js';
import { documentedOptionNames, knownOptionNames } from './option-table.js';
import { README_REGIONS } from './readme-regions.js';

const README = join(PROJECT, 'README.md');
const HOW_TO_UPDATE = 'UPDATE_README=1 npx vitest run test/docs rewrites the marked parts of README.md';

let written = '';
let generated = '';

beforeAll(async () => {
  written = await readFile(README, 'utf8');
  const filled = Object.entries(README_REGIONS).reduce(
    (text, [name, render]) => replaceRegion(text, name, render()),
    written,
  );
  generated = await format(filled, { ...(await resolveConfig(README)), parser: 'markdown' });
  if (process.env['UPDATE_README'] !== '1') return;
  await writeFile(README, generated);
  written = generated;
});

describe('README.md', () => {
  it('has a generator for every marked part, and no other marks', () => {
    expect(regionNames(written).sort()).toEqual(Object.keys(README_REGIONS).sort());
  });

  it.each(Object.keys(README_REGIONS))('says in its part "%s" what the code says', (name) => {
    expect(regionOf(written, name), HOW_TO_UPDATE).toBe(regionOf(generated, name));
  });

  it('has a row for every option that the resolver knows', () => {
    expect(documentedOptionNames()).toEqual(knownOptionNames());
    const rows = regionOf(written, 'options');
    expect(knownOptionNames().filter((name) => !rows.includes(`| \`${name}\``))).toEqual([]);
  });

  it('has a row for each of the 20 codes, twice', () => {
    for (const region of ['codes', 'policy']) {
      const rows = regionOf(written, region).split('\n').slice(2);
      expect(rows.map((row) => /`(\w+)`/.exec(row)?.[1])).toEqual(AVATAR_SDK_ERROR_CODES);
    }
  });
});
