/**
 * The budget for re-sends at an endpoint, shared by its accounts. The total does not depend on the accounts;
 * when it is used up, they take turns.
 */
import { describe, expect, it } from 'vitest';
import { FairBudget } from '../../../src/core/gate/fair-budget.js';

const NUMBERS = { perSuccess: 0.1, perSecond: 10, capacity: 5 };

/** Asks until a token is refused, and returns how many were granted. */
function takeAll(budget: FairBudget, account: string, nowMs: number): number {
  let granted = 0;
  while (budget.ask(account, nowMs) === 0) granted += 1;
  return granted;
}

describe('a budget that accounts share', () => {
  it('gives all tokens to one account while no other account asks', () => {
    const budget = new FairBudget(0, NUMBERS);
    expect(takeAll(budget, 'a', 0)).toBe(5);
    expect(budget.ask('a', 0)).toBeCloseTo(100);
    expect(budget.ask('a', 100)).toBe(0);
  });

  it('serves the other accounts when it is used up, and returns the times of their turns', () => {
    const budget = new FairBudget(0, NUMBERS);
    takeAll(budget, 'a', 0);
    expect([budget.ask('b', 0), budget.ask('c', 0)].map(Math.round)).toEqual([200, 300]);
    // The token of 200 ms is for account b, also if another account asks first.
    expect(budget.ask('a', 100)).toBe(0);
    expect(budget.ask('a', 200)).toBeGreaterThan(0);
    expect(budget.ask('b', 200)).toBe(0);
    expect(budget.ask('c', 300)).toBe(0);
    expect(budget.ask('a', 400)).toBe(0);
  });

  it('gives a token within one turn to an account that asks rarely, while another account asks all the time', () => {
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

  it('does not reserve tokens for an account that stops asking', () => {
    const budget = new FairBudget(0, NUMBERS);
    takeAll(budget, 'a', 0);
    budget.ask('gone', 0);
    expect(takeAll(budget, 'a', 10_000)).toBe(5);
  });

  it('gains a tenth of a token with every success', () => {
    const budget = new FairBudget(0, { ...NUMBERS, perSecond: 0 });
    takeAll(budget, 'a', 0);
    for (let n = 0; n < 9; n += 1) budget.answered(0);
    expect(budget.ask('a', 0)).toBe(Infinity);
    budget.answered(0);
    expect(budget.ask('a', 0)).toBe(0);
  });
});
