/** The kit's rule tables are the product's. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatText } from '../loop/format.mjs';
import { PROJECT, readSource } from '../source-imports.js';
import { ruleTables } from './tables.js';

const FILE = 'test/conformance/tables.json';
const made = ruleTables();

beforeAll(async () => {
  if (process.env['UPDATE_README'] !== '1') return;
  await writeFile(join(PROJECT, FILE), await formatText(FILE, JSON.stringify(made)));
});

describe('tables.json', () => {
  it('is made from the code; UPDATE_README=1 npx vitest run test/conformance/tables.test.ts writes it', () => {
    expect(JSON.parse(readSource(FILE))).toEqual(made);
  });

  it('has a neutral name for every transport code', () => {
    const { transportCodes } = made as { transportCodes: readonly { errno: string; class?: string }[] };
    expect(transportCodes.filter((row) => row.class === undefined)).toEqual([]);
    expect(transportCodes.length).toBeGreaterThan(30);
  });

  it('says every table of the README', () => {
    const readme = readSource('test/conformance/README.md');
    expect(Object.keys(made).filter((name) => name !== 'about' && !readme.includes(`\`${name}\``))).toEqual(
      [],
    );
  });
});
