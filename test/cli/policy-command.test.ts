import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RULE_REASONS } from '../../src/core/policy/default-rules.js';
import { AVATAR_SDK_ERROR_CODES, DEFAULT_RETRY_POLICY, DEFAULT_RULES } from '../../src/index.js';
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

  it('shows attempts and delays of what is retried, and none of what is surfaced', async () => {
    const { out } = await runCommand(['policy']);
    expect(out).toMatch(/^upstreamError +retry +10 +0 to 1\.0 s, then ×2 up to 30\.0 s/m);
    expect(out).toMatch(/^concurrencyLimit +retryIfHinted +10 +asked for, or 0 to 1\.0 s/m);
    expect(out).toMatch(/^avatarNotFound +surface +1 +none /m);
    expect(out).toMatch(/^an outage is given up after +120\.0 s$/m);
  });

  it('--json is the exported policy and the reasons', async () => {
    const { out } = await runCommand(['policy', '--json']);
    expect(JSON.parse(out)).toEqual({ policy: DEFAULT_RETRY_POLICY, reasons: RULE_REASONS });
  });

  it('--file is laid over the defaults, and what it changed says so', async () => {
    const path = await policyFile(
      '{"maxAttempts":4,"backoff":{"jitter":"none"},"rules":{"sessionDurationExceeded":"retry","upstreamError":{"maxAttempts":2}}}',
    );
    const { out } = await runCommand(['policy', '--file', path]);
    expect(out).toMatch(
      /^sessionDurationExceeded +retry +4 +1\.0 s, then ×2 up to 30\.0 s +set in .*policy\.json$/m,
    );
    expect(out).toMatch(/^upstreamError +retry +2 /m);
    expect(out).toMatch(/^connectionClosed +retry +4 /m);
    expect(out).toMatch(/^jitter +none$/m);
  });

  it('--file with false shows a policy that retries nothing', async () => {
    const { out } = await runCommand(['policy', '--file', await policyFile('false')]);
    expect(out).not.toMatch(/ retry/);
  });

  it.each([
    ['{"maxAttempts":0}', /retry\.maxAttempts must be .* 1 or Infinity, got 0/],
    ['{"rules":{"upstreamEror":"retry"}}', /unknown option retry\.rules\.upstreamEror/],
    ['{"rules":{"unknown":"maybe"}}', /retry\.rules\.unknown must be one of retry, .*got "maybe"/],
    ['null', /retry must be an object or false/],
    ['{', /policy\.json: .*JSON/],
    ['{\n"a": oops\n}', /JSON/],
  ])('--file with %s is refused in one line', async (content, message) => {
    const { exitCode, out, complaints } = await runCommand(['policy', '--file', await policyFile(content)]);
    expect(exitCode).toBe(2);
    expect(out).toBe('');
    expect(complaints).toEqual([expect.stringMatching(message)]);
    expect(complaints[0]).toMatch(/^avatarkit-session: .*policy\.json: [^\n]*$/);
  });
});
