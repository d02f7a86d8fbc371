/** Runs a budget case: which re-sends the sessions of one endpoint may make, and when. */
import {
  DEFAULT_BUDGET_NUMBERS,
  askBudget,
  budgetEarned,
  fullBudget,
} from '../../src/core/gate/fair-budget.js';
import type { BudgetCase } from './case-file.js';
import { disagreements } from './disagreements.js';

export function runBudget(one: BudgetCase): string[] {
  const numbers = { ...DEFAULT_BUDGET_NUMBERS, ...one.numbers };
  let budget = fullBudget(numbers, 0);
  return one.events.flatMap(({ atMs, event, count = 1, expect = {} }, index) => {
    let granted = 0;
    let nextAtMs: number | null = atMs;
    for (let turn = 0; turn < count; turn += 1) {
      switch (event) {
        case 'earned':
          budget = budgetEarned(budget, numbers, atMs);
          break;
        case 'ask': {
          const answer = askBudget(budget, numbers, atMs);
          budget = answer.budget;
          granted += answer.granted ? 1 : 0;
          nextAtMs = Number.isFinite(answer.nextAtMs) ? answer.nextAtMs : null;
          break;
        }
      }
    }
    return disagreements(`events[${index}].expect`, expect, { granted, nextAtMs });
  });
}
