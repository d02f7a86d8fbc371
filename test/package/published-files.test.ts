/** The published package: the files of the tarball, the files that they refer to, and its size. */
import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { linkTargets } from '../docs/markdown.js';
import { linkedFile } from '../docs/pages.js';
import { importsOf } from '../parse-imports.js';
import { PROJECT, readSource } from '../source-imports.js';
import { packedFiles } from './packed-files.js';
import { PARTS, WHOLE, sizesOf } from './size-budget.js';

interface SourceMap {
  readonly sources: readonly string[];
  readonly sourcesContent: readonly string[];
}

const packed = packedFiles();
const published = new Set(packed.files.map(({ path }) => path));
const folders = new Set(
  [...published].flatMap((path) => path.split('/').map((_, at, parts) => parts.slice(0, at).join('/'))),
);
const code = [...published].filter((path) => /^dist\/.*\.(?:js|d\.ts)$/.test(path));

/**
 * The promises in SECURITY.md link to tests. The page states that the tests are in the repository only.
 */
const IN_REPOSITORY = (page: string, target: string): boolean =>
  page === 'SECURITY.md' && target.startsWith('test/');

describe('the published documents', () => {
  const pages = [...published].filter((path) => path.endsWith('.md'));

  it('link to files, pictures and folders that are published with them', () => {
    const broken = pages.flatMap((page) =>
      linkTargets(readSource(page))
        .filter((target) => !/^[a-z]+:|^#/.test(target))
        .map((target) => linkedFile(page, target.split('#')[0] ?? '').replace(/\/$/, ''))
        .filter((file) => !IN_REPOSITORY(page, file) && !published.has(file) && !folders.has(file))
        .map((file) => `${page} → ${file}`),
    );
    expect(broken).toEqual([]);
  });

  it('state where the tests are that SECURITY.md links to', () => {
    expect(readSource('SECURITY.md')).toContain('in the repository, not in the published package');
  });
});

describe('the published code', () => {
  it('has every file that package.json names', () => {
    const named = JSON.stringify([packageJson.exports, packageJson.main, packageJson.types, packageJson.bin]);
    const missing = [...named.matchAll(/"(?:\.\/)?(dist\/[^"]+)"/g)].filter(
      ([, file = '']) => !published.has(file),
    );
    expect(missing).toEqual([]);
  });

  it('imports only published files and installed packages', () => {
    const known = [packageJson.dependencies, packageJson.optionalDependencies, packageJson.peerDependencies];
    const packages = known.flatMap((list) => Object.keys(list));
    const broken = code.flatMap((file) =>
      importsOf(file, readSource(file))
        .map(({ specifier }) => specifier)
        .filter((specifier) =>
          specifier.startsWith('.')
            ? !published.has(posix.join(posix.dirname(file), specifier))
            : !specifier.startsWith('node:') &&
              !packages.some((name) => specifier === name || specifier.startsWith(`${name}/`)),
        )
        .map((specifier) => `${file} → ${specifier}`),
    );
    expect(broken).toEqual([]);
  });

  it('has a source map with the sources for each file that is not a mere re-export', () => {
    const made = code.filter((file) => file.endsWith('.js') && !file.startsWith('dist/inspector/page/'));
    const pointing = made.filter((file) =>
      readSource(file).endsWith(`\n//# sourceMappingURL=${posix.basename(file)}.map`),
    );
    const maps = [...published].filter((path) => path.endsWith('.map'));
    expect(pointing.map((file) => `${file}.map`).sort()).toEqual(maps.sort());
    const others = made.filter((file) => !pointing.includes(file));
    expect(others.filter((file) => /^(?:class|const|function|let|var) /m.test(readSource(file)))).toEqual([]);
    for (const map of maps) {
      const { sources, sourcesContent } = JSON.parse(readSource(map)) as SourceMap;
      const texts = sources.map((source) => readSource(posix.join(posix.dirname(map), source)));
      expect(sourcesContent).toEqual(texts);
    }
  });

  it('contains no file of the tests, of a build tool, or with credentials', () => {
    const strange = [...published].filter(
      (path) =>
        /(?:^|\/)\.|tsbuildinfo|\.(?:ts|log|tgz|pem|key)$/.test(path) && !/^dist\/.*\.d\.ts$/.test(path),
    );
    expect(strange).toEqual([]);
    expect(existsSync(join(PROJECT, '.npmignore'))).toBe(false);
  });
});

describe('the size of the package', () => {
  const { parts, unknown } = sizesOf(packed);

  it('assigns every file to a part', () => {
    expect(unknown).toEqual([]);
  });

  it.each(PARTS)('$part: at most $maxFiles files, $maxBytes bytes', ({ part, maxFiles, maxBytes }) => {
    const size = parts.find((one) => one.part === part);
    expect(size?.files).toBeGreaterThan(0);
    expect(size?.files).toBeLessThanOrEqual(maxFiles);
    expect(size?.bytes).toBeLessThanOrEqual(maxBytes);
  });

  it('is bounded as a whole, packed and unpacked', () => {
    expect(packed.files.length).toBeLessThanOrEqual(WHOLE.maxFiles);
    expect(packed.unpackedSize).toBeLessThanOrEqual(WHOLE.maxBytes);
    expect(packed.size).toBeLessThanOrEqual(WHOLE.maxPackedBytes);
  });
});
