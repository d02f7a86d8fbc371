/** A set whose members store their index. It has the same members as a Set, in another order. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SwapRemoveSet } from '../../../src/core/memory/collections.js';

describe('a SwapRemoveSet', () => {
  it('has the members of a Set after any additions and deletions', () => {
    const step = fc.record({ adds: fc.boolean(), which: fc.nat(9) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const members = Array.from({ length: 10 }, (_, name) => ({ name, index: -1 }));
        const dense = new SwapRemoveSet<(typeof members)[number]>();
        const plain = new Set<(typeof members)[number]>();
        for (const { adds, which } of steps) {
          const member = members[which];
          if (member === undefined) continue;
          if (adds) {
            dense.add(member);
            plain.add(member);
          } else {
            expect(dense.delete(member)).toBe(plain.delete(member));
          }
          expect(dense.size).toBe(plain.size);
        }
        expect(new Set(dense.members())).toEqual(plain);
        for (const member of members) expect(dense.has(member)).toBe(plain.has(member));
      }),
    );
  });

  it('returns a snapshot of its members', () => {
    const [one, other] = [{ index: -1 }, { index: -1 }];
    const dense = new SwapRemoveSet();
    dense.add(one);
    dense.add(other);
    const members = dense.members();
    dense.delete(one);
    expect(members).toEqual([one, other]);
    expect(dense.members()).toEqual([other]);
  });
});
