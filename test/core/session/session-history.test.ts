/** The memory behind `explain()`: bounded, oldest first. */
import { describe, expect, it } from 'vitest';
import { HISTORY_LIMIT, remember } from '../../../src/core/session/session-history.js';
import type { HistoryEntry } from '../../../src/core/session/session-history.js';

const giveUp = (atMs: number): HistoryEntry => ({ kind: 'giveUp', atMs, reason: 'attempts', why: `${atMs}` });

describe('the history of a session', () => {
  it('keeps entries oldest first', () => {
    let history: readonly HistoryEntry[] = [];
    for (const atMs of [1, 2, 3]) history = remember(history, giveUp(atMs));
    expect(history.map(({ atMs }) => atMs)).toEqual([1, 2, 3]);
  });

  it('forgets the oldest beyond its limit, and holds an outage of ten attempts whole', () => {
    let history: readonly HistoryEntry[] = [];
    for (let atMs = 0; atMs < HISTORY_LIMIT + 7; atMs += 1) history = remember(history, giveUp(atMs));
    expect(history).toHaveLength(HISTORY_LIMIT);
    expect([history.at(0)?.atMs, history.at(-1)?.atMs]).toEqual([7, HISTORY_LIMIT + 6]);
    expect(HISTORY_LIMIT).toBeGreaterThanOrEqual(50);
  });
});
