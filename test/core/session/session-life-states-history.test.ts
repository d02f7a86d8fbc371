/** The history that `explain()` shows: bounded, with the oldest entry first. */
import { describe, expect, it } from 'vitest';
import {
  HISTORY_LIMIT,
  HISTORY_TEXT_CHARACTERS,
  numbered,
  remember,
  withoutSpareRoom,
} from '../../../src/core/session/session-life.js';
import type { HistoryEvent } from '../../../src/core/session/session-life.js';

const giveUp = (atMs: number): HistoryEvent => ({ kind: 'giveUp', atMs, reason: 'attempts', why: `${atMs}` });

describe('the history of a session', () => {
  it('keeps entries oldest first', () => {
    const history: HistoryEvent[] = [];
    for (const atMs of [1, 2, 3]) remember(history, giveUp(atMs));
    expect(history.map(({ atMs }) => atMs)).toEqual([1, 2, 3]);
  });

  it('removes the oldest entries beyond its limit, and can contain an outage of ten attempts', () => {
    const history: HistoryEvent[] = [];
    for (let atMs = 0; atMs < HISTORY_LIMIT + 7; atMs += 1) remember(history, giveUp(atMs));
    expect(history).toHaveLength(HISTORY_LIMIT);
    expect([history.at(0)?.atMs, history.at(-1)?.atMs]).toEqual([7, HISTORY_LIMIT + 6]);
    expect(HISTORY_LIMIT).toBeGreaterThanOrEqual(50);
  });

  it('is the same without its spare room', () => {
    const history: HistoryEvent[] = [];
    for (const atMs of [1, 2, 3]) remember(history, giveUp(atMs));
    const exact = withoutSpareRoom(history);
    expect(exact).toEqual(history);
    remember(exact, giveUp(4));
    expect([history.length, exact.length]).toEqual([3, 4]);
  });

  it('is bounded in bytes: no text of an entry is longer than its limit, from any source', () => {
    const long = '\u{1f600}'.repeat(100_000);
    const atMs = 1;
    const entries: readonly HistoryEvent[] = [
      { kind: 'state', atMs, from: 'idle', to: 'waiting', reason: long },
      {
        ...{ kind: 'failure', atMs, code: 'unknown', phase: 'session_token', step: 'request' },
        ...{ message: long, matchedRow: long },
      },
      { kind: 'retry', atMs, attempt: 2, delayMs: 1, source: 'gate', why: long },
      { kind: 'giveUp', atMs, reason: 'rule', why: long },
      { kind: 'lease', atMs, reason: long },
    ];
    const history: HistoryEvent[] = [];
    for (let n = 0; n < 2 * HISTORY_LIMIT; n += 1) for (const entry of entries) remember(history, entry);
    const texts = history.flatMap((entry) => Object.values(entry)).filter((text) => typeof text === 'string');
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThanOrEqual(HISTORY_TEXT_CHARACTERS);
    expect(texts.filter((text) => /\p{Cs}/u.test(text))).toEqual([]);
    expect(Buffer.byteLength(JSON.stringify(history))).toBeLessThan(256 * 1_024);
  });

  it('numbers entries in their order, including those that were removed', () => {
    const history = [giveUp(1), giveUp(2)];
    expect(numbered(history, 2)).toEqual([
      { seq: 1, life: 1, ...giveUp(1) },
      { seq: 2, life: 1, ...giveUp(2) },
    ]);
    expect(numbered(history, 107).map(({ seq }) => seq)).toEqual([106, 107]);
    expect(numbered([], 0)).toEqual([]);
  });

  it('has the number of the life in each entry, also when the entry of the restart was removed', () => {
    const restart: HistoryEvent = { kind: 'state', atMs: 2, from: 'closed', to: 'idle', reason: 'restart' };
    const lives = (history: readonly HistoryEvent[]): number[] =>
      numbered(history, history.length, 3).map(({ life }) => life);
    expect(lives([giveUp(1), restart, giveUp(3), restart, giveUp(5)])).toEqual([1, 2, 2, 3, 3]);
    expect(lives([giveUp(3), restart, giveUp(5)])).toEqual([2, 3, 3]);
    expect(lives([giveUp(5), giveUp(6)])).toEqual([3, 3]);
  });
});
