/** The connect gate, explored: every order of events around three attempts, to a depth that meets all of its corners. */
import { describe, expect, it } from 'vitest';
import { confusedKey, explore, summary } from './breadth-first.js';
import { GateWorld } from './gate-world.js';
import { replayModel } from './replay-model.js';

describe.each([
  ['among others', true],
  ['of their own', false],
] as const)('a gate with attempts %s', (name, company) => {
  const gates = replayModel(() => new GateWorld(company));

  it('serves in order, within its limits, loses nobody and lets everybody dial in the end', () => {
    const exploration = explore(gates, 9);
    process.stdout.write(summary(`connect gate (attempts ${name})`, exploration));
    expect(exploration.depth).toBe(9);
    expect(new Set(exploration.reached.map(({ key }) => key.split(',')[0]))).toEqual(
      new Set(['healthy', 'recovering', 'down']),
    );
  });

  it('is told from others by all that matters for its future', () => {
    expect(confusedKey(gates, 5)).toBeUndefined();
  });
});
