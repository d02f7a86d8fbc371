/**
 * The `ts` blocks of README.md and docs/ compile against the types of the built package, with the strictest
 * options.
 */
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { PROJECT, readSource } from '../source-imports.js';
import { codeBlocks } from './markdown.js';
import { PAGES } from './pages.js';

const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  types: ['node'],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
};

/** Each block as a virtual file at the top of the project. */
const blocks = new Map(
  PAGES.flatMap((page) =>
    codeBlocks(readSource(page)).flatMap(({ language, text, line }) =>
      language === 'ts' ? [[join(PROJECT, `${page.replaceAll('/', '-')}-${line}.ts`), text] as const] : [],
    ),
  ),
);

it('exist, and none has an error', { timeout: 60_000 }, () => {
  expect(blocks.size).toBeGreaterThan(1);
  const disk = ts.createCompilerHost(OPTIONS);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (file) => blocks.has(file) || disk.fileExists(file),
    getSourceFile: (file, ...more) => {
      const text = blocks.get(file);
      if (text === undefined) return disk.getSourceFile(file, ...more);
      return ts.createSourceFile(file, `${text}\nexport {};\n`, more[0]);
    },
  };
  const program = ts.createProgram([...blocks.keys()], OPTIONS, host);
  const errors = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    return `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
  expect(errors).toEqual([]);
});
