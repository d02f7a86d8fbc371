/**
 * Tests of the model checker itself: it visits every state once, and reports a shortest path to a violation.
 */
import { describe, expect, it } from 'vitest';
import { confusedKey, explore, summary } from './breadth-first.js';
import type { Model } from './breadth-first.js';

/** Two counters up to 3. The order in which they grew is not part of the state. */
const counters: Model<readonly [number, number], string> = {
  initial: () => [0, 0],
  actions: ([a, b]) => [...(a < 3 ? ['a'] : []), ...(b < 3 ? ['b'] : [])],
  apply: ([a, b], action) => (action === 'a' ? [a + 1, b] : [a, b + 1]),
  check: () => undefined,
  key: (state) => state.join(),
};

describe('the breadth-first checker', () => {
  it('visits every state once', () => {
    const { reached, ...figures } = explore(counters);
    expect(figures).toEqual({ states: 16, transitions: 24, depth: 6, complete: true });
    expect(new Set(reached.map(String)).size).toBe(16);
  });

  it('reports if the depth was too small for all states', () => {
    expect(explore(counters, 2)).toMatchObject({ states: 6, depth: 2, complete: false });
    expect(explore(counters, 6)).toMatchObject({ states: 16, complete: true });
  });

  it('reports a shortest path to a forbidden state', () => {
    const check = ([a, b]: readonly [number, number]): void => {
      if (a === 1 && b >= 1) throw new Error('a met b');
    };
    expect(() => explore({ ...counters, check })).toThrow('after a → b: a met b');
    expect(() => explore({ ...counters, check: () => expect(1).toBe(2) })).toThrow('in the initial state: ');
  });

  it('names the forbidden step', () => {
    const apply = (): never => {
      throw new Error('no way');
    };
    expect(() => explore({ ...counters, apply })).toThrow('after a: no way');
  });

  it('detects a key that is equal for different states', () => {
    expect(confusedKey(counters, 6)).toBeUndefined();
    expect(confusedKey({ ...counters, key: ([a, b]) => String(a + b) }, 6)).toBe('3: a → 4, and also b → 4');
  });

  it('prints its figures in one line', () => {
    expect(summary('counters', explore(counters))).toBe(
      'model check of the counters: 16 states, 24 steps, all there are, the furthest 6 steps away\n',
    );
    expect(summary('counters', explore(counters, 2))).toContain('6 states, 6 steps, to depth 2\n');
  });
});
