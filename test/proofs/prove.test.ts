/** The command that runs proofs, `npm run prove -- NAME`. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { PROJECT } from '../source-imports.js';

const PROVE = join(PROJECT, 'test/proofs/prove.mjs');

describe('a proof that does not exist', () => {
  it('is refused with the names of the existing proofs', async () => {
    const refused = await promisify(execFile)(process.execPath, [PROVE, 'nothing']).catch(
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/NAME.*\n {2}proxies: /s) as string,
    });
  });
});
