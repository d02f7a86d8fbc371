/**
 * Sources as JavaScript, for tests that need a process of their own: Node 20 runs no TypeScript. Written for each test that asks,
 * inside node_modules, so that the packages resolve.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { onTestFinished } from 'vitest';
import { PROJECT } from '../source-imports.js';

/**
 * The folder in which these files, and what they import, have the paths that they have in the project, ending with `.js`. Removed
 * after the calling test.
 */
export async function compiled(...files: string[]): Promise<string> {
  const folder = mkdtempSync(join(PROJECT, 'node_modules/.compiled-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const bundle = await rolldown({
    cwd: PROJECT,
    input: Object.fromEntries(files.map((file) => [file.replace(/\.ts$/, ''), join(PROJECT, file)])),
    platform: 'node',
    external: /^[^./]/,
    tsconfig: join(PROJECT, 'tsconfig.json'),
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  });
  await bundle.write({ dir: folder, format: 'esm', preserveModules: true, preserveModulesRoot: PROJECT });
  await bundle.close();
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  return folder;
}
