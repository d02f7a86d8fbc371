import { describe, expect, it } from 'vitest';
import { replaceSpans } from '../../../src/core/redaction/credential-spans.js';

it.each([
  ['none', [], '0123456789'],
  ['one', [[2, 4]], '01#456789'],
  [
    'two in the wrong order',
    [
      [6, 8],
      [2, 4],
    ],
    '01#45#89',
  ],
  [
    'two that overlap',
    [
      [2, 5],
      [4, 7],
    ],
    '01#789',
  ],
  [
    'one inside another',
    [
      [2, 8],
      [3, 5],
    ],
    '01#89',
  ],
  [
    'two that are adjacent',
    [
      [2, 4],
      [4, 6],
    ],
    '01#6789',
  ],
  [
    'at both ends',
    [
      [0, 1],
      [9, 10],
    ],
    '#12345678#',
  ],
  ['an empty one', [[3, 3]], '0123456789'],
] satisfies [string, [number, number][], string][])('replaces %s', (_name, pairs, expected) => {
  const spans = pairs.map(([start, end]) => ({ start, end }));
  expect(replaceSpans('0123456789', spans, '#')).toBe(expected);
});

describe('a span', () => {
  it.each([
    [0, 1, 'Xbc'],
    [1, 2, 'aXc'],
    [2, 3, 'abX'],
    [0, 3, 'X'],
  ])('from %i to %i gives %s', (start, end, shown) => {
    expect(replaceSpans('abc', [{ start, end }], 'X')).toBe(shown);
  });
});
