/** The budget for re-sends of an endpoint, shared by accounts: as many as before, and in turns once it is used up. */
import { describe, expect, it } from 'vitest';
import { FairBudget } from '../../../src/core/gate/fair-budget.js';

const NUMBERS = { perSuccess: 0.1, perSecond: 10, capacity: 5 };

/** Asks until the answer is no; how often it was yes. */
function takeAll(budget: FairBudget, account: string, nowMs: number): number {
  let granted = 0;
  while (budget.ask(account, nowMs) === 0) granted += 1;
  return granted;
}

describe('a budget that accounts share', () => {
  it('gives one of them everything while no other one asks', () => {
    const budget = new FairBudget(0, NUMBERS);
    expect(takeAll(budget, 'a', 0)).toBe(5);
    expect(budget.ask('a', 0)).toBeCloseTo(100);
    expect(budget.ask('a', 100)).toBe(0);
  });

  it('serves the other accounts once it is used up, and returns the times of their turns', () => {
    const budget = new FairBudget(0, NUMBERS);
    takeAll(budget, 'a', 0);
    expect([budget.ask('b', 0), budget.ask('c', 0)].map(Math.round)).toEqual([200, 300]);
    // The token that is free at 200 ms is for b, whichever account asks first.
    expect(budget.ask('a', 100)).toBe(0);
    expect(budget.ask('a', 200)).toBeGreaterThan(0);
    expect(budget.ask('b', 200)).toBe(0);
    expect(budget.ask('c', 300)).toBe(0);
    expect(budget.ask('a', 400)).toBe(0);
  });

  it('gives an account that asks seldom its token within a turn, beside one that asks all the time', () => {
    const budget = new FairBudget(0, NUMBERS);
    takeAll(budget, 'greedy', 0);
    const waits: number[] = [];
    let askedAtMs = 1_000;
    for (let nowMs = 0; nowMs < 20_000; nowMs += 10) {
      budget.ask('greedy', nowMs);
      if (nowMs < askedAtMs || budget.ask('seldom', nowMs) > 0) continue;
      waits.push(nowMs - askedAtMs);
      askedAtMs = nowMs + 1_000;
    }
    expect(waits.length).toBeGreaterThan(10);
    expect(Math.max(...waits)).toBeLessThanOrEqual(200);
  });

  it('does not wait for an account that stops asking', () => {
    const budget = new FairBudget(0, NUMBERS);
    takeAll(budget, 'a', 0);
    budget.ask('gone', 0);
    expect(takeAll(budget, 'a', 10_000)).toBe(5);
  });

  it('earns a tenth of a token with every answer', () => {
    const budget = new FairBudget(0, { ...NUMBERS, perSecond: 0 });
    takeAll(budget, 'a', 0);
    for (let n = 0; n < 9; n += 1) budget.answered(0);
    expect(budget.ask('a', 0)).toBe(Infinity);
    budget.answered(0);
    expect(budget.ask('a', 0)).toBe(0);
  });
});
