/**
 * The budget for re-sends of one endpoint, shared by accounts that take turns once it is used up: what one of them sends again and
 * again takes no more than its share from the others. How many re-sends there may be is decided in retry-budget.ts.
 */
import { askBudget, budgetAt, budgetEarned, DEFAULT_BUDGET_NUMBERS, fullBudget } from './retry-budget.js';
import type { BudgetNumbers, RetryBudget } from './retry-budget.js';

/** An account that does not ask again within this time of its turn loses the turn, milliseconds. */
const ASKS_AGAIN_WITHIN_MS = 1_000;

export class FairBudget {
  readonly #numbers: BudgetNumbers;
  #budget: RetryBudget;
  /** Accounts that were refused a token, in the order of their turns, and until when they keep that. */
  readonly #turns = new Map<string, number>();

  constructor(nowMs: number, numbers: BudgetNumbers = DEFAULT_BUDGET_NUMBERS) {
    this.#numbers = numbers;
    this.#budget = fullBudget(numbers, nowMs);
  }

  /** A request was answered to its end. */
  answered(nowMs: number): void {
    this.#budget = budgetEarned(this.#budget, this.#numbers, nowMs);
  }

  /** 0 when an utterance of this account may be sent once more now, which is counted; otherwise when to ask again, ms. */
  ask(account: string, nowMs: number): number {
    const before = this.#before(account, nowMs);
    const { tokens, atMs } = budgetAt(this.#budget, this.#numbers, nowMs);
    // The tokens of those whose turns come first are not there to be taken.
    const asked = askBudget({ tokens: tokens - before, atMs }, this.#numbers, nowMs);
    if (asked.granted) {
      this.#budget = { ...asked.budget, tokens: asked.budget.tokens + before };
      this.#turns.delete(account);
      return 0;
    }
    const againInMs = asked.nextAtMs - nowMs;
    this.#turns.set(account, nowMs + againInMs + ASKS_AGAIN_WITHIN_MS);
    return againInMs;
  }

  /** How many others have their turns first. */
  #before(account: string, nowMs: number): number {
    let before = 0;
    for (const [other, untilMs] of this.#turns) {
      if (other === account) return before;
      if (untilMs < nowMs) this.#turns.delete(other);
      else before += 1;
    }
    return before;
  }
}
