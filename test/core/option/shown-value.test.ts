import { expect, it } from 'vitest';
import { jsonProblem } from '../../../src/core/option/shown-value.js';

it.each([
  'sk_live_4f9a8b7c6d5e',
  '{"a": sk_live_4f9a8b7c6d5e}',
  `{"a": "b"\n, "sk_live_4f9a8b7c6d5e": "sk_live_4f9a8b7c6d5e" "sk_live_4f9a8b7c6d5e"}`,
  '"sk_live_4f9a8b7c6d5e',
  'undefined',
])('%j: something is said, and nothing of the text shown', (text) => {
  let problem = '';
  try {
    JSON.parse(text);
  } catch (error) {
    problem = jsonProblem(error);
  }
  expect(problem).not.toBe('');
  expect(problem).not.toContain('sk_live');
});
