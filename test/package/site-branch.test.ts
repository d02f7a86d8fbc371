/**
 * How a release changes the branch of the site: runs the commands of the workflow on repositories in a
 * temporary folder.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { publishSite } from '../../docs/site/build/publish-site.mjs';
import { readSource } from '../source-imports.js';

interface Workflow {
  readonly jobs: { readonly pages: { readonly steps: readonly { readonly run?: string }[] } };
}

const { jobs } = parse(readSource('.github/workflows/release.yml')) as Workflow;
/** The steps before and after the download of the site. */
const [CLEAN = '', KEEP = ''] = jobs.pages.steps.flatMap(({ run }) => run ?? []);

let work = '';
let origin = '';
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'avatarkit-pages-'));
  origin = join(work, 'origin');
  const first = join(work, 'first');
  git(work, 'init', '--quiet', '--bare', '--initial-branch=gh-pages', origin);
  git(work, 'init', '--quiet', '--initial-branch=gh-pages', first);
  git(first, 'commit', '--quiet', '--allow-empty', '--message=begin');
  git(first, 'push', '--quiet', origin, 'gh-pages');
});
afterEach(() => {
  rmSync(work, { recursive: true, force: true });
});

function git(cwd: string, ...args: readonly string[]): string {
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@host.invalid'];
  return execFileSync('git', [...who, ...args], { cwd, encoding: 'utf8' }).trimEnd();
}

/**
 * Runs a script like a CI runner: a failing command ends it. The address of the server is the folder
 * `origin`.
 */
function run(cwd: string, script: string, tag: string): void {
  const env = {
    ...process.env,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `url.file://${origin}.insteadOf`,
    GIT_CONFIG_VALUE_0: 'https://x-access-token:token@host.invalid/owner/name',
    GITHUB_SERVER_URL: 'https://host.invalid',
    GITHUB_REPOSITORY: 'owner/name',
    GITHUB_REF_NAME: tag,
    TOKEN: 'token',
  };
  execFileSync('bash', ['-e', '-o', 'pipefail', '-c', script], { cwd, env });
}

/** The site of a version that has one page. */
function release(version: string, page: string): void {
  const [built, site, branch] = ['built', 'site', 'branch'].map((name) => join(work, `${name} ${version}`));
  if (built === undefined || site === undefined || branch === undefined) throw new Error('no folder');
  mkdirSync(built);
  for (const name of [`${page}.html`, '404.html', 'llms.txt', 'llms-full.txt'])
    writeFileSync(join(built, name), version);
  git(work, 'clone', '--quiet', origin, branch);
  // Artifacts contain no hidden files.
  cpSync(branch, site, { recursive: true, filter: (file) => !file.slice(work.length).includes('/.') });
  publishSite({ built, version, pages: [page] }, { folder: site, address: '/' });
  run(branch, CLEAN, `v${version}`);
  cpSync(site, branch, { recursive: true });
  run(branch, KEEP, `v${version}`);
}

it('older versions do not change, and latest has no page that was removed', () => {
  release('1.0.0', 'old');
  release('1.1.0', 'new');
  const files = git(origin, 'ls-tree', '-r', '--name-only', 'gh-pages').split('\n');
  expect(files).toEqual(expect.arrayContaining(['.nojekyll', 'versions.json', '1.0.0/old.html']));
  expect(files.filter((file) => file.startsWith('latest/') && file.endsWith('.html'))).toEqual([
    'latest/404.html',
    'latest/new.html',
  ]);
  const commits = git(origin, 'log', '--format=%s', 'gh-pages').split('\n');
  expect(commits).toEqual(['docs: site of v1.1.0', 'docs: site of v1.0.0', 'begin']);
});
