/** Characters that a terminal does not show, or shows in another order. */
import { expect, it } from 'vitest';
import { escapeUnseen } from '../../src/cli/terminal.js';

it.each([
  ['plain text, ü and 漢字 stay', 'plain text, ü and 漢字 stay'],
  ['a\u202eb', 'a\\u202eb'],
  ['a\u200bb\u0007', 'a\\u200bb\\u0007'],
  ['line\u2028break\nkept', 'line\\u2028break\nkept'],
  ['tag \u{e0041}', 'tag \\udb40\\udc41'],
])('%j', (text, shown) => {
  expect(escapeUnseen(text)).toBe(shown);
});

it('keeps the meaning of JSON', () => {
  const value = { detail: 'a\u202e\u200b\u{e0041}"\\' };
  expect(JSON.parse(escapeUnseen(JSON.stringify(value)))).toEqual(value);
});
