/** What loading the main entry makes Node load: the session and what it needs, and nothing that an application may never use. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { packageOf, PROJECT } from '../source-imports.js';

/** Prints the address of every module that the process loads, those of packages that are CommonJS included. */
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

/** Own modules by their path below dist/, packages and built-in modules by their names. */
function loadedBy(entry: string): { readonly own: string[]; readonly packages: string[] } {
  const hooks = `data:text/javascript,${encodeURIComponent(REGISTER)}`;
  const out = execFileSync(process.execPath, ['--import', hooks, entry], { cwd: PROJECT, encoding: 'utf8' });
  const urls = out.split('\n').filter((url) => url.startsWith('file:'));
  const after = (mark: string): string[] =>
    urls.filter((url) => url.includes(mark)).map((url) => url.slice(url.lastIndexOf(mark) + mark.length));
  const packages = after('/node_modules/').map((path) => packageOf(path));
  return {
    own: after('/dist/').filter((path) => !path.includes('node_modules')),
    packages: [...new Set(packages)].sort(),
  };
}

const { own, packages } = loadedBy('dist/index.js');
const foldersOf = (modules: readonly string[]): string[] => [
  ...new Set(modules.filter((path) => path.includes('/')).map((path) => path.split('/')[0] ?? '')),
];

describe('loading the main entry', () => {
  it('loads the parts of a session, and no other entry', () => {
    expect(foldersOf(own).sort()).toEqual(['adapters', 'client', 'core', 'fleet', 'ports', 'wire']);
    // Of the fleet: the coordinator of one process, which the main entry exports.
    expect(own.filter((path) => path.startsWith('fleet/'))).toEqual([
      'fleet/memory-coordinator.js',
      'fleet/fleet-limits.js',
    ]);
  });

  it('loads the packages that come with it, and no optional one but those that speed up its sockets', () => {
    expect(packages.filter((name) => !['bufferutil', 'node-gyp-build'].includes(name))).toEqual([
      'eventemitter3',
      'is-network-error',
      'p-retry',
      'protobufjs',
      'ws',
    ]);
  });

  it('loads at most 190 files', () => {
    expect(own.length).toBeGreaterThan(100);
    expect(own.length).toBeLessThanOrEqual(190);
  });
});

describe('loading another entry', () => {
  it.each([
    ['relay/browser/index.js', ['ports', 'relay']],
    ['inspector/face.js', ['inspector']],
  ])('%s loads no package and nothing of Node: it runs in browsers', (entry, folders) => {
    const loaded = loadedBy(`dist/${entry}`);
    expect(foldersOf(loaded.own).sort()).toEqual(folders);
    expect(loaded.packages).toEqual([]);
  });
});
