/** The proof with network namespaces, one black hole of it: `npm run prove -- network` has more. Needs the built package. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { PROJECT } from '../source-imports.js';
import { whyNoNamespaces } from './network/namespaces.mjs';

const PROVE = join(PROJECT, 'test/proofs/prove.mjs');
const why = whyNoNamespaces();
if (why !== undefined) process.stdout.write(`left out: black holes between network namespaces (${why})\n`);

describe.skipIf(why !== undefined)('a line between two network namespaces', () => {
  it(
    'that carries nothing for six seconds in mid-sentence costs no keyframe',
    { timeout: 90_000 },
    async () => {
      const { stdout } = await promisify(execFile)(process.execPath, [PROVE, 'network', '6']);
      expect(stdout).toMatch(/^right {2}black hole of {2}6 s: noticed after 2\d{3} ms/);
      expect(stdout.trimEnd().split('\n').at(-1)).toBe('1 right, 0 wrong');
    },
  );
});
