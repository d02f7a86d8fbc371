/**
 * The published declarations, without those of other packages and of the language: enough for names and
 * comments, and read in a tenth of the time.
 */
import { join } from 'node:path';
import ts from 'typescript';
import { PROJECT } from '../source-imports.js';
import { ENTRIES } from './applications.mjs';

const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  noLib: true,
  types: [],
};

const host: ts.CompilerHost = {
  ...ts.createCompilerHost(OPTIONS),
  resolveModuleNameLiterals: (literals, file) =>
    literals.map(({ text }) => ({
      resolvedModule: text.startsWith('.')
        ? ts.resolveModuleName(text, file, OPTIONS, ts.sys, undefined, undefined, ts.ModuleKind.ESNext)
            .resolvedModule
        : undefined,
    })),
};

export const published = ts.createProgram(
  ENTRIES.map(({ types }) => join(PROJECT, types)),
  OPTIONS,
  host,
);
export const checker = published.getTypeChecker();

export interface Exported {
  readonly name: string;
  readonly symbol: ts.Symbol;
}

/** What an entry exports, by the file of its declarations. Aliases are resolved. */
export function exportsOf(types: string): Exported[] {
  const source = published.getSourceFile(join(PROJECT, types));
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`there is no ${types}: run npm run build first`);
  return checker.getExportsOfModule(module).map((alias) => ({
    name: alias.name,
    symbol: alias.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(alias) : alias,
  }));
}
