/**
 * The output of `explain` for the failure of the README's example, produced by the command's own functions.
 */
import { classify } from '../../src/core/failure/classify.js';
import { createRedactor } from '../../src/core/redaction/redactor.js';
import { toAvatarSDKError } from '../../src/core/failure/to-avatar-sdk-error.js';
import { readFacts } from '../../src/cli/explain-command.js';
import { plainText, verdictOn } from '../../src/cli/explanation.js';
import { DEFAULT_RETRY_POLICY } from '../../src/index.js';
import { fence } from './markdown.js';

const FACTS = { close: '4503', reason: 'restarting' };

export function explainedFailure(): string {
  const facts = readFacts(FACTS);
  const classification = classify(facts, 0);
  if (classification.normalEnd) throw new Error('the example must be a failure');
  const error = toAvatarSDKError(classification, createRedactor());
  const verdict = verdictOn(facts, error, DEFAULT_RETRY_POLICY, {
    attempt: undefined,
    elapsedMs: 0,
    sessions: 1,
  });
  const text = plainText({ matchedRow: classification.matchedRow, error, verdict });
  const command = `npx avatarkit-session explain --close ${FACTS.close} --reason "${FACTS.reason}"`;
  return `${fence('sh', command)}\n\n${fence('text', text)}`;
}
