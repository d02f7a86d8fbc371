/**
 * Runs the cases that need no history: classification, server hints, and one failure reported in two
 * messages.
 */
import { retryAfterMs } from '../../src/core/failure/classify-http.js';
import { sameFailure, serverErrorEffect } from '../../src/core/policy/decide.js';
import { DEFAULT_RETRY_POLICY } from '../../src/core/policy/retry-presets.js';
import type { ClassificationCase, DuplicateCase, HintCase } from './case-file.js';
import { disagreements } from './disagreements.js';
import { classifyGiven } from './given-failure.js';

export function runClassification({ facts, nowEpochMs, expect }: ClassificationCase): string[] {
  const found = classifyGiven(facts, nowEpochMs);
  if (found.normalEnd) return disagreements('expect', expect, { normalEnd: true });
  const permanent = found.permanent ?? false;
  const isOfConnection =
    facts.kind === 'serverErrorReceived' && found.phase === 'websocket_runtime' && found.reqId === undefined;
  const effect = serverErrorEffect(DEFAULT_RETRY_POLICY, { code: found.code, permanent });
  return disagreements('expect', expect, {
    ...found,
    permanent,
    retryAfterMs: found.retryAfterMs ?? null,
    ...(isOfConnection && { effect }),
  });
}

export function runHint({ headers, nowEpochMs, expect }: HintCase): string[] {
  return disagreements('expect', expect, { retryAfterMs: retryAfterMs(headers, nowEpochMs) ?? null });
}

export function runDuplicate({ first, second, afterMs, expect }: DuplicateCase): string[] {
  const error = classifyGiven(first);
  if (error.normalEnd) throw new Error('the first of the two messages must report a failure');
  return disagreements('expect', expect, { same: sameFailure(error, classifyGiven(second), afterMs) });
}
