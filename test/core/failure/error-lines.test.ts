/**
 * Errors of `to-avatar-sdk-error`: which of them have the lines of a stack trace, and which of their texts are
 * not searched for secrets.
 */
import { expect, it } from 'vitest';
import { classify } from '../../../src/core/failure/classify.js';
import { HTTP_REMEDIES, PLAIN_HTTP_REMEDIES } from '../../../src/core/failure/http-remedies.js';
import { isOwnRemedy } from '../../../src/core/failure/remedy.js';
import { toAvatarSDKError } from '../../../src/core/failure/to-avatar-sdk-error.js';
import { writeStack, withoutStackLines } from '../../../src/core/memory/stack-lines.js';
import { createRedactor } from '../../../src/core/redaction/redactor.js';
import type { FailureFacts } from '../../../src/core/failure/failure-facts.js';

const where = { phase: 'websocket_connect', step: 'upgrade', usesEgress: false } as const;

function stackOf(facts: FailureFacts): string | undefined {
  const classification = classify(facts, 0);
  if (classification.normalEnd) throw new Error('a normal end is not a failure');
  return toAvatarSDKError(classification, createRedactor()).stack;
}

it('an error for a response of the service has no stack lines, and one for misuse has the lines of the call', () => {
  expect(stackOf({ ...where, kind: 'httpRefused', httpStatus: 503, headers: {}, body: '' })).toBe(
    'AvatarSDKError: upgrade refused with HTTP 503',
  );
  const local = { code: 'invalidRequest', problem: 'notStarted', message: 'call start() first' } as const;
  expect(stackOf({ ...where, kind: 'refusedLocally', ...local })).toMatch(
    /^AvatarSDKError: call start\(\) first\n {4}at [^]*error-lines\.test/,
  );
});

it('the limit of stack lines is restored afterwards, also when creating the error throws', () => {
  const before = Error.stackTraceLimit;
  expect(withoutStackLines(() => new Error('none')).stack).toBe('Error: none');
  expect(() =>
    withoutStackLines(() => {
      throw new RangeError('thrown');
    }),
  ).toThrow('thrown');
  expect(Error.stackTraceLimit).toBe(before);
});

it('if the limit cannot be changed, the error has its stack lines', () => {
  const before = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  Object.defineProperty(Error, 'stackTraceLimit', { value: 10, writable: false, configurable: true });
  try {
    const error = withoutStackLines(() => new Error('with lines'));
    writeStack(error);
    expect(error.stack).toMatch(/^Error: with lines\n/);
  } finally {
    if (before !== undefined) Object.defineProperty(Error, 'stackTraceLimit', before);
  }
});

it('a remedy for an HTTP response counts as a text of this package only if it quotes nothing of the response', () => {
  const quoting = HTTP_REMEDIES.filter(({ remediation }) => remediation.includes('{target}'));
  const pages = HTTP_REMEDIES.filter(({ remediation }) => remediation.includes('{page}'));
  expect([quoting.length, pages.length].every((count) => count > 0)).toBe(true);
  for (const text of PLAIN_HTTP_REMEDIES)
    expect(isOwnRemedy(text, 'upstreamError', 'websocket_connect')).toBe(true);
  for (const { remediation } of pages) {
    const text = remediation.replace('{page}', ' (its page says "k-9f27c1d8e4")');
    expect(isOwnRemedy(text, 'upstreamError', 'websocket_connect')).toBe(false);
  }
  for (const { remediation } of quoting)
    expect(isOwnRemedy(remediation.replace('{target}', 'h'), 'upstreamError', 'websocket_connect')).toBe(
      false,
    );
});

it('a token that is used again is still redacted', () => {
  const redactor = createRedactor();
  redactor.protect('st_Qm7vX2kLw9Rz4TnY');
  expect(redactor.redact('got st_Qm7vX2kLw9Rz4TnY')).toBe('got [redacted]');
  redactor.protect('st_Qm7vX2kLw9Rz4TnY');
  expect(redactor.redact('got st_Qm7vX2kLw9Rz4TnY')).toBe('got [redacted]');
});
