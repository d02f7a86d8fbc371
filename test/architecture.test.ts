/**
 * The dependency rule as a literal table, checked against the import statements of the sources (`import type`, re-exports
 * and dynamic imports included): what is not listed fails, and so does what is listed and no longer used.
 */
import { describe, expect, it } from 'vitest';
import { cyclesOf, importsOf, packageOf, readSource, sourceFiles } from './source-imports.js';

/** Folder → what its files may import from other folders, packages and Node. Arrows point towards core. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'index.ts': [
    'adapters',
    'audio',
    'client',
    'client/connection',
    'client/events',
    'client/gate',
    'client/options',
    'client/speech',
    'core/failure',
    'core/policy',
    'core/session',
    'core/utterance',
    'ports',
  ],
  'core/failure': ['core/memory', 'core/option'],
  'core/memory': [],
  'core/option': [],
  'core/policy': ['core/failure', 'core/memory', 'core/option'],
  'core/session': ['core/failure', 'core/policy'],
  'core/utterance': ['core/memory'],
  ports: [],
  wire: ['node:worker_threads', 'ports', 'protobufjs'],
  adapters: [
    'core/memory',
    'core/option',
    'node:async_hooks',
    'node:crypto',
    'node:http',
    'node:https',
    'node:module',
    'node:net',
    'node:perf_hooks',
    'node:timers',
    'node:tls',
    'node:url',
    'node:zlib',
    'ports',
    'ws',
  ],
  'client/waiting': ['ports'],
  'client/events': [
    'adapters',
    'adapters/codec',
    'client/waiting',
    'core/failure',
    'core/policy',
    'core/session',
    'eventemitter3',
    'node:async_hooks',
    'ports',
  ],
  'client/connection': [
    'adapters/codec',
    'client/waiting',
    'core/failure',
    'core/memory',
    'core/option',
    'ports',
  ],
  'client/gate': ['client/waiting', 'core/memory', 'core/policy', 'ports'],
  'client/speech': [
    'adapters/codec',
    'client/connection',
    'client/events',
    'client/waiting',
    'core/failure',
    'core/option',
    'core/policy',
    'core/utterance',
    'node:stream',
    'ports',
  ],
  'client/options': [
    'adapters',
    'client/connection',
    'client/events',
    'client/gate',
    'client/speech',
    'core/failure',
    'core/memory',
    'core/option',
    'core/policy',
    'core/utterance',
    'node:http',
    'node:util',
    'ports',
  ],
  'client/loop': [
    'adapters',
    'adapters/codec',
    'client/connection',
    'client/events',
    'client/gate',
    'client/options',
    'client/speech',
    'client/waiting',
    'core/failure',
    'core/memory',
    'core/option',
    'core/policy',
    'p-retry',
    'ports',
  ],
  client: [
    'adapters',
    'audio',
    'client/connection',
    'client/events',
    'client/gate',
    'client/loop',
    'client/options',
    'client/speech',
    'client/waiting',
    'core/failure',
    'core/memory',
    'core/option',
    'core/policy',
    'core/session',
    'core/utterance',
    'node:os',
    'node:worker_threads',
    'ports',
  ],
  audio: [
    '@echogarden/speex-resampler-wasm',
    'adapters',
    'client/speech',
    'core/option',
    'core/utterance',
    'node:buffer',
    'node:fs',
    'ports',
  ],
  'emulator/socket': ['node:net', 'node:stream', 'ports', 'ws'],
  'emulator/animation': ['ports'],
  'emulator/fault': ['core/option', 'emulator/animation', 'emulator/socket', 'ports', 'wire'],
  'emulator/context': ['adapters', 'core/option', 'emulator/fault', 'emulator/socket', 'ports'],
  'emulator/session': [
    'emulator/animation',
    'emulator/context',
    'emulator/fault',
    'emulator/socket',
    'ports',
    'wire',
  ],
  'emulator/http': ['emulator/context', 'emulator/fault', 'emulator/session', 'emulator/socket', 'node:http'],
  emulator: [
    'adapters',
    'core/option',
    'emulator/animation',
    'emulator/context',
    'emulator/fault',
    'emulator/http',
    'emulator/socket',
    'node:crypto',
    'node:http',
    'node:net',
    'node:stream',
    'ports',
  ],
  storm: ['adapters', 'core/policy', 'node:crypto'],
  cli: [
    'audio',
    'core/failure',
    'core/option',
    'core/policy',
    'core/utterance',
    'emulator',
    'emulator/fault',
    'index.ts',
    'node:fs',
    'node:path',
    'node:timers',
    'node:util',
    'storm',
  ],
  'adapters/codec': ['ports', 'wire'],
};

/** Package → the folders that are its home. Nobody else may import it. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  ws: ['adapters', 'emulator/socket'],
  'p-retry': ['client/loop'],
  eventemitter3: ['client/events'],
  protobufjs: ['wire'],
  '@echogarden/speex-resampler-wasm': ['audio'],
};

/** Optional peers that the sources load when they are needed. */
const PEERS = ['@echogarden/speex-resampler-wasm'];

/** Folders whose folders have rows of their own. */
const HOUSES = ['adapters', 'core', 'client', 'emulator'];

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
      .map((one) => `${at(one)}: the home of ${one.to} is ${HOMES[one.to]?.join(' and ') ?? 'nowhere'}`);
    expect(strays).toEqual([]);
  });

  it('are the dependencies of package.json, and optional peers', () => {
    const { dependencies, peerDependenciesMeta } = JSON.parse(readSource('package.json')) as {
      dependencies: Record<string, string>;
      peerDependenciesMeta: Record<string, { optional: boolean } | undefined>;
    };
    expect(Object.keys(HOMES).sort()).toEqual([...Object.keys(dependencies), ...PEERS].sort());
    expect(PEERS.filter((name) => peerDependenciesMeta[name]?.optional !== true)).toEqual([]);
  });
});
