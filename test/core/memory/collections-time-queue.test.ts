/** A queue of entries by time returns the same as a sorted list, after any additions, moves and removals. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimeQueue } from '../../../src/core/memory/collections.js';

const entry = (name: string): { name: string; dueAtMs: number; queuePlace: number } => ({
  name,
  dueAtMs: 0,
  queuePlace: -1,
});

describe('a time queue', () => {
  it('returns the entries that are due, the earliest first, and no others', () => {
    const queue = new TimeQueue<ReturnType<typeof entry>>();
    const [early, late, later] = [entry('early'), entry('late'), entry('later')];
    queue.add(later, 30);
    queue.add(early, 10);
    queue.add(late, 20);
    expect(queue.nextAtMs).toBe(10);
    expect([queue.takeDue(9), queue.takeDue(20), queue.takeDue(20), queue.takeDue(29)]).toEqual([
      undefined,
      early,
      late,
      undefined,
    ]);
    expect([queue.nextAtMs, queue.takeDue(30), queue.nextAtMs]).toEqual([30, later, undefined]);
  });

  it('returns the same as a sorted list, after any changes of its entries', () => {
    const step = fc.record({ adds: fc.boolean(), which: fc.nat(19), atMs: fc.nat(50) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const entries = Array.from({ length: 20 }, (_, name) => entry(String(name)));
        const queue = new TimeQueue<ReturnType<typeof entry>>();
        const plain = new Set<ReturnType<typeof entry>>();
        const earliest = (): number | undefined =>
          plain.size === 0 ? undefined : Math.min(...[...plain].map(({ dueAtMs }) => dueAtMs));
        for (const { adds, which, atMs } of steps) {
          const one = entries[which];
          if (one === undefined) continue;
          if (adds) {
            queue.add(one, atMs);
            plain.add(one);
          } else {
            queue.delete(one);
            plain.delete(one);
          }
          expect(queue.nextAtMs).toBe(earliest());
        }
        const taken: number[] = [];
        for (let one = queue.takeDue(50); one !== undefined; one = queue.takeDue(50)) taken.push(one.dueAtMs);
        expect(taken).toEqual([...plain].map(({ dueAtMs }) => dueAtMs).sort((one, other) => one - other));
      }),
    );
  });
});
