/**
 * Explores the connect gate: every order of events around a few attempts, to a depth that reaches every rule.
 * `npm test` explores two steps less than `npm run prove -- searches`.
 */
import { describe, expect, it } from 'vitest';
import { searched } from '../support/search.js';
import { confusedKey, explore, summary } from './breadth-first.js';
import { GateWorld } from './gate-world.js';
import type { GateWorldOptions } from './gate-world.js';
import { replayModel } from './replay-model.js';

const PLAIN: GateWorldOptions = { company: true, atOnce: 3, accounts: ['a'], prepares: false };

describe.each<[string, Partial<GateWorldOptions>, number]>([
  ['attempts beside other sessions', {}, searched(9, 6)],
  ['attempts without other sessions', { company: false }, searched(9, 6)],
  ['attempts of two accounts', { accounts: ['a', 'b'] }, searched(7, 5)],
  ['attempts that prepare their dials', { prepares: true }, searched(7, 5)],
])('a gate with %s', (name, options, depth) => {
  const gates = replayModel(() => new GateWorld({ ...PLAIN, ...options }));

  it(
    'serves in order, within its limits, and lets every session dial in the end',
    { timeout: 120_000 },
    () => {
      const exploration = explore(gates, depth);
      process.stdout.write(summary(`connect gate (${name})`, exploration));
      expect(exploration.depth).toBe(depth);
      expect(new Set(exploration.reached.map(({ key }) => key.split(',')[0]))).toEqual(
        new Set(['healthy', 'recovering', 'down']),
      );
    },
  );

  it('has a key with everything that affects its future', () => {
    expect(confusedKey(gates, searched(5, 4))).toBeUndefined();
  });
});
