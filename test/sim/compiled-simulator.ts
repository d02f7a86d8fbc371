/**
 * The simulator as JavaScript, for tests that need processes of their own: Node 20 runs no TypeScript. Written for each test
 * that asks, inside node_modules, so that the packages resolve.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { onTestFinished } from 'vitest';
import { PROJECT, sourceFiles } from '../source-imports.js';

/** The path of its main file. Removed after the calling test. */
export function compiledSimulator(): string {
  const out = mkdtempSync(join(PROJECT, 'node_modules/.simulator-'));
  onTestFinished(() => rmSync(out, { recursive: true, force: true }));
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  for (const file of [...sourceFiles('src'), ...sourceFiles('test/sim'), 'test/support/raw-opus.ts']) {
    if (file.endsWith('.test.ts')) continue;
    const target = join(out, file).replace(/\.ts$/, '.js');
    mkdirSync(dirname(target), { recursive: true });
    const text = readFileSync(join(PROJECT, file), 'utf8');
    writeFileSync(target, ts.transpileModule(text, { compilerOptions }).outputText);
  }
  writeFileSync(join(out, 'package.json'), '{"type":"module"}');
  return join(out, 'test/sim/main.js');
}
