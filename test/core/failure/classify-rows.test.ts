/** Compares the list of all rows with the results of `classify`. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AVATAR_SDK_ERROR_CODES } from '../../../src/core/failure/avatar-sdk-error-code.js';
import { classificationRows, classify } from '../../../src/core/failure/classify.js';
import { TEXT_RULES } from '../../../src/core/failure/server-error-rules.js';
import { TRANSPORT_RULES } from '../../../src/core/failure/transport-rules.js';
import { NOW_EPOCH_MS, socketClosed, tokenRefused, transportFailed, upgradeRefused } from './facts.js';

it('has rows for all codes', () => {
  const rows = classificationRows();
  expect(new Set(rows.map(({ code }) => code))).toEqual(new Set(AVATAR_SDK_ERROR_CODES));
});

it.each([
  ['close code 4010', 'sessionTokenInvalid', false],
  ['close code 4010', 'sessionTokenExpired', false],
  ['close codes 4000 to 4499', 'connectionClosed', true],
  ['ServerError 3 or 400 (INVALID_ARGUMENT)', 'invalidRequest', false],
  ['ServerError 3 or 400 (INVALID_ARGUMENT), about egress', 'invalidEgressConfig', false],
  ['ServerError 14 (UNAVAILABLE)', 'upstreamError', false],
  ['ServerError 14 (UNAVAILABLE), about egress', 'egressUnavailable', false],
  ['transport code ERR_INVALID_URL', 'connectionFailed', true],
  ['transport code ERR_INVALID_URL', 'connectionClosed', true],
  ['transport code HPE_*', 'protocolError', false],
] as const)('has one row that begins with %j for %s, permanent: %s', (head, code, permanent) => {
  const found = classificationRows().filter(
    (row) => row.matchedRow.startsWith(`${head}: `) && row.code === code,
  );
  expect(found).toMatchObject([{ permanent }]);
});

it.each([
  ['connectionFailed', 'a step that was not answered in time'],
  ['connectionClosed', 'a step that was not answered in time'],
  ['connectionClosed', 'a ping that was not answered'],
  ['protocolError', 'a message that the protocol does not allow here'],
  [
    'connectionFailed',
    'a token provider that failed: treated as a network failure on the way to its backend',
  ],
] as const)('lists for %s what needs no table: %s', (code, matchedRow) => {
  expect(classificationRows()).toContainEqual({ code, matchedRow, permanent: false });
});

it('has a code in every row', () => {
  for (const { code } of classificationRows()) expect(AVATAR_SDK_ERROR_CODES).toContain(code);
});

it('lists the rows that classify returns, with the same text and the same code', () => {
  const rows = classificationRows();
  const text = fc.oneof(
    fc.constantFrom('', 'expired', ...TEXT_RULES.map((rule) => rule.text)),
    fc.string({ maxLength: 5 }),
  );
  const number = fc.oneof(fc.integer({ min: 100, max: 599 }), fc.integer({ min: 900, max: 5_000 }));
  const errno = fc.constantFrom('ENEW', ...TRANSPORT_RULES.map((rule) => rule.errno.replace('*', 'X')));
  fc.assert(
    fc.property(text, number, errno, fc.boolean(), (words, n, code, confirmed) => {
      for (const facts of [
        socketClosed(n, { closeReason: words, confirmed }),
        upgradeRefused(n, { body: words }),
        tokenRefused(n, { body: words }),
        transportFailed(code),
        transportFailed(code, { phase: 'websocket_runtime' }),
      ]) {
        const answer = classify(facts, NOW_EPOCH_MS);
        if (answer.normalEnd)
          throw new Error('this close is not a normal end, because a request is unfinished');
        const [row] = answer.matchedRow.split('; here ');
        const permanent = answer.permanent === true;
        expect(rows).toContainEqual({ code: answer.code, matchedRow: row, permanent });
      }
    }),
    { numRuns: 500 },
  );
});
