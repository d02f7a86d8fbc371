// @ts-check
/** Installs packages that only one proof needs, in a folder with its own lockfile. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Options for `npm ci` and `npm install`: no scripts run, and only errors are printed. Development
 * dependencies are installed even if NODE_ENV is `production`, which a bundler sets in its process.
 */
export const QUIETLY = [
  '--include=dev',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--prefer-offline',
  '--loglevel=error',
];

/**
 * Runs `npm ci` if the installed packages differ from the lockfile for this platform.
 *
 * @param {string} folder
 */
export async function installNested(folder) {
  const lock = await readFile(join(folder, 'package-lock.json'));
  const key = createHash('sha256')
    .update(lock)
    .update(process.platform + process.arch)
    .digest('hex');
  const keyFile = join(folder, 'node_modules/.installed-from');
  if ((await readFile(keyFile, 'utf8').catch(() => '')) === key) return;
  await promisify(execFile)('npm', ['ci', ...QUIETLY], { cwd: folder });
  await writeFile(keyFile, key);
}
