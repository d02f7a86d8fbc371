/** Objects with equal members are replaced by one shared object; different objects are not. */
import { describe, expect, it } from 'vitest';
import { internLast } from '../../../src/core/memory/collections.js';

interface Options {
  readonly name: string;
  readonly limit?: number | undefined;
  readonly group?: object;
}

describe('a function that reuses its latest object', () => {
  it('returns the object of the call before if the members are the same', () => {
    const share = internLast<Options>();
    const first = share({ name: 'a', limit: 1 });
    expect(first).toEqual({ name: 'a', limit: 1 });
    expect([share({ name: 'a', limit: 1 }), share({ limit: 1, name: 'a' })]).toEqual([first, first]);
    expect(share({ name: 'a', limit: 1 })).toBe(first);
  });

  it.each<readonly [string, Options]>([
    ['another value', { name: 'a', limit: 2 }],
    ['one member less', { name: 'a' }],
    ['one member more', { name: 'a', limit: 1, group: {} }],
    ['another member', { name: 'a', group: {} }],
  ])('returns its argument if it has %s', (_what, made) => {
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
