/** The facts in package.json, and the files that repeat them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { PROJECT, readSource } from '../source-imports.js';

interface LockFile {
  readonly name: string;
  readonly version: string;
  readonly packages: Readonly<
    Record<string, { readonly version: string; readonly hasInstallScript?: boolean } | undefined>
  >;
}

const packageLock = JSON.parse(readSource('package-lock.json')) as LockFile;
const { name, version, description, license, author, keywords } = packageJson;

describe('the addresses', () => {
  const { repository, homepage, bugs } = packageJson;
  const address = repository.url.replace(/^git\+/, '').replace(/\.git$/, '');

  it('are those of one repository, which has the name of the package', () => {
    expect(repository).toEqual({ type: 'git', url: `git+${address}.git` });
    expect(homepage).toBe(`${address}#readme`);
    expect(bugs).toEqual({ url: `${address}/issues` });
    expect(address).toMatch(new RegExp(`^https://[^/]+/[^/]+/${name}$`));
  });

  it('are those of the install commands in README.md', () => {
    expect(readSource('README.md')).toContain(`npm install ${repository.url} `);
  });
});

describe('the version', () => {
  it('is that of the lock file', () => {
    expect([packageLock.name, packageLock.version]).toEqual([name, version]);
    expect(packageLock.packages['']?.version).toBe(version);
  });

  it('is that of the tarball which README.md installs', () => {
    const named = [...readSource('README.md').matchAll(/avatarkit-session-([\d.]+)\.tgz/g)];
    expect(named.map(([, found]) => found)).toEqual([version]);
  });
});

describe('CITATION.cff', () => {
  const text = readSource('CITATION.cff');
  const field = (key: string): string | undefined => new RegExp(`^${key}: '?(.*?)'?$`, 'm').exec(text)?.[1];
  const list = (key: string): string[] => {
    const lines = new RegExp(`^${key}:\n((?: {2}- .+\n)+)`, 'm').exec(text)?.[1] ?? '';
    return [...lines.matchAll(/^ {2}- (.+)$/gm)].map(([, item = '']) => item);
  };

  it('has the same facts about the package as package.json', () => {
    expect(field('cff-version')).toBe('1.2.0');
    expect(field('title')).toBe(name);
    expect(field('version')).toBe(version);
    expect(field('license')).toBe(license);
    expect(field('abstract')).toBe(description);
    expect(list('authors')).toEqual([`name: ${author}`]);
    expect(list('keywords')).toEqual(keywords);
  });
});

describe('an installation', () => {
  it('installs at most five packages that are not optional', () => {
    expect(Object.keys(packageJson.dependencies).length).toBeLessThanOrEqual(5);
  });

  it('needs no peer dependency: each is optional', () => {
    const meta: Readonly<Record<string, { readonly optional: boolean }>> = packageJson.peerDependenciesMeta;
    const needed = Object.keys(packageJson.peerDependencies).filter((peer) => meta[peer]?.optional !== true);
    expect(needed).toEqual([]);
  });

  it('runs no script of the package or of a dependency that is not optional', () => {
    // `prepare` runs only in a clone and for a git URL. `bufferutil` is optional.
    expect(
      Object.keys(packageJson.scripts).filter((script) => /^(?:pre|post)?install$/.test(script)),
    ).toEqual([]);
    expect(existsSync(join(PROJECT, 'binding.gyp'))).toBe(false);
    const needed = Object.keys(packageJson.dependencies);
    expect(
      needed.filter((one) => packageLock.packages[`node_modules/${one}`]?.hasInstallScript === true),
    ).toEqual([]);
  });

  it('has no request for funding', () => {
    expect(Object.keys(packageJson)).not.toContain('funding');
  });
});
