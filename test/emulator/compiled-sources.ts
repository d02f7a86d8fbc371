/**
 * The sources as JavaScript, for tests that need a process of their own: Node 20 runs no TypeScript. Written for
 * each test that asks, inside node_modules, so that the packages resolve.
 */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { onTestFinished } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const PARTS = [
  'emulator',
  'wire',
  'core/option',
  'ports',
  'adapters/buffer-util.ts',
  'adapters/real-timers.ts',
  'adapters/seeded-random.ts',
  'adapters/system-clock.ts',
  'adapters/timer-heap.ts',
  'adapters/ws-load-begin.ts',
  'adapters/ws-package.ts',
];

/** File URL of the directory that corresponds to `src`. Removed after the calling test. */
export function compiledSources(): string {
  const out = mkdtempSync(join(ROOT, 'node_modules/.compiled-'));
  onTestFinished(() => rmSync(out, { recursive: true, force: true }));
  for (const path of PARTS.flatMap((part) => sourcesIn(join(ROOT, 'src', part)))) {
    const target = join(out, relative(join(ROOT, 'src'), path)).replace(/\.ts$/, '.js');
    const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, ts.transpileModule(readFileSync(path, 'utf8'), { compilerOptions }).outputText);
  }
  writeFileSync(join(out, 'package.json'), '{"type":"module"}');
  return pathToFileURL(out).href;
}

function sourcesIn(path: string): string[] {
  if (path.endsWith('.ts')) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(path, name));
}
