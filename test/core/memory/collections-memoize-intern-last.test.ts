/** Equal objects become one shared object; different ones do not. */
import { describe, expect, it } from 'vitest';
import { internLast } from '../../../src/core/memory/collections.js';

interface Options {
  readonly name: string;
  readonly limit?: number | undefined;
  readonly group?: object;
}

describe('a function that shares its latest object', () => {
  it('gives the object of before where the members are the same', () => {
    const share = internLast<Options>();
    const first = share({ name: 'a', limit: 1 });
    expect(first).toEqual({ name: 'a', limit: 1 });
    expect([share({ name: 'a', limit: 1 }), share({ limit: 1, name: 'a' })]).toEqual([first, first]);
    expect(share({ name: 'a', limit: 1 })).toBe(first);
  });

  it.each<readonly [string, Options]>([
    ['another value', { name: 'a', limit: 2 }],
    ['a member less', { name: 'a' }],
    ['a member more', { name: 'a', limit: 1, group: {} }],
    ['another member', { name: 'a', group: {} }],
  ])('returns its argument where there is %s', (_what, made) => {
    const share = internLast<Options>();
    share({ name: 'a', limit: 1 });
    expect(share(made)).toBe(made);
    expect(share({ ...made })).toBe(made);
  });

  it('distinguishes a member that is undefined from one that is absent', () => {
    const share = internLast<Options>();
    share({ name: 'a', limit: undefined });
    const made: Options = { name: 'a', group: {} };
    expect(share(made)).toBe(made);
  });

  it('compares groups by identity, not by content', () => {
    const share = internLast<Options>();
    share({ name: 'a', group: {} });
    const made: Options = { name: 'a', group: {} };
    expect(share(made)).toBe(made);
  });
});
