/** The kit's rule tables are the product's. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { beforeAll, describe, expect, it } from 'vitest';
import { PROJECT, readSource } from '../source-imports.js';
import { ruleTables } from './tables.js';

const FILE = 'test/conformance/tables.json';
const made = ruleTables();

beforeAll(async () => {
  if (process.env['UPDATE_README'] !== '1') return;
  const file = join(PROJECT, FILE);
  await writeFile(
    file,
    await format(JSON.stringify(made), { ...(await resolveConfig(file)), parser: 'json' }),
  );
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
