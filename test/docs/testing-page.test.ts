/**
 * Runs the test file on docs/testing-your-app.md with vitest, unchanged, in an application that has the built
 * package.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { PROJECT, readSource } from '../source-imports.js';
import { codeBlocks } from './markdown.js';

it('a test with fake timers passes as it is shown', { timeout: 60_000 }, async () => {
  const blocks = codeBlocks(readSource('docs/testing-your-app.md'));
  const tests = blocks.filter(({ language, text }) => language === 'ts' && text.includes("from 'vitest'"));
  expect(tests.length).toBe(1);
  const app = await mkdtemp(join(tmpdir(), 'tested-app-'));
  try {
    await mkdir(join(app, 'node_modules'));
    await symlink(PROJECT, join(app, 'node_modules/avatarkit-session'));
    await symlink(join(PROJECT, 'node_modules/vitest'), join(app, 'node_modules/vitest'));
    await writeFile(join(app, 'package.json'), '{ "type": "module" }');
    await writeFile(join(app, 'agent.test.ts'), tests[0]?.text ?? '');
    const vitest = join(PROJECT, 'node_modules/vitest/vitest.mjs');
    const { stdout } = await promisify(execFile)(process.execPath, [vitest, 'run', '--root', app], {
      cwd: app,
      env: { ...process.env, NO_COLOR: '1', VITEST: undefined },
    });
    expect(stdout).toMatch(/Tests +1 passed/);
  } finally {
    await rm(app, { recursive: true });
  }
});
