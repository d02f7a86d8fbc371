import { expect, it } from 'vitest';
import { durationText } from '../../../src/core/policy/duration-text.js';

it.each([
  [0, '0 ms'],
  [740, '740 ms'],
  [999.4, '999 ms'],
  [999.6, '1.0 s'],
  [1_234, '1.2 s'],
  [120_000, '120.0 s'],
])('%d ms is shown as %s', (durationMs, text) => {
  expect(durationText(durationMs)).toBe(text);
});
