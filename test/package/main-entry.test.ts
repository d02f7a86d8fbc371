/**
 * The modules that Node loads for the main entry: the session, without the parts that only dials need, and
 * without optional parts.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf } from '../parse-imports.js';
import { packageOf, PROJECT, readSource } from '../source-imports.js';

/** Prints the address of every module that the process loads, including those of CommonJS packages. */
const TRACE = `
  import { writeSync } from 'node:fs';
  export async function load(url, context, next) {
    const loaded = await next(url, context);
    writeSync(1, url + '\\n');
    return loaded;
  }`;
const REGISTER = `
  import { register } from 'node:module';
  register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(TRACE)}));`;

interface Loaded {
  /** Files of this package, by their path below dist/. */
  readonly files: string[];
  /** The sources of these files, by their path below src/, as the source maps list them. */
  readonly sources: string[];
  readonly packages: string[];
}

function loadedBy(entry: string): Loaded {
  const hooks = `data:text/javascript,${encodeURIComponent(REGISTER)}`;
  const out = execFileSync(process.execPath, ['--import', hooks, entry], { cwd: PROJECT, encoding: 'utf8' });
  const urls = out.split('\n').filter((url) => url.startsWith('file:'));
  const after = (mark: string): string[] =>
    urls.filter((url) => url.includes(mark)).map((url) => url.slice(url.lastIndexOf(mark) + mark.length));
  const packages = after('/node_modules/').map((path) => packageOf(path));
  const files = after('/dist/').filter((path) => !path.includes('node_modules'));
  return {
    files,
    sources: files.flatMap((file) => sourcesOf(`dist/${file}`)).sort(),
    packages: [...new Set(packages)].sort(),
  };
}

/** Empty for a file that only re-exports another one. */
function sourcesOf(file: string): string[] {
  if (!existsSync(`${PROJECT}/${file}.map`)) return [];
  const { sources } = JSON.parse(readSource(`${file}.map`)) as { readonly sources: readonly string[] };
  return sources.map((source) => posix.relative('src', posix.join(posix.dirname(file), source)));
}

const { files, sources, packages } = loadedBy('dist/index.js');
const foldersOf = (paths: readonly string[]): string[] => [
  ...new Set(paths.filter((path) => path.includes('/')).map((path) => path.split('/')[0] ?? '')),
];

describe('loading the main entry', () => {
  it('loads the parts of a session, and no other entry', () => {
    expect(foldersOf(sources).sort()).toEqual(['adapters', 'client', 'core', 'fleet', 'ports', 'wire']);
    // Of the fleet, only the coordinator for one process, which the main entry exports.
    expect(sources.filter((path) => path.startsWith('fleet/'))).toEqual([
      'fleet/fleet-limits.ts',
      'fleet/memory-coordinator.ts',
    ]);
    expect(sources.length).toBeGreaterThan(100);
  });

  it('loads the package’s dependencies except ws, and no optional one', () => {
    expect(packages).toEqual(['eventemitter3', 'is-network-error', 'p-retry', 'protobufjs']);
  });

  it('loads five files', () => {
    expect(files.sort()).toEqual([
      'chunks/base.js',
      'chunks/channels.js',
      'chunks/message.js',
      'chunks/session.js',
      'index.js',
    ]);
  });

  it('loads no module of Node that only dials need', () => {
    const imported = files.flatMap((file) => [
      ...readSource(`dist/${file}`).matchAll(/^import [^"]*"([^"]+)";/gm),
    ]);
    const names = imported.map(([, specifier]) => specifier);
    expect(names).toContain('node:util');
    for (const late of ['node:http', 'node:https', 'node:tls', 'node:net', 'node:zlib'])
      expect(names).not.toContain(late);
  });
});

describe('if a package that dials need is missing', () => {
  it('the entry loads, and a session ends at once with an error that names the package', () => {
    const hooks = `
      export async function resolve(specifier, context, next) {
        if (specifier === 'ws') throw new Error("Cannot find package 'ws'");
        return next(specifier, context);
      }`;
    const program = `
      import { register } from 'node:module';
      register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hooks)}));
      const { newAvatarSession } = await import('./dist/index.js');
      const session = newAvatarSession({ appId: 'app', avatarId: 'avatar', region: 'us-west', tokenProvider: () => 'token' });
      const { code, message, willRetry, remediation } = await session.start().catch((error) => error);
      console.log([code, message, willRetry, remediation].join('\\n'));`;
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: PROJECT,
      encoding: 'utf8',
    });
    expect(out.split('\n')).toEqual([
      'connectionFailed',
      expect.stringContaining("the package ws could not be loaded: Cannot find package 'ws'"),
      'false',
      expect.stringContaining('npm ci'),
      '',
    ]);
  });
});

describe('loading another entry', () => {
  it.each([
    ['relay/browser/index.js', ['ports', 'relay']],
    ['inspector/face.js', ['inspector']],
  ])('%s loads no package and no module of Node, so it runs in browsers', (entry, folders) => {
    const loaded = loadedBy(`dist/${entry}`);
    expect(foldersOf(loaded.sources).sort()).toEqual(folders);
    expect(loaded.packages).toEqual([]);
  });

  it.each(['relay/index.js', 'emulator/index.js', 'fleet/redis.js', 'audio/index.js'])(
    '%s loads no session',
    (entry) => {
      const loaded = loadedBy(`dist/${entry}`);
      expect(loaded.sources.length).toBeGreaterThan(10);
      expect(loaded.sources).not.toContain('client/session.ts');
    },
  );
});

describe('the chunks', () => {
  it('import each other without cycles, so that each is complete before another uses it', () => {
    const names = readdirSync(`${PROJECT}/dist/chunks`).filter((file) => file.endsWith('.js'));
    const imported = (name: string): string[] =>
      importsOf(name, readSource(`dist/chunks/${name}`))
        .filter(({ specifier }) => specifier.startsWith('./'))
        .map(({ specifier }) => specifier.slice(2));
    const left = new Map(names.map((name) => [name, imported(name)]));
    const free = (): string[] =>
      [...left].filter(([, needs]) => !needs.some((one) => left.has(one))).map(([name]) => name);
    for (let found = free(); found.length > 0; found = free()) for (const name of found) left.delete(name);
    expect([...left.keys()]).toEqual([]);
  });
});

describe('a path below dist/', () => {
  it.each([
    ['the main entry', 'dist/index.js', 'avatarkit-session', 'AvatarSDKError'],
    ['a module', 'dist/core/failure/avatar-sdk-error.js', 'avatarkit-session', 'AvatarSDKError'],
    ['the emulator', 'dist/emulator/index.js', 'avatarkit-session/emulator', 'AvatarEmulator'],
  ])('has the same classes as the name of the entry: %s', (_, path, entry, name) => {
    const program = `
      const byPath = await import('./${path}');
      const byName = await import('${entry}');
      console.log(typeof byName.${name}, byPath.${name} === byName.${name});`;
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: PROJECT,
      encoding: 'utf8',
    });
    expect(out).toBe('function true\n');
  });
});

describe('an error that the package throws', () => {
  it('has the lines of the sources in its stack if Node reads source maps', () => {
    const program = `
      import { newAvatarSession } from './dist/index.js';
      try { newAvatarSession({}) } catch (error) { console.log(error.stack) }`;
    const words = ['--enable-source-maps', '--input-type=module', '-e', program];
    const out = execFileSync(process.execPath, words, { cwd: PROJECT, encoding: 'utf8' });
    expect(out).toMatch(/at \S+ \(\S*\/src\/client\/avatar-session\.ts:\d+:\d+\)/);
  });
});
