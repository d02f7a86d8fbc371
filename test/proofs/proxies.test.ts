/** The proof with real proxies, two situations of it: `npm run prove -- proxies` runs all. Needs the built package. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { PROJECT } from '../source-imports.js';
import { findProgram } from './proxies/proxy-process.mjs';

const PROVE = join(PROJECT, 'test/proofs/prove.mjs');
const missing = ['nginx', 'haproxy'].filter((program) => findProgram(program) === undefined);
if (missing.length > 0) {
  process.stdout.write(`left out: sessions behind real proxies (${missing.join(' and ')} not installed)\n`);
}

describe.skipIf(missing.length > 0)('a speaking session behind a real proxy', () => {
  it(
    'loses nothing while nginx and haproxy are stopped hard and started again',
    { timeout: 90_000 },
    async () => {
      const { stdout } = await promisify(execFile)(process.execPath, [PROVE, 'proxies', 'hard stop']);
      expect(stdout).toMatch(/^right {2}nginx: hard stop/m);
      expect(stdout).toMatch(/^right {2}haproxy: hard stop/m);
      expect(stdout.trimEnd().split('\n').at(-1)).toBe('2 right, 0 wrong');
    },
  );
});

describe('a proof that does not exist', () => {
  it('is refused with the names of those that do', async () => {
    const refused = await promisify(execFile)(process.execPath, [PROVE, 'nothing']).catch(
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/NAME.*\n {2}proxies: /s) as string,
    });
  });
});
