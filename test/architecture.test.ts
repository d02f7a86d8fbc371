/**
 * The dependency rule as a literal table, checked against the import statements of the sources (`import type`, re-exports
 * and dynamic imports included): what is not listed fails, and so does what is listed and no longer used.
 */
import { basename } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import {
  PROJECT,
  cyclesOf,
  importsOf,
  lineCount,
  packageOf,
  readSource,
  sourceFiles,
} from './source-imports.js';

/** Folder → what its files may import from other folders, packages and Node. Arrows point towards core. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'index.ts': [
    'adapters',
    'client',
    'core/failure',
    'core/policy',
    'core/session',
    'core/utterance',
    'ports',
    'wire',
  ],
  'core/failure': [],
  'core/memo': [],
  'core/option': [],
  'core/policy': ['core/failure', 'core/option'],
  'core/session': ['core/failure', 'core/policy'],
  'core/utterance': [],
  ports: [],
  wire: ['protobufjs'],
  adapters: ['core/memo', 'core/option', 'node:http', 'node:https', 'node:net', 'node:url', 'ports', 'ws'],
  client: [
    'adapters',
    'core/failure',
    'core/memo',
    'core/option',
    'core/policy',
    'core/session',
    'core/utterance',
    'eventemitter3',
    'node:stream',
    'p-retry',
    'ports',
    'wire',
  ],
  emulator: [
    'adapters',
    'core/option',
    'node:crypto',
    'node:http',
    'node:net',
    'node:stream',
    'ports',
    'wire',
    'ws',
  ],
  storm: ['adapters', 'core/policy'],
  cli: [
    'core/failure',
    'core/option',
    'core/policy',
    'core/utterance',
    'emulator',
    'index.ts',
    'node:fs',
    'node:path',
    'node:timers',
    'node:util',
    'storm',
  ],
};

/** Package → the folders that are its home. Nobody else may import it. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  ws: ['adapters', 'emulator'],
  'p-retry': ['client'],
  eventemitter3: ['client'],
  protobufjs: ['wire'],
};

const MAX_LINES = 250;
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.property)?(\.test)?\.ts$/;
const NAMES_THAT_SAY_NOTHING = /^(utils?|helpers?|types?|constants?|common|misc)(\.test)?\.ts$/;

/** The row of the table that a file belongs to. */
function folderOf(file: string): string {
  const [, top = '', inner = ''] = file.split('/');
  return top === 'core' && !inner.endsWith('.ts') ? `core/${inner}` : top;
}

const sources = sourceFiles('src');
const imports = sources.flatMap((file) => importsOf(file, readSource(file)));
const crossings = imports
  .map((one) => ({
    ...one,
    from: folderOf(one.file),
    to: one.target === undefined ? packageOf(one.specifier) : folderOf(one.target),
  }))
  .filter(({ from, to }) => from !== to);
const at = ({ file, line, specifier }: { file: string; line: number; specifier: string }): string =>
  `${file}:${line} imports '${specifier}'`;

