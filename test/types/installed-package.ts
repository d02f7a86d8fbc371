/**
 * A folder with the package as the registry would install it, and the compiler for an application in that
 * folder.
 */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { expect } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { PROJECT } from '../source-imports.js';
import { COMMON_OPTIONS, COMMONJS_FOLDER } from './applications.mjs';
import type { Message } from './applications.mjs';

export interface Installed {
  readonly folder: string;
  readonly remove: () => void;
}

/** Installs the package with its dependencies and the named further packages, without optional peers. */
export function installPackage(further: readonly string[]): Installed {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'avatarkit-types-')));
  const modules = join(folder, 'node_modules');
  const own = join(modules, packageJson.name);
  mkdirSync(own, { recursive: true });
  cpSync(join(PROJECT, 'package.json'), join(own, 'package.json'));
  // The compiler reads the declarations only.
  cpSync(join(PROJECT, 'dist'), join(own, 'dist'), {
    recursive: true,
    filter: (path) => !path.endsWith('.js'),
  });
  for (const name of [...Object.keys(packageJson.dependencies), ...further]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(realpathSync(join(PROJECT, 'node_modules', name)), join(modules, name));
  }
  mkdirSync(join(folder, COMMONJS_FOLDER));
  writeFileSync(join(folder, COMMONJS_FOLDER, 'package.json'), '{}\n');
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/**
 * The messages of this project's compiler about these files, given by name and text, with options as in a
 * tsconfig.json.
 */
export function compileApplication(
  { folder }: Installed,
  files: Readonly<Record<string, string>>,
  options: Readonly<Record<string, unknown>>,
): Message[] {
  const names = Object.entries(files).map(([name, text]) => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  });
  const converted = ts.convertCompilerOptionsFromJson({ ...COMMON_OPTIONS, ...options }, folder);
  expect(converted.errors).toEqual([]);
  const program = ts.createProgram(names, converted.options, cachingHost(converted.options, folder));
  return messagesOf(program).map(({ file, messageText, code }) => ({
    file: file?.fileName.replace(`${folder}/`, '') ?? '',
    code: `TS${code}`,
    text: ts.flattenDiagnosticMessageText(messageText, ' '),
  }));
}

/** Declarations of the compiler and of Node, which each program has. */
const OF_OTHERS = /node_modules\/(?:typescript|@types)\//;

/** Of all files but those that another package is to check: that takes longer than all others. */
function messagesOf(program: ts.Program): ts.Diagnostic[] {
  const files = program.getSourceFiles().filter(({ fileName }) => !OF_OTHERS.test(fileName));
  const ofFiles = files.flatMap((file) => [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ]);
  return [...program.getOptionsDiagnostics(), ...ofFiles, ...program.getGlobalDiagnostics()];
}

const parsed = new Map<string, ts.SourceFile>();

/** A file outside the application is parsed once for all programs that read it as the same kind of module. */
function cachingHost(options: ts.CompilerOptions, folder: string): ts.CompilerHost {
  const disk = ts.createCompilerHost(options);
  return {
    ...disk,
    // In this folder the compiler looks for @types by default.
    getCurrentDirectory: () => folder,
    getSourceFile: (file, how, ...more) => {
      if (!OF_OTHERS.test(file)) return disk.getSourceFile(file, how, ...more);
      const key = `${file} ${JSON.stringify(how)}`;
      const source = parsed.get(key) ?? disk.getSourceFile(file, how, ...more);
      if (source !== undefined) parsed.set(key, source);
      return source;
    },
  };
}
