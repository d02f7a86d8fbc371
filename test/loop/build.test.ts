/** The build in a clone whose packages are not installed. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { PROJECT } from '../source-imports.js';

it('without node_modules the build says in one line what to do', () => {
  const clone = mkdtempSync(join(tmpdir(), 'avatarkit-clone-'));
  onTestFinished(() => rmSync(clone, { recursive: true }));
  const build = join(clone, 'test/loop/build.mjs');
  cpSync(join(PROJECT, 'test/loop/build.mjs'), build);
  const { status, stdout, stderr } = spawnSync(process.execPath, [build, '--emit'], { encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: '',
    stderr: 'run npm ci first: the packages of the build are not installed\n',
  });
});