describe('imports between folders', () => {
  it('are those of the table, and no others', () => {
    const unlisted = crossings
      .filter(({ from, to }) => MAY_IMPORT[from]?.includes(to) !== true)
      .map(
        (one) =>
          `${at(one)}: the dependency rule lets ${one.from} import ${MAY_IMPORT[one.from]?.join(', ') ?? 'nothing: it has no row'}`,
      );
    expect(unlisted).toEqual([]);
  });

  it('are all in use: the table holds nothing stale', () => {
    const stale = Object.entries(MAY_IMPORT).flatMap(([from, row]) =>
      row
        .filter((to) => !crossings.some((one) => one.from === from && one.to === to))
        .map((to) => `test/architecture.test.ts: the row ${from} → ${to} is used by no file: delete it`),
    );
    expect(stale).toEqual([]);
  });

  it('never leave core, not even for a type', () => {
    const leaving = imports
      .filter(({ file, target }) => file.startsWith('src/core/') && target?.startsWith('src/core/') !== true)
      .map((one) => `${at(one)}: core imports from core only`);
    expect(leaving).toEqual([]);
  });

  it('never lead from the emulator to the client’s shell or its policy', () => {
    const forbidden = imports
      .filter(
        ({ file, target }) =>
          file.startsWith('src/emulator/') && /^src\/(client|core\/policy|index)/.test(target ?? ''),
      )
      .map((one) => `${at(one)}: the emulator must be able to disagree with the client`);
    expect(forbidden).toEqual([]);
  });

  it('reach existing files only, by relative names that end in .js', () => {
    const known = new Set(sources);
    const wrong = imports
      .filter(
        ({ specifier, target }) => target !== undefined && !(specifier.endsWith('.js') && known.has(target)),
      )
      .map((one) => `${at(one)}: no such source file`);
    expect(wrong).toEqual([]);
  });

  it('form no cycle between files', () => {
    expect(cyclesOf(imports).map((cycle) => `import cycle: ${cycle.join(' → ')}`)).toEqual([]);
  });
});

describe('packages', () => {
  it('are imported in their home folders only', () => {
    const strays = crossings
      .filter(({ target, to }) => target === undefined && !to.startsWith('node:'))
      .filter(({ from, to }) => HOMES[to]?.includes(from) !== true)
      .map((one) => `${at(one)}: the home of ${one.to} is ${HOMES[one.to]?.join(' and ') ?? 'nowhere'}`);
    expect(strays).toEqual([]);
  });

  it('are the dependencies of package.json', () => {
    const { dependencies } = JSON.parse(readSource('package.json')) as {
      dependencies: Record<string, string>;
    };
    expect(Object.keys(HOMES).sort()).toEqual(Object.keys(dependencies).sort());
  });
});

describe('core', () => {
  it('is compiled without the types of Node and without the DOM', () => {
    const path = `${PROJECT}/src/core/tsconfig.json`;
    const { config } = ts.readConfigFile(path, (file) => ts.sys.readFile(file)) as { config: unknown };
    const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, `${PROJECT}/src/core`);
    expect(options.types).toEqual([]);
    expect(options.lib).toEqual(['lib.es2023.d.ts']);
    expect(fileNames.length).toBe(sources.filter((file) => file.startsWith('src/core/')).length);
  });

  it('reads no clock and draws no chance', () => {
    const impure = sources
      .filter((file) => file.startsWith('src/core/'))
      .filter((file) =>
        /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\b|\bsetTimeout\(/.test(readSource(file)),
      )
      .map((file) => `${file}: time and chance are arguments in core`);
    expect(impure).toEqual([]);
  });
});

describe('files', () => {
  const files = [...sources, ...sourceFiles('test')];

  it('are at most 250 lines long', () => {
    const long = files
      .map((file) => ({ file, lines: lineCount(readSource(file)) }))
      .filter(({ lines }) => lines > MAX_LINES)
      .map(
        ({ file, lines }) =>
          `${file}:${MAX_LINES + 1} has ${lines} lines: ${MAX_LINES} is the limit, one concept per file`,
      );
    expect(long).toEqual([]);
  });

  it('have kebab-case names that say something', () => {
    const badlyNamed = files
      .filter((file) => !KEBAB_CASE.test(basename(file)) || NAMES_THAT_SAY_NOTHING.test(basename(file)))
      .map((file) => `${file}: kebab-case, after the one thing in it`);
    expect(badlyNamed).toEqual([]);
  });
});

describe('the reader of imports', () => {
  it('sees every form of import, with its line', () => {
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

  it('finds a cycle, and none where there is none', () => {
    const edge = (file: string, target: string) => ({ file, target, line: 1, specifier: target });
    expect(cyclesOf([edge('a', 'b'), edge('b', 'c'), edge('c', 'b')])).toEqual([['b', 'c', 'b']]);
    expect(cyclesOf([edge('a', 'b'), edge('a', 'c'), edge('b', 'c')])).toEqual([]);
  });
});
