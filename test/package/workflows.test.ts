/** The workflows of CI and of a release: what they run exists, and they may do no more than they need. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { PROJECT, readSource } from '../source-imports.js';

const FOLDER = '.github/workflows';
const NAMES = readdirSync(`${PROJECT}/${FOLDER}`).sort();
const runsOf = (text: string): string[] => [...text.matchAll(/^ +- run: (.+)$/gm)].map(([, run = '']) => run);

it('are those for CI and for releases', () => {
  expect(NAMES).toEqual(['ci.yml', 'release.yml']);
});

describe.each(NAMES)('%s', (name) => {
  const text = readSource(`${FOLDER}/${name}`);

  it('runs scripts that there are', () => {
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
  it('begins with the oldest Node that package.json promises', () => {
    const [, versions = ''] = /node: \[(.+)\]/.exec(readSource(`${FOLDER}/ci.yml`)) ?? [];
    expect(`>=${versions.split(', ')[0]?.replaceAll("'", '') ?? ''}`).toBe(packageJson.engines.node);
  });
});

describe('release.yml', () => {
  const text = readSource(`${FOLDER}/release.yml`);

  it('begins with a tag and ends with a publication, whose provenance needs an identity', () => {
    expect(text).toMatch(/^on:\n {2}push:\n {4}tags: \['v\*'\]$/m);
    expect(text).toContain('id-token: write');
    expect(runsOf(text)).toEqual(['npm ci', 'npm run release -- --publish']);
    expect(readSource('test/loop/release.mjs')).toContain("'--provenance'");
  });
});
