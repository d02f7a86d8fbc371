/** The memory behind `explain()`: bounded, oldest first. */
import { describe, expect, it } from 'vitest';
import { HISTORY_LIMIT, numbered, remember } from '../../../src/core/session/session-life.js';
import type { HistoryEvent } from '../../../src/core/session/session-life.js';

const giveUp = (atMs: number): HistoryEvent => ({ kind: 'giveUp', atMs, reason: 'attempts', why: `${atMs}` });

describe('the history of a session', () => {
  it('keeps entries oldest first', () => {
    let history: readonly HistoryEvent[] = [];
    for (const atMs of [1, 2, 3]) history = remember(history, giveUp(atMs));
    expect(history.map(({ atMs }) => atMs)).toEqual([1, 2, 3]);
  });

  it('forgets the oldest beyond its limit, and holds an outage of ten attempts whole', () => {
    let history: readonly HistoryEvent[] = [];
    for (let atMs = 0; atMs < HISTORY_LIMIT + 7; atMs += 1) history = remember(history, giveUp(atMs));
    expect(history).toHaveLength(HISTORY_LIMIT);
    expect([history.at(0)?.atMs, history.at(-1)?.atMs]).toEqual([7, HISTORY_LIMIT + 6]);
    expect(HISTORY_LIMIT).toBeGreaterThanOrEqual(50);
  });

  it('numbers entries as they happened, those that it has forgotten included', () => {
    const history = [giveUp(1), giveUp(2)];
    expect(numbered(history, 2)).toEqual([
      { seq: 1, life: 1, ...giveUp(1) },
      { seq: 2, life: 1, ...giveUp(2) },
    ]);
    expect(numbered(history, 107).map(({ seq }) => seq)).toEqual([106, 107]);
    expect(numbered([], 0)).toEqual([]);
  });

  it('says which life an entry belongs to, also when the restart is forgotten', () => {
    const restart: HistoryEvent = { kind: 'state', atMs: 2, from: 'closed', to: 'idle', reason: 'restart' };
    const lives = (history: readonly HistoryEvent[]): number[] =>
      numbered(history, history.length, 3).map(({ life }) => life);
    expect(lives([giveUp(1), restart, giveUp(3), restart, giveUp(5)])).toEqual([1, 2, 2, 3, 3]);
    expect(lives([giveUp(3), restart, giveUp(5)])).toEqual([2, 3, 3]);
    expect(lives([giveUp(5), giveUp(6)])).toEqual([3, 3]);
  });
});
