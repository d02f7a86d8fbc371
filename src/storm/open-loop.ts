/**
 * Open loop: callers that don't wait for each other, at a service where every call fails. Shows what re-sending alone
 * adds to the load, with the product's own budget and without one. No chance is in it: arrivals are evenly spaced.
 */
import { askBudget, DEFAULT_BUDGET_NUMBERS, fullBudget } from '../core/policy/retry-budget.js';
import { EventQueue } from './event-queue.js';
import { OWN_NAME } from './own-strategy.js';

const CALLS_PER_SECOND = 100;
const LASTS_MS = 10 * 60_000;
/** Sends of one call, the first included. */
const MAX_ATTEMPTS = 3;
const DELAY_MS = 1_000;

export interface OpenLoopRow {
  readonly name: string;
  readonly calls: number;
  readonly sends: number;
  /** Sends per call. */
  readonly load: number;
}

export function runOpenLoop(): OpenLoopRow[] {
  const numbers = DEFAULT_BUDGET_NUMBERS;
  let budget = fullBudget(numbers, 0);
  const askOwn = (nowMs: number): boolean => {
    const answer = askBudget(budget, numbers, nowMs);
    ({ budget } = answer);
    return answer.granted;
  };
  return [
    openLoop(`${OWN_NAME}, re-sends within the budget`, askOwn),
    openLoop('three plain attempts', () => true),
  ];
}

function openLoop(name: string, mayResend: (nowMs: number) => boolean): OpenLoopRow {
  const events = new EventQueue();
  let calls = 0;
  let sends = 0;
  const send = (attempt: number): void => {
    sends += 1;
    if (attempt === MAX_ATTEMPTS) return;
    events.after(DELAY_MS, () => {
      if (mayResend(events.nowMs)) send(attempt + 1);
    });
  };
  const arrive = (): void => {
    calls += 1;
    send(1);
    if (events.nowMs + 1_000 / CALLS_PER_SECOND < LASTS_MS) events.after(1_000 / CALLS_PER_SECOND, arrive);
  };
  arrive();
  events.run(Infinity);
  return { name, calls, sends, load: Math.round((sends / calls) * 100) / 100 };
}
