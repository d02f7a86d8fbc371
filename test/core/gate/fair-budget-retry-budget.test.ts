/** The budget for sending utterances again: a tenth of a token for each success, and a minimum per second. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  askBudget,
  budgetEarned,
  DEFAULT_BUDGET_NUMBERS,
  fullBudget,
} from '../../../src/core/gate/fair-budget.js';
import type { BudgetNumbers, RetryBudget } from '../../../src/core/gate/fair-budget.js';

const EMPTY: RetryBudget = { tokens: 0, atMs: 0 };
const NO_FLOOR: BudgetNumbers = { ...DEFAULT_BUDGET_NUMBERS, perSecond: 0 };

/** The number of tokens that are granted at this time before the first refusal. */
function granted(budget: RetryBudget, numbers: BudgetNumbers, nowMs: number): number {
  let count = 0;
  for (let at = askBudget(budget, numbers, nowMs); at.granted; count += 1) {
    at = askBudget(at.budget, numbers, nowMs);
  }
  return count;
}

describe('the budget', () => {
  it('begins full, and has no more than its capacity', () => {
    expect(granted(fullBudget(DEFAULT_BUDGET_NUMBERS, 0), DEFAULT_BUDGET_NUMBERS, 0)).toBe(100);
    expect(granted(fullBudget(DEFAULT_BUDGET_NUMBERS, 0), DEFAULT_BUDGET_NUMBERS, 3_600_000)).toBe(100);
  });

  it.each([
    { successes: 9, tokens: 0 },
    { successes: 10, tokens: 1 },
    { successes: 55, tokens: 5 },
    { successes: 5_000, tokens: 100 },
  ])('$successes successes allow $tokens re-sends', ({ successes, tokens }) => {
    let budget = EMPTY;
    for (let count = 0; count < successes; count += 1) budget = budgetEarned(budget, NO_FLOOR, 0);
    expect(granted(budget, NO_FLOOR, 0)).toBe(tokens);
  });

  it('grants ten per second without any success', () => {
    expect(granted(EMPTY, DEFAULT_BUDGET_NUMBERS, 99)).toBe(0);
    expect(granted(EMPTY, DEFAULT_BUDGET_NUMBERS, 100)).toBe(1);
    expect(granted(EMPTY, DEFAULT_BUDGET_NUMBERS, 2_500)).toBe(25);
  });

  it('returns the time of the next token, and Infinity without a minimum per second', () => {
    expect(askBudget(EMPTY, DEFAULT_BUDGET_NUMBERS, 40)).toMatchObject({ granted: false, nextAtMs: 100 });
    expect(askBudget(EMPTY, NO_FLOOR, 40)).toMatchObject({ granted: false, nextAtMs: Infinity });
  });

  it('a refusal takes no token, and a clock that goes back neither adds nor removes tokens', () => {
    const { budget } = askBudget(EMPTY, DEFAULT_BUDGET_NUMBERS, 50);
    expect(askBudget(budget, DEFAULT_BUDGET_NUMBERS, 100).granted).toBe(true);
    expect(budgetEarned({ tokens: 5, atMs: 1_000 }, NO_FLOOR, 0)).toEqual({ tokens: 5.1, atMs: 1_000 });
  });

  it('never grants more than the capacity, the minimum per second and a tenth of the successes together', () => {
    const step = fc.record({ waitMs: fc.nat(2_000), asks: fc.nat(200), successes: fc.nat(200) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        let budget = fullBudget(DEFAULT_BUDGET_NUMBERS, 0);
        let nowMs = 0;
        let grants = 0;
        let successes = 0;
        for (const one of steps) {
          nowMs += one.waitMs;
          for (let count = 0; count < one.successes; count += 1) {
            budget = budgetEarned(budget, DEFAULT_BUDGET_NUMBERS, nowMs);
          }
          successes += one.successes;
          for (let count = 0; count < one.asks; count += 1) {
            const answer = askBudget(budget, DEFAULT_BUDGET_NUMBERS, nowMs);
            ({ budget } = answer);
            if (answer.granted) grants += 1;
            else expect(askBudget(budget, DEFAULT_BUDGET_NUMBERS, answer.nextAtMs).granted).toBe(true);
          }
        }
        expect(grants).toBeLessThanOrEqual(100 + nowMs / 100 + successes / 10 + 0.01);
      }),
    );
  });
});
