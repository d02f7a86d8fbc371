/**
 * The workflows of CI and of a release: their commands exist, and they have only the permissions that they
 * need.
 */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { PROJECT, readSource } from '../source-imports.js';

const FOLDER = '.github/workflows';
const NAMES = readdirSync(`${PROJECT}/${FOLDER}`).sort();

interface Job {
  readonly needs?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly run?: string; readonly with?: Readonly<Record<string, unknown>> }[];
}

const runsOf = (text: string): string[] => [...text.matchAll(/^ +- run: (.+)$/gm)].map(([, run = '']) => run);

it('are those for CI and for releases', () => {
  expect(NAMES).toEqual(['ci.yml', 'release.yml']);
});

describe.each(NAMES)('%s', (name) => {
  const text = readSource(`${FOLDER}/${name}`);

  it('runs only existing scripts', () => {
    const scripts = runsOf(text).flatMap((run) => /^npm (?:run )?(\w+)/.exec(run)?.[1] ?? []);
    const known = [...Object.keys(packageJson.scripts), 'ci'];
    expect(scripts.length).toBeGreaterThan(1);
    expect(scripts.filter((script) => !known.includes(script))).toEqual([]);
  });

  it('reads the repository, keeps no credentials of it, and has no secrets', () => {
    expect(text).toMatch(/^permissions:\n {2}contents: read$/m);
    const checkouts = text.split('- uses: actions/checkout@').slice(1);
    expect(checkouts.filter((part) => !part.slice(0, 120).includes('persist-credentials: false'))).toEqual(
      [],
    );
    expect(text).not.toMatch(/secrets\.|pull_request_target/);
  });

  it('has a limit of time for each job', () => {
    expect(text.match(/timeout-minutes: /g)?.length).toBe(text.match(/runs-on: /g)?.length);
  });
});

describe('ci.yml', () => {
  it('begins with the oldest version of Node that package.json supports', () => {
    const [, versions = ''] = /node: \[(.+)\]/.exec(readSource(`${FOLDER}/ci.yml`)) ?? [];
    expect(`>=${versions.split(', ')[0]?.replaceAll("'", '') ?? ''}`).toBe(packageJson.engines.node);
  });
});

describe('release.yml', () => {
  const text = readSource(`${FOLDER}/release.yml`);

  const { jobs } = parse(text) as { readonly jobs: Readonly<Record<'publish' | 'site' | 'pages', Job>> };
  const commandsOf = ({ steps }: Job): string[] => steps.flatMap(({ run }) => run ?? []);

  it('starts with a tag and a publication, whose provenance needs an identity', () => {
    expect(text).toMatch(/^on:\n {2}push:\n {4}tags: \['v\*'\]$/m);
    expect(jobs.publish.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
    expect(commandsOf(jobs.publish)).toEqual(['npm ci', 'npm run release -- --publish']);
    expect(readSource('test/loop/release.mjs')).toContain("'--provenance'");
  });

  it('builds the site of the published version, beside the existing versions', () => {
    expect([jobs.site.needs, jobs.pages.needs]).toEqual(['publish', 'site']);
    expect(jobs.site.steps.find(({ with: given }) => given?.['ref'] === 'gh-pages')?.with).toMatchObject({
      path: 'site',
    });
    expect(commandsOf(jobs.site)).toContainEqual(
      expect.stringMatching(/^npm run prove -- site --out site --address "https:/),
    );
  });

  it('writes to the repository only in a job that runs no code of a package', () => {
    expect(Object.keys(jobs)).toEqual(['publish', 'site', 'pages']);
    expect([jobs.site.permissions, jobs.pages.permissions]).toEqual([undefined, { contents: 'write' }]);
    expect(commandsOf(jobs.pages).join('\n')).not.toMatch(/npm|npx|node/);
  });
});
