/**
 * Guarantees for the author of another runner: the files match the schema, and the README describes every
 * member.
 */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeBlocks, linkTargets } from '../docs/markdown.js';
import { PROJECT, readSource } from '../source-imports.js';
import { retryPolicySchema } from '../../src/core/policy/retry-fields.js';
import { resolveRetryPolicy } from '../../src/core/policy/resolve-retry-policy.js';
import { DEFAULT_RETRY_POLICY } from '../../src/core/policy/retry-presets.js';
import { DEFAULT_GATE_NUMBERS } from '../../src/core/gate/gate-health.js';
import { goldenBytes, goldenNames } from '../wire/golden/golden-bytes.js';
import { caseFileNames, casesOf, readCaseFile } from './case-file.js';

const FOLDER = 'test/conformance';
const schema = JSON.parse(readSource(`${FOLDER}/case-file.schema.json`)) as Readonly<Record<string, unknown>>;
const readme = readSource(`${FOLDER}/README.md`);
const ajv = new Ajv2020({ strict: false });
ajv.addSchema(retryPolicySchema(), '../../dist/retry-policy.schema.json');
const isCaseFile = ajv.compile(schema);
const names = caseFileNames();

describe.each(names)('%s', (name) => {
  const file = readCaseFile(name);

  it('matches the schema', () => {
    isCaseFile(file);
    expect(isCaseFile.errors ?? []).toEqual([]);
  });

  it('has no two cases of the same name', () => {
    const titles = file.cases.map((one) => one.name);
    expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
  });

  it('has events in order of time, except where a clock is set back', () => {
    const backwards = file.cases.filter((one) => {
      const times = 'events' in one ? (one.events as { atMs?: number }[]).map(({ atMs = 0 }) => atMs) : [];
      return times.some((atMs, index) => index > 0 && atMs < (times[index - 1] ?? 0));
    });
    expect(backwards.map((one) => one.name).filter((title) => !title.includes('clock'))).toEqual([]);
  });

  it('is listed in the README with its number of cases', () => {
    const row = new RegExp(`^\\| \`${name}\` +\\| \`${file.subject}\` +\\| +${file.cases.length} +\\|`, 'm');
    expect(readme).toMatch(row);
  });
});

describe('the schema', () => {
  it('refuses an unknown member', () => {
    const [first = ''] = names;
    const file = readCaseFile(first);
    const [one] = file.cases;
    expect(isCaseFile({ ...file, cases: [{ ...one, expects: {} }] })).toBe(false);
    expect(isCaseFile({ ...file, format: 3 })).toBe(false);
  });

  it.each([
    ['a misspelled member', { maxAttempt: 3 }],
    ['a misspelled code', { rules: { connectionfailed: 'surface' } }],
    ['a misspelled action', { rules: { connectionFailed: 'surfaces' } }],
    ['numbers in a row whose action is surface', { rules: { serverError: { maxAttempts: 2 } } }],
    ['the name of a preset', 'patient'],
  ])('refuses a policy with %s', (_what, policy) => {
    const file = readCaseFile('decisions-table.json');
    const [one] = file.cases;
    expect(isCaseFile({ ...file, cases: [one] })).toBe(true);
    expect(isCaseFile({ ...file, cases: [{ ...one, policy }] })).toBe(false);
  });
});

describe('the wire cases', () => {
  it('contain all the bytes that protoc made, unchanged', () => {
    const known = ['wire-client.json', 'wire-service.json'].flatMap((name) => readCaseFile(name).cases);
    const bytes = known.map((one) => ('hex' in one ? one.hex : ''));
    const missing = goldenNames.filter((name) => !bytes.includes(goldenBytes(name).toString('hex')));
    expect(missing).toEqual([]);
  });
});

describe('the policies of the cases', () => {
  it('are accepted as options of an application', () => {
    const policies = names
      .flatMap((name) => casesOf(readCaseFile(name)))
      .flatMap((subjectCase) => (subjectCase.subject === 'decision' ? [subjectCase.one.policy] : []));
    for (const policy of policies) expect(() => resolveRetryPolicy(policy)).not.toThrow();
    expect(policies.length).toBeGreaterThan(0);
  });
});

describe('the README of the kit', () => {
  it('explains every member of the schema', () => {
    const members = [...new Set(membersOf(schema))];
    expect(members.filter((member) => !readme.includes(`\`${member}\``))).toEqual([]);
    expect(members).toContain('freshReqId');
  });

  it('shows cases exactly as they are in the files', () => {
    const known = names.flatMap((name) => readCaseFile(name).cases);
    const shown = codeBlocks(readme).map(({ text }): unknown => JSON.parse(text));
    expect(shown.length).toBeGreaterThan(0);
    for (const one of shown) expect(known).toContainEqual(one);
  });

  it('states the defaults of the product', () => {
    const { backoff, ...policy } = DEFAULT_RETRY_POLICY;
    const { paceBurst, paceIntervalMs, ...gate } = DEFAULT_GATE_NUMBERS;
    const ofBackoff = Object.entries(backoff).map(([name, value]) => [`backoff.${name}`, value] as const);
    const defaults = [...Object.entries(policy), ...ofBackoff, ...Object.entries(gate)].filter(
      ([, value]) => typeof value !== 'object',
    );
    const rows = readme.split('\n').filter((line) => line.startsWith('| `'));
    // JSON has no Infinity, so the README shows null.
    const shown = (value: unknown): string => String(value === Infinity ? null : value);
    const missing = defaults.filter(
      ([name, value]) =>
        !rows.some((row) => new RegExp(`^\\| \`${name}\` +\\| ${shown(value)} +\\|`).test(row)),
    );
    expect(missing).toEqual([]);
    expect(defaults.length).toBeGreaterThan(10);
    expect(readme).toMatch(
      new RegExp(`\`paceBurst\`, \`paceIntervalMs\` +\\| ${paceBurst}, ${paceIntervalMs} `),
    );
  });

  it('has links that work in any folder that the kit is unpacked to', () => {
    const targets = linkTargets(readme).filter((target) => !target.startsWith('#'));
    expect(targets.filter((target) => !existsSync(join(PROJECT, FOLDER, target)))).toEqual([]);
    expect(targets).toContain('case-file.schema.json');
  });
});

describe('the package', () => {
  it('ships the kit without its tests', () => {
    const { files } = JSON.parse(readSource('package.json')) as { files: readonly string[] };
    const ours = files.filter((file) => file.startsWith(FOLDER));
    expect(ours).toEqual([
      `${FOLDER}/README.md`,
      `${FOLDER}/case-file.schema.json`,
      `${FOLDER}/cases`,
      `${FOLDER}/python`,
      `${FOLDER}/tables.json`,
    ]);
  });
});

/** The member names in every `properties` object, at any depth. */
function membersOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value as Readonly<Record<string, unknown>>).flatMap(([name, member]) => [
    ...(name === 'properties' ? Object.keys(member as object) : []),
    ...membersOf(member),
  ]);
}
