/** The rule tables of the kit are equal to those of the product. */
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
  it('is up to date with the code; UPDATE_README=1 npx vitest run test/conformance/tables.test.ts updates it', () => {
    expect(JSON.parse(readSource(FILE))).toEqual(made);
  });

  it('has a neutral name for every transport code', () => {
    const { transportCodes } = made as { transportCodes: readonly { errno: string; class?: string }[] };
    expect(transportCodes.filter((row) => row.class === undefined)).toEqual([]);
    expect(transportCodes.length).toBeGreaterThan(30);
  });

  it('has only tables that the README mentions', () => {
    const readme = readSource('test/conformance/README.md');
    expect(Object.keys(made).filter((name) => name !== 'about' && !readme.includes(`\`${name}\``))).toEqual(
      [],
    );
  });
});
