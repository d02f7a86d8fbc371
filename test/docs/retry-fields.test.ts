/**
 * The rows of a policy have the same members as its types, and the policy files in the documents are valid.
 */
import { describe, expect, it } from 'vitest';
import { RULE_FIELD } from '../../src/core/policy/retry-fields.js';
import { resolveRetryPolicy } from '../../src/core/policy/resolve-retry-policy.js';
import type { RetryChoice } from '../../src/core/policy/resolve-retry-policy.js';
import { readSource } from '../source-imports.js';
import { codeBlocks } from './markdown.js';
import { membersOf } from './source-docs.js';

const FILE = 'src/core/policy/rule.ts';
it('a row of the rules has a field for every member of its type', () => {
  const members = membersOf(FILE, 'Rule').map(({ name }) => name);
  expect(Object.keys(RULE_FIELD.group.fields)).toEqual(members);
});

describe('the policy files that the documents show', () => {
  const files = codeBlocks(readSource('docs/reconnecting.md')).filter(({ language }) => language === 'json');

  it('exist', () => {
    expect(files.length).toBeGreaterThan(0);
  });

  it.each(files)('are accepted, and change the policy: line $line', ({ text }) => {
    expect(resolveRetryPolicy(JSON.parse(text) as RetryChoice)).not.toEqual(resolveRetryPolicy('default'));
  });
});
