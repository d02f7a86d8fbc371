/** The result of `classify` as one word, for tables. */
import { classify } from '../../../src/core/failure/classify.js';
import type { FailureFacts } from '../../../src/core/failure/failure-facts.js';
import { NOW_EPOCH_MS } from './facts.js';

/** The code, with a `!` when the failure is permanent; `end` for a normal end. */
export function verdict(facts: FailureFacts): string {
  const classification = classify(facts, NOW_EPOCH_MS);
  if (classification.normalEnd) return 'end';
  return classification.permanent === true ? `${classification.code}!` : classification.code;
}
