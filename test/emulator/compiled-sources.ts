/**
 * The emulator's sources as JavaScript, for tests that need a process of their own: Node 20 runs no TypeScript. Written for
 * each test that asks, inside node_modules, so that the packages resolve.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { onTestFinished } from 'vitest';
import { importsOf, PROJECT, readSource } from '../source-imports.js';

const ENTRY = 'src/emulator/index.ts';

/** File URL of the directory that corresponds to `src`. Removed after the calling test. */
export function compiledSources(): string {
  const out = mkdtempSync(join(PROJECT, 'node_modules/.compiled-'));
  onTestFinished(() => rmSync(out, { recursive: true, force: true }));
  for (const file of sourcesBehind(ENTRY)) {
    const target = join(out, relative('src', file)).replace(/\.ts$/, '.js');
    const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, ts.transpileModule(readSource(file), { compilerOptions }).outputText);
  }
  writeFileSync(join(out, 'package.json'), '{"type":"module"}');
  return pathToFileURL(out).href;
}

/** The file, and all that it imports, directly or not. */
function sourcesBehind(entry: string): Set<string> {
  const found = new Set([entry]);
  // A set gives what is added while it is gone through, too.
  for (const file of found) {
    for (const { target } of importsOf(file, readSource(file))) if (target !== undefined) found.add(target);
  }
  return found;
}
