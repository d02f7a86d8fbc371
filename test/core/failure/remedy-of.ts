/** The remedy that an error for these facts has: classified, redacted and bounded. */
import { classify } from '../../../src/core/failure/classify.js';
import type { FailureFacts } from '../../../src/core/failure/failure-facts.js';
import { createRedactor } from '../../../src/core/redaction/redactor.js';
import { toAvatarSDKError } from '../../../src/core/failure/to-avatar-sdk-error.js';
import { NOW_EPOCH_MS } from './facts.js';

export function remedyOf(facts: FailureFacts, secrets: readonly string[] = []): string {
  const classification = classify(facts, NOW_EPOCH_MS);
  if (classification.normalEnd) throw new Error('a normal end is not a failure');
  return toAvatarSDKError(classification, createRedactor(secrets)).remediation;
}
