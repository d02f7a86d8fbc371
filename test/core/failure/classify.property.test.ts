import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AVATAR_SDK_ERROR_CODES, PHASES, STEPS } from '../../../src/core/failure/avatar-sdk-error-code.js';
import { classify } from '../../../src/core/failure/classify.js';
import type { FailureFacts } from '../../../src/core/failure/failure-facts.js';
import { createRedactor } from '../../../src/core/redaction/redactor.js';
import { toAvatarSDKError } from '../../../src/core/failure/to-avatar-sdk-error.js';

const number = fc.oneof(fc.integer(), fc.integer({ min: 0, max: 5_100 }), fc.double());
const body = fc.oneof(fc.string(), fc.json());
const where = {
  phase: fc.constantFrom(...PHASES),
  step: fc.constantFrom(...STEPS),
  usesEgress: fc.boolean(),
};
const http = { ...where, httpStatus: number, headers: fc.dictionary(fc.string(), fc.string()), body };

const anyFacts: fc.Arbitrary<FailureFacts> = fc.oneof(
  fc.record({ kind: fc.constant('httpRefused' as const), ...http }),
  fc.record({ kind: fc.constant('tokenMissing' as const), ...http }),
  fc.record({
    kind: fc.constant('socketClosed' as const),
    ...where,
    closeCode: number,
    closeReason: fc.string(),
    confirmed: fc.boolean(),
    unfinishedRequests: fc.nat(),
  }),
  fc.record({
    kind: fc.constant('serverErrorReceived' as const),
    ...where,
    serverCode: number,
    message: fc.string(),
    confirmed: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('transportFailed' as const),
    ...where,
    errno: fc.string(),
    message: fc.string(),
    cause: fc.anything(),
  }),
  fc.record({ kind: fc.constant('stepTimedOut' as const), ...where, timeoutMs: number }),
  fc.record({ kind: fc.constant('heartbeatMissed' as const), ...where, silentMs: number }),
  fc.record({
    kind: fc.constantFrom('protocolViolated' as const, 'tokenProviderFailed' as const),
    ...where,
    message: fc.string(),
    cause: fc.anything(),
  }),
  fc.record({
    kind: fc.constant('refusedLocally' as const),
    ...where,
    code: fc.constantFrom(...AVATAR_SDK_ERROR_CODES),
    message: fc.string(),
  }),
);

describe('any observed facts', () => {
  it('are classified as one of the 20 codes or as a normal end, and never throw', () => {
    fc.assert(
      fc.property(anyFacts, fc.double(), (facts, nowEpochMs) => {
        const classification = classify(facts, nowEpochMs);
        if (classification.normalEnd) {
          expect(facts).toMatchObject({ kind: 'socketClosed', closeCode: 1000, unfinishedRequests: 0 });
          return;
        }
        const error = toAvatarSDKError(classification, createRedactor());
        expect(AVATAR_SDK_ERROR_CODES).toContain(error.code);
        expect(error.phase).toBe(facts.phase);
        expect(() => JSON.stringify(error)).not.toThrow();
      }),
      { numRuns: 1_000 },
    );
  });
});
