/**
 * Every form of import in a source file. Apart from `source-imports.ts`, because each process of tests loads that file, and the compiler
 * takes half a second.
 */
import { existsSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import ts from 'typescript';
import { lineCount, PROJECT } from './source-imports.js';
import type { SourceImport } from './source-imports.js';

/** Imports, type imports, re-exports, dynamic imports and import types of one file, in source order. */
export function importsOf(file: string, text: string): SourceImport[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName, pos }) => ({
    file,
    line: lineCount(text.slice(0, pos)),
    specifier: fileName,
    target: fileName.startsWith('.') ? targetOf(posix.join(posix.dirname(file), fileName)) : undefined,
  }));
}

function targetOf(imported: string): string {
  const withJsx = imported.replace(/\.js$/, '.tsx');
  return existsSync(resolve(PROJECT, withJsx)) ? withJsx : imported.replace(/\.js$/, '.ts');
}
