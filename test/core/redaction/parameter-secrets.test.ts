/** Which parts of parameters are secret whose names the application has chosen. */
import { describe, expect, it } from 'vitest';
import { MAX_PARAMETER_SECRETS, parameterSecrets } from '../../../src/core/redaction/parameter-secrets.js';

const nested = (value: unknown, depth: number): string =>
  depth === 0 ? JSON.stringify(value) : nested({ inner: JSON.stringify(value) }, depth - 1);

describe('secrets among parameters', () => {
  it.each<[string, Record<string, string>, readonly string[]]>([
    ['none', {}, []],
    [
      'words, regions, versions, short numbers',
      { scene: 'customer-support', region: 'us-west-2', v: '12' },
      [],
    ],
    ['a sentence', { prompt: 'You are a friendly assistant, and answer in one sentence.' }, []],
    [
      'a literal as the value of a name of a credential',
      { useToken: 'true', tokenType: 'jwt-of-console' },
      [],
    ],
    ['a token', { upstreamToken: 'st_0a1b2c3d' }, ['st_0a1b2c3d']],
    ['a short secret', { pin: '4711' }, ['4711']],
    ['a secret with spaces', { password: 'two words' }, ['two words']],
    ['a secret with an unknown name', { custom: 'sk_live_4f9a8b7c6d5e' }, ['sk_live_4f9a8b7c6d5e']],
    ['a value that contains the word secret', { custom: 'planted-secret' }, ['planted-secret']],
    ['a secret in a sentence', { note: 'use key sk_live_4f9a8b7c here' }, ['sk_live_4f9a8b7c']],
    ['a secret in a query', { query: 'a=b&sig=abc' }, ['abc']],
    [
      'a secret in a URL',
      { hook: 'https://user:pass-word-1@host/x?gw=GatewayKey123' },
      ['user:pass-word-1', 'pass-word-1', 'GatewayKey123'],
    ],
    ['in JSON', { config: '{"auth":{"user":"anna","pin":4711},"scene":"lobby"}' }, ['anna', '4711']],
    ['a secret in a list', { list: '["lobby","sk_live_4f9a8b7c"]' }, ['sk_live_4f9a8b7c']],
    ['a secret in JSON inside JSON', { config: nested({ apiKey: 'abcd' }, 3) }, ['abcd']],
  ])('%s', (_what, parameters, secrets) => {
    const found = parameterSecrets(parameters);
    for (const secret of secrets) expect(found).toContain(secret);
    if (secrets.length === 0) expect(found).toEqual([]);
  });

  it('have a limit for their number and for their depth', () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`token${n}`, `secret-${n}`]));
    expect(parameterSecrets(many)).toHaveLength(MAX_PARAMETER_SECRETS);
    expect(parameterSecrets({ deep: `${'['.repeat(50_000)}${']'.repeat(50_000)}` })).toEqual([]);
  });
});
