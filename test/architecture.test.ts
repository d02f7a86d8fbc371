/**
 * Checks the dependency rule (the table in import-table.ts) against the import statements of the sources,
 * including `import type`, re-exports and dynamic imports. An import that the table does not list fails, and
 * so does an entry of the table that no file uses.
 */
import { describe, expect, it } from 'vitest';
import { MAY_IMPORT } from './import-table.js';
import { importsOf } from './parse-imports.js';
import { cyclesOf, packageOf, readSource, sourceFiles } from './source-imports.js';

/** Package → the folders that may import it. No other folder may. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  ws: ['adapters/ws', 'emulator/socket'],
  'p-retry': ['client/loop'],
  eventemitter3: ['client/events'],
  protobufjs: ['wire'],
  preact: ['inspector/page'],
  uplot: ['inspector/page'],
  '@echogarden/speex-resampler-wasm': ['audio'],
  '@evan/opus': ['adapters/opus'],
  '@livekit/agents': ['livekit'],
  '@opentelemetry/api': ['opentelemetry'],
  ioredis: ['fleet'],
  'livekit-server-sdk': ['livekit'],
  redis: ['fleet'],
};

/** Optional peer dependencies, which the sources load on first use. */
const PEERS = [
  '@echogarden/speex-resampler-wasm',
  '@evan/opus',
  '@livekit/agents',
  '@opentelemetry/api',
  'ioredis',
  'livekit-server-sdk',
  'redis',
];

/**
 * Packages that are bundled into the page of the inspector, so that users of this package do not install
 * them.
 */
const BUNDLED = ['preact', 'uplot'];

/** Folders whose subfolders have rows of their own. */
const HOUSES = ['adapters', 'core', 'client', 'emulator', 'inspector', 'recorder', 'relay'];

/** The row of the table that a file belongs to. */
function folderOf(file: string): string {
  const [, top = '', inner = ''] = file.split('/');
  return HOUSES.includes(top) && !inner.endsWith('.ts') ? `${top}/${inner}` : top;
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

  it('are all in use: the table has no unused entry', () => {
    const stale = Object.entries(MAY_IMPORT).flatMap(([from, row]) =>
      row
        .filter((to) => !crossings.some((one) => one.from === from && one.to === to))
        .map((to) => `test/import-table.ts: the row ${from} → ${to} is used by no file: delete it`),
    );
    expect(stale).toEqual([]);
  });

  it('of core are from core only, also those of types', () => {
    const leaving = imports
      .filter(({ file, target }) => file.startsWith('src/core/') && target?.startsWith('src/core/') !== true)
      .map((one) => `${at(one)}: core imports from core only`);
    expect(leaving).toEqual([]);
  });

  it('of the emulator are not from the client or its policy', () => {
    const forbidden = imports
      .filter(
        ({ file, target }) =>
          file.startsWith('src/emulator/') && /^src\/(client|core\/policy|index)/.test(target ?? ''),
      )
      .map((one) => `${at(one)}: the emulator must be independent of the client`);
    expect(forbidden).toEqual([]);
  });

  it('name existing files, by relative paths that end in .js', () => {
    const known = new Set(sources);
    const wrong = imports
      .filter(
        ({ specifier, target }) => target !== undefined && !(specifier.endsWith('.js') && known.has(target)),
      )
      .map((one) => `${at(one)}: no such source file`);
    expect(wrong).toEqual([]);
  });

  it('form no cycle, neither between files nor between folders', () => {
    const edges = crossings.map(({ from, to, ...one }) => ({ ...one, file: from, target: to }));
    const cycles = [...cyclesOf(imports), ...cyclesOf(edges)];
    expect(cycles.map((cycle) => `import cycle: ${cycle.join(' → ')}`)).toEqual([]);
  });
});

describe('packages', () => {
  it('are imported in their home folders only', () => {
    const strays = crossings
      .filter(({ target, to }) => target === undefined && !to.startsWith('node:'))
      .filter(({ from, to }) => HOMES[to]?.includes(from) !== true)
      .map(
        (one) =>
          `${at(one)}: the only folder that may import ${one.to} is ${HOMES[one.to]?.join(' and ') ?? 'nowhere'}`,
      );
    expect(strays).toEqual([]);
  });

  it('are the dependencies of package.json, and optional peers', () => {
    const { dependencies, peerDependenciesMeta } = JSON.parse(readSource('package.json')) as {
      dependencies: Record<string, string>;
      peerDependenciesMeta: Record<string, { optional: boolean } | undefined>;
    };
    expect(
      Object.keys(HOMES)
        .filter((name) => !BUNDLED.includes(name))
        .sort(),
    ).toEqual([...Object.keys(dependencies), ...PEERS].sort());
    expect(PEERS.filter((name) => peerDependenciesMeta[name]?.optional !== true)).toEqual([]);
  });
});
