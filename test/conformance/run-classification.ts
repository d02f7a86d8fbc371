/** Runs the cases that need no history: classification, server hints, and one failure told in two messages. */
import { endsSession } from '../../src/core/failure/ends-session.js';
import { retryAfterMs } from '../../src/core/failure/retry-after.js';
import { sameFailure } from '../../src/core/failure/same-failure.js';
import { DEFAULT_RETRY_POLICY } from '../../src/core/policy/default-rules.js';
import type { ClassificationCase, DuplicateCase, HintCase } from './case-file.js';
import { disagreements } from './disagreements.js';
import { classifyGiven } from './given-failure.js';

export function runClassification({ facts, nowEpochMs, expect }: ClassificationCase): string[] {
  const found = classifyGiven(facts, nowEpochMs);
  if (found.normalEnd) return disagreements('expect', expect, { normalEnd: true });
  const permanent = found.permanent ?? false;
  return disagreements('expect', expect, {
    ...found,
    permanent,
    retryAfterMs: found.retryAfterMs ?? null,
    effect: effectOf(found.code, permanent),
  });
}

/** What a ServerError that names no request does to a running session, under the default policy. */
function effectOf(code: Parameters<typeof endsSession>[0], permanent: boolean): string {
  if (DEFAULT_RETRY_POLICY.rules[code].action === 'retry' && !permanent) return 'redial';
  return endsSession(code) ? 'endSession' : 'report';
}

export function runHint({ headers, nowEpochMs, expect }: HintCase): string[] {
  return disagreements('expect', expect, { retryAfterMs: retryAfterMs(headers, nowEpochMs) ?? null });
}

export function runDuplicate({ first, second, afterMs, expect }: DuplicateCase): string[] {
  const error = classifyGiven(first);
  if (error.normalEnd) throw new Error('the first of two must be a failure');
  return disagreements('expect', expect, { same: sameFailure(error, classifyGiven(second), afterMs) });
}
