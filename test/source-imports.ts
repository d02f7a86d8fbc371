/** Reads the sources: the files, and what the imports in them, which `parse-imports.ts` finds, make together. */
import { readFileSync, readdirSync } from 'node:fs';
import { relative, resolve } from 'node:path';

export const PROJECT = resolve(import.meta.dirname, '..');

export interface SourceImport {
  /** The path relative to the top of the project, with slashes. */
  readonly file: string;
  readonly line: number;
  readonly specifier: string;
  /** The imported file, relative to the top of the project; undefined for packages and built-in modules. */
  readonly target: string | undefined;
}

/**
 * All TypeScript files below a folder, `.tsx` included, as sorted paths relative to the top of the project.
 */
export function sourceFiles(folder: string): string[] {
  return (
    readdirSync(resolve(PROJECT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
      .map((entry) => relative(PROJECT, resolve(entry.parentPath, entry.name)).split('\\').join('/'))
      // A proof may have its own node_modules.
      .filter((file) => !file.includes('/node_modules/'))
      .sort()
  );
}

export function readSource(file: string): string {
  return readFileSync(resolve(PROJECT, file), 'utf8');
}

export function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

/** `protobufjs/minimal.js` → `protobufjs`, `@scope/name/x` → `@scope/name`, `node:http` → `node:http`. */
export function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

/** Import cycles between files. Each is the list of its files, and is reported once. */
export function cyclesOf(imports: readonly SourceImport[]): string[][] {
  const edges = new Map<string, string[]>();
  for (const { file, target } of imports) {
    if (target !== undefined) edges.set(file, [...(edges.get(file) ?? []), target]);
  }
  const done = new Set<string>();
  const cycles: string[][] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const since = path.indexOf(file);
    if (since >= 0) cycles.push([...path.slice(since), file]);
    if (since >= 0 || done.has(file)) return;
    for (const target of edges.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of edges.keys()) visit(file, []);
  return cycles;
}
