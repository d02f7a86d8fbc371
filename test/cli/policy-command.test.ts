import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RULE_REASONS, presetReasons } from '../../src/core/policy/retry-presets.js';
import { retryPolicySchema } from '../../src/core/policy/retry-fields.js';
import { RETRY_PRESET_NAMES } from '../../src/core/policy/rule.js';
import {
  AVATAR_SDK_ERROR_CODES,
  DEFAULT_RETRY_POLICY,
  DEFAULT_RULES,
  RETRY_PRESETS,
} from '../../src/index.js';
import { runCommand } from './fake-terminal.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'policy-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function policyFile(content: string): Promise<string> {
  const path = join(folder, 'policy.json');
  await writeFile(path, content);
  return path;
}

describe('policy', () => {
  it('has one row per code with its action and reason, in aligned columns', async () => {
    const { exitCode, lines } = await runCommand(['policy']);
    expect(exitCode).toBe(0);
    const [head = '', ...rows] = lines.slice(0, 21);
    const reasonAt = head.indexOf('reason');
    expect(rows.map((row) => row.split(/ +/).slice(0, 2))).toEqual(
      AVATAR_SDK_ERROR_CODES.map((code) => [code, DEFAULT_RULES[code].action]),
    );
    expect(rows.map((row) => row.slice(reasonAt))).toEqual(
      AVATAR_SDK_ERROR_CODES.map((code) => RULE_REASONS[code]),
    );
  });

  it('shows attempts and delays of retried codes, and none of surfaced ones', async () => {
    const { out } = await runCommand(['policy']);
    expect(out).toMatch(/^upstreamError +retry +no limit +0 to 1\.0 s, then ×2 up to 45\.0 s/m);
    expect(out).toMatch(
      /^concurrencyLimit +retryIfHinted +no limit +as the service asks, otherwise 0 to 1\.0 s/m,
    );
    expect(out).toMatch(/^avatarNotFound +surface +1 +none /m);
    expect(out).toMatch(/^an outage is given up after +300\.0 s$/m);
  });

  it('shows the rows for a session that has had a connection, if the policy allows them', async () => {
    const { out } = await runCommand(['policy']);
    expect(out).toMatch(/^in a session that has had a connection:$/m);
    expect(out).toMatch(/^sessionTokenExpired +a confirmed connection ends with it +retried once/m);
    expect(out).toMatch(/^connectionFailed +a reconnect meets a bad certificate +retried for 60 s/m);
    const never = await runCommand(['policy', '--preset', 'never']);
    expect(never.out).not.toContain('has had a connection');
  });

  it('--json is the exported policy and the reasons', async () => {
    const { out } = await runCommand(['policy', '--json']);
    expect(JSON.parse(out)).toEqual({
      // JSON has no Infinity.
      policy: { ...DEFAULT_RETRY_POLICY, maxAttempts: null },
      reasons: RULE_REASONS,
    });
  });

  it('--file is merged over the defaults, and changed values are marked', async () => {
    const path = await policyFile(
      '{"maxAttempts":4,"backoff":{"jitter":"none"},"rules":{"sessionDurationExceeded":"retry","upstreamError":{"maxAttempts":2}}}',
    );
    const { out } = await runCommand(['policy', '--file', path]);
    expect(out).toMatch(
      /^sessionDurationExceeded +retry +4 +1\.0 s, then ×2 up to 45\.0 s +set in .*policy\.json$/m,
    );
    expect(out).toMatch(/^upstreamError +retry +2 /m);
    expect(out).toMatch(/^connectionClosed +retry +4 /m);
    expect(out).toMatch(/^jitter +none$/m);
  });

  it.each(RETRY_PRESET_NAMES)('--preset %s shows its numbers and its reasons', async (preset) => {
    const { out } = await runCommand(['policy', '--preset', preset, '--json']);
    expect(JSON.parse(out)).toEqual({
      policy: JSON.parse(JSON.stringify(RETRY_PRESETS[preset])) as unknown,
      reasons: presetReasons(preset),
    });
  });

  it('--preset patient shows limits in readable units', async () => {
    const { out } = await runCommand(['policy', '--preset', 'patient']);
    expect(out).toMatch(/^connectionClosed +retry +no limit +0 to 2\.0 s, then ×2 up to 300\.0 s/m);
    expect(out).toMatch(/^serverError +retry +10 /m);
    expect(out).toMatch(/^preset +patient$/m);
    expect(out).toMatch(/^an outage is given up after +12\.00 h$/m);
  });

  it('--file can name a preset, alone or with changes, and the schema for an editor', async () => {
    const alone = await runCommand(['policy', '--file', await policyFile('"interactive"'), '--json']);
    expect(alone.out).toBe((await runCommand(['policy', '--preset', 'interactive', '--json'])).out);
    const over = '{"$schema":"./s.json","preset":"patient","rules":{"upstreamError":{"maxElapsedMs":60000}}}';
    const { out } = await runCommand(['policy', '--file', await policyFile(over)]);
    expect(out).toMatch(/^upstreamError +retry +no limit, within 60\.0 s /m);
    expect(out).toMatch(/^concurrencyLimit +retry .* a place becomes free when another session ends/m);
    expect(out).toMatch(/^preset +patient, changed by .*policy\.json$/m);
  });

  it('the policy that --json prints can be used as a file', async () => {
    const { out } = await runCommand(['policy', '--preset', 'patient', '--json']);
    const { policy } = JSON.parse(out) as { readonly policy: unknown };
    const again = await runCommand(['policy', '--file', await policyFile(JSON.stringify(policy)), '--json']);
    expect((JSON.parse(again.out) as { readonly policy: unknown }).policy).toEqual(policy);
  });

  it('--schema is the JSON Schema of the file', async () => {
    const { out } = await runCommand(['policy', '--schema']);
    expect(JSON.parse(out)).toEqual(retryPolicySchema());
  });

  it.each([
    [
      ['--preset', 'pateint'],
      /--preset must be one of default, patient, interactive, never, test, got "pateint"/,
    ],
    [['--preset', 'patient', '--file', 'p.json'], /--preset and --file exclude each other/],
  ])('%j is refused with one line', async (args, message) => {
    const { exitCode, complaints } = await runCommand(['policy', ...args]);
    expect(exitCode).toBe(2);
    expect(complaints).toEqual([expect.stringMatching(message)]);
  });

  it('--file with false shows a policy that retries nothing', async () => {
    const { out } = await runCommand(['policy', '--file', await policyFile('false')]);
    expect(out).not.toMatch(/ retry/);
  });

  it.each([
    ['{"maxAttempts":0}', /retry\.maxAttempts must be .* 1 or Infinity \(null in JSON\), got 0/],
    ['"pateint"', /retry must be one of default, patient, interactive, never, test, got "pateint"/],
    [
      '{"preset":"eager"}',
      /retry\.preset must be one of default, patient, interactive, never, test, got a string of 5 characters/,
    ],
    ['{"decide":"x"}', /unknown option retry\.decide; known names: rules, /],
    ['{"preset":"never","rules":{"upstreamError":{"maxAttempts":2}}}', /upstreamError\.action must be given/],
    ['{"rules":{"upstreamEror":"retry"}}', /unknown option retry\.rules\.upstreamEror/],
    [
      '{"rules":{"unknown":"maybe"}}',
      /retry\.rules\.unknown must be one of retry, .*got a string of 5 characters/,
    ],
    ['null', /retry must be one of default, patient, interactive, never, test, false or an object, got null/],
    ['', /policy\.json: not valid JSON: /],
    ['{', /policy\.json: not valid JSON: /],
    ['{\n"a": oops\n}', /policy\.json: not valid JSON: /],
  ])('--file with %s is refused with one line', async (content, message) => {
    const { exitCode, out, complaints } = await runCommand(['policy', '--file', await policyFile(content)]);
    expect(exitCode).toBe(2);
    expect(out).toBe('');
    expect(complaints).toEqual([expect.stringMatching(message)]);
    expect(complaints[0]).toMatch(/^avatarkit-session: .*policy\.json: [^\n]*$/);
  });
});

