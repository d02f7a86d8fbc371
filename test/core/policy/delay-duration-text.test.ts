import { expect, it } from 'vitest';
import { durationText } from '../../../src/core/policy/delay.js';

it.each([
  [0, '0 ms'],
  [740, '740 ms'],
  [999.4, '999 ms'],
  [999.5, '1.0 s'],
  [999.6, '1.0 s'],
  [1_234, '1.2 s'],
  [120_000, '120.0 s'],
  [599_999, '600.0 s'],
  [600_000, '10.0 min'],
  [3_599_999, '60.0 min'],
  [3_600_000, '1.00 h'],
  [43_200_000, '12.00 h'],
])('%d ms is shown as %s', (durationMs, text) => {
  expect(durationText(durationMs)).toBe(text);
});
