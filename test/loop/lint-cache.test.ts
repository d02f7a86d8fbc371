import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LintCache } from './lint-cache.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lint-cache-'));
  write('leaf.ts', 'export const leaf = 1;');
  write('middle.ts', "export { leaf } from './leaf.js';");
  write('top.ts', "import { leaf } from './middle.js';\nexport const top = leaf;");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const FILES = ['leaf.ts', 'middle.ts', 'top.ts'];
const pathOf = (name: string): string => join(folder, name);
const write = (name: string, text: string): void => writeFileSync(pathOf(name), text);

function cache(): LintCache {
  // The declarations of the language are of no account here, and take seconds.
  const { NodeNext } = ts.ModuleKind;
  const options = {
    module: NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    noLib: true,
    types: [],
  };
  const program = ts.createProgram({ rootNames: FILES.map(pathOf), options });
  return new LintCache(pathOf('lint.json'), program, folder);
}
function known(): string[] {
  const found = cache();
  return FILES.filter((name) => found.has(pathOf(name)));
}

describe('the cache of the linter', () => {
  it('knows nothing at first, nor when its file is broken', () => {
    expect(known()).toEqual([]);
    write('lint.json', '{"top.ts": "');
    expect(known()).toEqual([]);
  });

  it('knows the files that were right', () => {
    cache().add([pathOf('leaf.ts'), pathOf('top.ts')]);
    expect(known()).toEqual(['leaf.ts', 'top.ts']);
  });

  it('forgets a file when something that it imports, at whatever distance, has changed', () => {
    cache().add(FILES.map(pathOf));
    write('leaf.ts', "export const leaf = 'text';");
    expect(known()).toEqual([]);
    cache().add(FILES.map(pathOf));
    write('top.ts', 'export const top = 2;');
    expect(known()).toEqual(['leaf.ts', 'middle.ts']);
  });
});
