import { expect, it } from 'vitest';
import { oneForEach } from '../../../src/core/memory/collections.js';

it('makes one value for each object', () => {
  const of = oneForEach((key: { readonly name: string }) => ({ for: key.name }));
  const one = { name: 'one' };
  const other = { name: 'one' };
  expect(of(one)).toBe(of(one));
  expect(of(other)).not.toBe(of(one));
  expect(of(other)).toEqual({ for: 'one' });
});
