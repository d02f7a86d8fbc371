/**
 * Compiles sources to JavaScript, for tests that start a process of their own: Node 20 runs no TypeScript.
 * Each test gets its own copy, inside node_modules, so that the packages can be imported.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { onTestFinished } from 'vitest';
import { PROJECT } from '../source-imports.js';

/**
 * Returns the folder. In it, these files and the files that they import have the same paths as in the
 * project, ending with `.js`. It is removed after the calling test.
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
