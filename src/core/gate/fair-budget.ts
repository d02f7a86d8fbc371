/**
 * The budget for re-sends of one endpoint: a bucket of tokens that successes fill (`RetryBudget`), shared by accounts that take turns
 * once it is used up, so that an account with many re-sends takes no more than its share.
 */
import { deepFreeze } from '../option/plain-object.js';

export interface BudgetNumbers {
  /** Tokens per success, 0 to 1. Default 0.1. */
  readonly perSuccess: number;
  /** Tokens per second, without any success, ≥ 0. Default 10. */
  readonly perSecond: number;
  /** The bucket holds no more than this, and begins full; ≥ 1. Default 100. */
  readonly capacity: number;
}

/** Deeply frozen. */
export const DEFAULT_BUDGET_NUMBERS: BudgetNumbers = deepFreeze({
  // Load stays within 1.1 times what it would be without re-sends (Google's SRE book, "Handling Overload").
  perSuccess: 0.1,
  // Finagle's and Linkerd's floor: in a small process successes alone give too few tokens.
  perSecond: 10,
  // Ten seconds of the floor, Finagle's window.
  capacity: 100,
});

/** Allows for rounding: ten times 0.1 add up to a little less than one. */
const WHOLE_TOKEN = 1 - 1e-6;

/** An immutable value: each event makes a new one. */
export interface RetryBudget {
  readonly tokens: number;
  readonly atMs: number;
}

export function fullBudget(numbers: BudgetNumbers, nowMs: number): RetryBudget {
  return { tokens: numbers.capacity, atMs: nowMs };
}

/** A request was completed. */
export function budgetEarned(budget: RetryBudget, numbers: BudgetNumbers, nowMs: number): RetryBudget {
  return filled(budget, numbers, nowMs, numbers.perSuccess);
}

/** The budget with the tokens that time has added by now. */
export function budgetAt(budget: RetryBudget, numbers: BudgetNumbers, nowMs: number): RetryBudget {
  return filled(budget, numbers, nowMs, 0);
}

export interface BudgetAnswer {
  /** With one token less if it was granted. */
  readonly budget: RetryBudget;
  readonly granted: boolean;
  /** When the floor alone will have added up to a whole token; now if granted, Infinity without a floor. */
  readonly nextAtMs: number;
}

/** Asks for a re-send: takes a token if there is one. */
export function askBudget(budget: RetryBudget, numbers: BudgetNumbers, nowMs: number): BudgetAnswer {
  const now = budgetAt(budget, numbers, nowMs);
  if (now.tokens >= WHOLE_TOKEN) {
    return { budget: { ...now, tokens: Math.max(now.tokens - 1, 0) }, granted: true, nextAtMs: nowMs };
  }
  // x / 0 is Infinity: without a floor only a success helps.
  return { budget: now, granted: false, nextAtMs: now.atMs + ((1 - now.tokens) / numbers.perSecond) * 1_000 };
}

/** A clock that goes back adds nothing and takes nothing away. */
function filled(budget: RetryBudget, numbers: BudgetNumbers, nowMs: number, earned: number): RetryBudget {
  const elapsedMs = Math.max(nowMs - budget.atMs, 0);
  const tokens = budget.tokens + (elapsedMs * numbers.perSecond) / 1_000 + earned;
  return { tokens: Math.min(tokens, numbers.capacity), atMs: Math.max(nowMs, budget.atMs) };
}

/** An account that does not ask again within this time of its turn loses the turn, milliseconds. */
const ASKS_AGAIN_WITHIN_MS = 1_000;

export class FairBudget {
  readonly #numbers: BudgetNumbers;
  #budget: RetryBudget;
  /** Accounts that were refused a token, in the order of their turns, and until when they keep their turns. */
  readonly #turns = new Map<string, number>();

  constructor(nowMs: number, numbers: BudgetNumbers = DEFAULT_BUDGET_NUMBERS) {
    this.#numbers = numbers;
    this.#budget = fullBudget(numbers, nowMs);
  }

  /** A request was completed. */
  answered(nowMs: number): void {
    this.#budget = budgetEarned(this.#budget, this.#numbers, nowMs);
  }

  /**
   * Returns 0 if an utterance of this account may be sent again now, and takes a token for it; otherwise in how many milliseconds to ask
   * again.
   */
  ask(account: string, nowMs: number): number {
    const before = this.#before(account, nowMs);
    const { tokens, atMs } = budgetAt(this.#budget, this.#numbers, nowMs);
    // Tokens are reserved for the accounts whose turns come first.
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

  /** How many other accounts have their turns before this one. */
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
