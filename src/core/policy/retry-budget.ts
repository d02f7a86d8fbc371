/**
 * Whether an utterance may be sent once more: a token bucket per endpoint, filled by what succeeds (a tenth of a token
 * each) and by time (an absolute floor), so that a broken upstream is not fed the same sentences for ever. Ask when the
 * delay is over, not before: what has healed meanwhile has filled the bucket. Which re-sends need a token, and what
 * becomes of one that gets none, is the caller's business.
 */
import { deepFreeze } from '../option/deep-freeze.js';

export interface BudgetNumbers {
  /** Tokens per success, 0 to 1. Default 0.1. */
  readonly perSuccess: number;
  /** Tokens per second, whatever succeeds, ≥ 0. Default 10. */
  readonly perSecond: number;
  /** The bucket holds no more than this, and begins full; ≥ 1. Default 100. */
  readonly capacity: number;
}

/** Deeply frozen. */
export const DEFAULT_BUDGET_NUMBERS: BudgetNumbers = deepFreeze({
  // Load stays within 1.1 times what it would be without re-sends (Google's SRE book, "Handling Overload").
  perSuccess: 0.1,
  // Finagle's and Linkerd's floor: small processes have too few successes to live on.
  perSecond: 10,
  // Ten seconds of the floor, Finagle's window.
  capacity: 100,
});

/** Ten tenths add up to a little less than one. */
const WHOLE_TOKEN = 1 - 1e-6;

/** A value: each event makes a new one. */
export interface RetryBudget {
  readonly tokens: number;
  readonly atMs: number;
}

export function fullBudget(numbers: BudgetNumbers, nowMs: number): RetryBudget {
  return { tokens: numbers.capacity, atMs: nowMs };
}

/** A request was answered to its end. */
export function budgetEarned(budget: RetryBudget, numbers: BudgetNumbers, nowMs: number): RetryBudget {
  return filled(budget, numbers, nowMs, numbers.perSuccess);
}

/** As time has filled it by now. */
export function budgetAt(budget: RetryBudget, numbers: BudgetNumbers, nowMs: number): RetryBudget {
  return filled(budget, numbers, nowMs, 0);
}

export interface BudgetAnswer {
  /** With one token less when it was granted. */
  readonly budget: RetryBudget;
  readonly granted: boolean;
  /** When the floor alone will have made up a whole token; now when granted, Infinity without a floor. */
  readonly nextAtMs: number;
}

/** Something is about to be re-sent: takes a token when there is one. */
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
