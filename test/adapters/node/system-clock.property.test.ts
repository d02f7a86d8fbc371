import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimerHeap } from '../../../src/adapters/node/system-clock.js';
import type { TimerEntry } from '../../../src/adapters/node/system-clock.js';

describe('the heap of timers', () => {
  it('always returns the earliest timer, and of timers of the same time the one that was added first', () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ add: fc.integer({ min: 0, max: 20 }) }),
        fc.record({ remove: fc.nat({ max: 60 }) }),
        fc.record({ take: fc.constant(true) }),
      ),
      { maxLength: 120 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const heap = new TimerHeap();
        const made: TimerEntry[] = [];
        let kept: TimerEntry[] = [];
        const drop = (entry: TimerEntry): void => {
          heap.remove(entry);
          kept = kept.filter((other) => other !== entry);
        };
        for (const step of all) {
          if ('add' in step) {
            const entry = heap.add(step.add, () => undefined);
            made.push(entry);
            kept.push(entry);
          } else if ('remove' in step) {
            const entry = made[step.remove];
            if (entry !== undefined) drop(entry);
          } else if (heap.first !== undefined) drop(heap.first);
          // Compares with a stable sort of a list, the simplest correct implementation.
          expect(heap.first).toBe(kept.toSorted((one, other) => one.dueAtMs - other.dueAtMs)[0]);
          expect(heap.size).toBe(kept.length);
        }
      }),
    );
  });
});
