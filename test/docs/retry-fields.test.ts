/** The table of fields and the comments of the types say the same; the one makes the schema, the others the README. */
import { describe, expect, it } from 'vitest';
import { describedField } from '../../src/core/option/option-schema.js';
import type { OptionField } from '../../src/core/option/option-field.js';
import { RETRY_FIELDS, RULE_FIELD } from '../../src/core/policy/retry-fields.js';
import { resolveRetryPolicy } from '../../src/core/policy/resolve-retry-policy.js';
import type { RetryChoice } from '../../src/core/policy/resolve-retry-policy.js';
import { readSource } from '../source-imports.js';
import { codeBlocks } from './markdown.js';
import { membersOf } from './source-docs.js';

const FILE = 'src/core/policy/rule.ts';
const backoff: Readonly<Record<string, OptionField>> = RETRY_FIELDS.backoff.fields;
const rows: [string, string, Readonly<Record<string, OptionField>>][] = [
  ['RetryPolicy', 'retry', RETRY_FIELDS],
  ['Backoff', 'retry.backoff', backoff],
];

/** As the comments write numbers. */
const written = (value: unknown): string => String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, ' ');

describe.each(rows)('the comments of %s', (owner, prefix, fields) => {
  const numbers = membersOf(FILE, owner).filter(({ name }) => fields[name]?.kind === 'number');

  it('are there for every number', () => {
    expect(numbers.map(({ name }) => name)).toEqual(
      Object.entries(fields).flatMap(([name, { kind }]) => (kind === 'number' ? [name] : [])),
    );
  });

  it.each(numbers.map(({ name, doc }) => [`${prefix}.${name}`, name, doc] as const))(
    '%s: begins with the sentence of the field, and has its default',
    (_path, name, doc) => {
      const field = fields[name];
      if (field === undefined) throw new Error(`${name} has no field`);
      const sentence = describedField(field).replace('; null: no limit', '');
      expect(doc.slice(0, sentence.length)).toBe(sentence);
      const digits = String(field.default);
      expect(
        [`Default ${digits}.`, `Default ${written(field.default)}.`].some((text) => doc.includes(text)),
      ).toBe(true);
    },
  );
});

it('a row of the rules has a field for every member of its type', () => {
  const members = membersOf(FILE, 'Rule').map(({ name }) => name);
  expect(Object.keys(RULE_FIELD.group.fields)).toEqual(members);
});

describe('the policy files that the documents show', () => {
  const files = codeBlocks(readSource('docs/reconnecting.md')).filter(({ language }) => language === 'json');

  it('are there', () => {
    expect(files.length).toBeGreaterThan(0);
  });

  it.each(files)('are accepted, and change something: line $line', ({ text }) => {
    expect(resolveRetryPolicy(JSON.parse(text) as RetryChoice)).not.toEqual(resolveRetryPolicy('default'));
  });
});
