import { describe, expect, it } from 'vitest';
import { importsOf } from './parse-imports.js';
import { cyclesOf } from './source-imports.js';

describe('the reader of imports', () => {
  it('finds every form of import, with its line', () => {
    const text = [
      `import type { A } from './a.js';`,
      `import './b.js';`,
      `export * from '../wire/c.js';`,
      `export type { D } from 'ws';`,
      `const e = await import('p-retry');`,
      `let f: import('./f.js').F;`,
    ].join('\n');
    expect(
      importsOf('src/client/x.ts', text).map(({ line, target, specifier }) => [line, target ?? specifier]),
    ).toEqual([
      [1, 'src/client/a.ts'],
      [2, 'src/client/b.ts'],
      [3, 'src/wire/c.ts'],
      [4, 'ws'],
      [5, 'p-retry'],
      [6, 'src/client/f.ts'],
    ]);
  });

  it('finds a cycle, and reports none in files without one', () => {
    const edge = (file: string, target: string) => ({ file, target, line: 1, specifier: target });
    expect(cyclesOf([edge('a', 'b'), edge('b', 'c'), edge('c', 'b')])).toEqual([['b', 'c', 'b']]);
    expect(cyclesOf([edge('a', 'b'), edge('a', 'c'), edge('b', 'c')])).toEqual([]);
  });
});
