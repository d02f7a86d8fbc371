/** What has to be right before a version is tagged and published. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { PROJECT } from '../source-imports.js';
import { channelOf, notesOf, releaseChecks, tagOf } from './release-checks.mjs';

const CLONE = {
  version: '1.2.3',
  lockVersion: '1.2.3',
  repository: 'git+https://git.example/team/avatarkit-session.git',
  changelog:
    '# Changelog\n\n## [1.2.3] - 2026-12-01\n\n### Fixed\n\n- A defect.\n\n## [1.2.2] - 2026-11-01\n',
  readme: '# avatarkit-session\n',
  changed: [],
  head: 'c1',
  tags: [{ name: 'v1.2.2', commit: 'c0' }],
};

const problemsOf = (clone: typeof CLONE, goal: 'tag' | 'publish' = 'tag'): string[] =>
  releaseChecks(clone, goal).flatMap(({ problem }) => (problem === undefined ? [] : [problem]));

describe('a release', () => {
  it('has nothing in its way where all is right', () => {
    expect(problemsOf(CLONE)).toEqual([]);
    const tags = [...CLONE.tags, { name: 'v1.2.3', commit: 'c1' }];
    expect(problemsOf({ ...CLONE, tags }, 'publish')).toEqual([]);
  });

  it.each<[string, Partial<Record<keyof typeof CLONE, unknown>>, RegExp]>([
    [
      'a lock file of another version',
      { lockVersion: '1.2.2' },
      /^package-lock.json has 1.2.2, package.json 1/,
    ],
    [
      'a tree that is not clean',
      { changed: ['README.md', 'new.txt'] },
      /^commit or remove: README.md, new.txt$/,
    ],
    ['many changed files', { changed: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] }, /: a, b, c, d, e and 2 more$/],
    [
      'a changelog of another version',
      { changelog: '## [1.2.2] - 2026-11-01\n\n- x\n' },
      /begins with 1.2.2/,
    ],
    ['no changelog', { changelog: '' }, /begins with no version/],
    ['a version without a date', { changelog: '## [1.2.3] - Unreleased\n\n- x\n' }, /^write the date/],
    ['a version that has nothing new', { changelog: '## [1.2.3] - 2026-12-01\n' }, /says nothing of 1.2.3$/],
    ['no address', { repository: 'git+https://HOST/PATH/avatarkit-session.git' }, /placeholder/],
    ['a README of before', { readme: 'It is not on the npm registry yet' }, /^README.md and/],
    ['a tag that exists', { tags: [{ name: 'v1.2.3', commit: 'c0' }] }, /^v1.2.3 exists/],
  ])('is stopped by %s, with what to do', (_, change, problem) => {
    expect(problemsOf({ ...CLONE, ...change } as typeof CLONE)).toContainEqual(
      expect.stringMatching(problem),
    );
  });

  it('is stopped by a version that is none', () => {
    expect(problemsOf({ ...CLONE, version: '1.2' })).toContain('package.json: 1.2 is no semantic version');
  });

  it('is published from the commit that its tag names, and from no other', () => {
    expect(problemsOf(CLONE, 'publish')).toEqual(['there is no v1.2.3: npm run release makes it']);
    const tags = [{ name: 'v1.2.3', commit: 'c0' }];
    expect(problemsOf({ ...CLONE, tags }, 'publish')).toEqual([
      expect.stringMatching(/names another commit/),
    ]);
  });
});

describe('a version', () => {
  it.each([
    ['1.2.3', 'latest'],
    ['2.0.0-beta.1', 'beta'],
    ['2.0.0-1', 'next'],
  ])('%s is tagged by its name and offered as %s', (version, channel) => {
    expect(tagOf(version)).toBe(`v${version}`);
    expect(channelOf(version)).toBe(channel);
  });

  it('has the notes that stand below its heading, and no others', () => {
    expect(notesOf(CLONE.changelog)).toBe('### Fixed\n\n- A defect.');
  });
});

describe('npm run release', () => {
  it.each([
    ['publishes nothing in a dry run', ['--dry-run', '--publish']],
    ['leaves the tests out of nothing but a dry run', ['--without-tests']],
    ['publishes nothing without tests', ['--publish', '--without-tests']],
  ])('%s', (_, words) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['test/loop/release.mjs', ...words], {
      cwd: PROJECT,
      encoding: 'utf8',
    });
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: '',
      stderr: 'npm run release -- [--dry-run [--without-tests] | --publish]\n',
    });
  });
});
