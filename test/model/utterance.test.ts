/**
 * Explores the accounting of an utterance: every order in which three samples are sent and their keyframes
 * arrive, with up to two cuts.
 */
import { describe, expect, it } from 'vitest';
import { confusedKey, explore, summary } from './breadth-first.js';
import { PlayoutWorld } from './playout-world.js';
import { replayModel } from './replay-model.js';
import { UtteranceWorld } from './utterance-world.js';

describe('every utterance', () => {
  it.each([
    ['replay', 0],
    ['tail', 0],
    ['tail', 1],
  ] as const)(
    '%s with a lead-in of %i: keyframes once and in order, no byte lost, an end',
    (recovery, leadIn) => {
      const utterances = replayModel(() => new UtteranceWorld(recovery, leadIn));
      const exploration = explore(utterances);
      process.stdout.write(summary(`utterance (${recovery}, lead-in ${leadIn})`, exploration));
      expect(exploration.complete).toBe(true);
      expect(confusedKey(utterances, 7)).toBeUndefined();
    },
  );
});

describe('every utterance in a room', () => {
  it('continues at the position of the room, with all audio that it has not played', () => {
    const playouts = replayModel(() => new PlayoutWorld());
    const exploration = explore(playouts);
    process.stdout.write(summary('utterance (tail, in a room)', exploration));
    expect(exploration.complete).toBe(true);
    expect(confusedKey(playouts, 6)).toBeUndefined();
  });
});