describe('policy CODE', () => {
  it('shows the rows that give this code, the decision, the first delay and the whole schedule', async () => {
    const { exitCode, out } = await runCommand(['policy', 'upstreamError', '--preset', 'interactive']);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^led to by +close code 4503: a rolling deploy or a failed inner service$/m);
    expect(out).toMatch(/^ +HTTP 502 to 504: a gateway that does not reach the service: temporary$/m);
    expect(out).toMatch(/^why +upstreamError is retried: attempt 1 of 8, /m);
    expect(out).toMatch(/^delay +0 ms to 250 ms, from backoff$/m);
    expect(out).toMatch(/^if it lasts +attempt 1 after 0 ms to 250 ms$/m);
    expect(out).toMatch(/^ +then given up: 8 attempts made, upstreamError allows 8$/m);
  });

  it('shows no delay for a surfaced code', async () => {
    const { out } = await runCommand(['policy', 'avatarNotFound']);
    expect(out).toMatch(/^led to by +the words "avatar not found": /m);
    expect(out).toMatch(/^why +surfaced: the table does not retry avatarNotFound$/m);
    expect(out).toMatch(/^reason +the avatar does not exist/m);
    expect(out).not.toMatch(/^delay/m);
  });

  it('--json has the same content', async () => {
    const { out } = await runCommand(['policy', 'connectionClosed', '--json']);
    const shown = JSON.parse(out) as { readonly matchedRows: readonly string[] };
    expect(shown).toMatchObject({
      code: 'connectionClosed',
      decision: { action: 'retry', minDelayMs: 0, maxDelayMs: 1_000 },
      schedule: { end: { reason: 'elapsed' } },
    });
    expect(shown.matchedRows).toContain('a ping that was not answered');
    expect(new Set(shown.matchedRows).size).toBe(shown.matchedRows.length);
  });

  it.each([
    [['upstreamEror'], /CODE must be one of sessionTokenExpired, .*, got "upstreamEror"/],
    [['upstreamError', 'idleTimeout'], /policy: unexpected argument: a string of 11 characters/],
    [['upstreamError', '--schema'], /--schema is about no single code/],
  ])('%j is refused with one line', async (args, message) => {
    const { exitCode, complaints } = await runCommand(['policy', ...args]);
    expect(exitCode).toBe(2);
    expect(complaints).toEqual([expect.stringMatching(message)]);
  });
});
