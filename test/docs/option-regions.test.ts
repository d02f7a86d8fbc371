/** The public option interfaces match the option rows. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROJECT } from '../source-imports.js';
import { MADE_INTERFACES, withMadeInterface } from './option-interfaces.js';

it.each(MADE_INTERFACES)('the members of $name are generated from its rows', async (made) => {
  const file = join(PROJECT, made.file);
  const written = await readFile(file, 'utf8');
  const anew = await withMadeInterface(written, made);
  if (process.env['UPDATE_README'] === '1') await writeFile(file, anew);
  else expect(written, 'UPDATE_README=1 npx vitest run test/docs generates it again').toBe(anew);
});
