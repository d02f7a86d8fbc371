/** The tables of the classification: each row has a reason, and all tables are frozen. */
import { describe, expect, it } from 'vitest';
import { CLOSE_CODE_RULES, OTHER_CLOSE_CODE_RULES } from '../../../src/core/failure/classify-socket.js';
import { HTTP_STATUS_RULES } from '../../../src/core/failure/http-status-rules.js';
import {
  EGRESS_WORDS,
  SERVER_ERROR_RULES,
  TEXT_RULES,
} from '../../../src/core/failure/server-error-rules.js';
import { TRANSPORT_RULES } from '../../../src/core/failure/transport-rules.js';

describe.each([
  ['close codes', CLOSE_CODE_RULES],
  ['other close codes', OTHER_CLOSE_CODE_RULES],
  ['HTTP status', HTTP_STATUS_RULES],
  ['ServerErrors', SERVER_ERROR_RULES],
  ['texts', TEXT_RULES],
  ['transport errors', TRANSPORT_RULES],
])('the table of %s', (_name, rows) => {
  it('gives a reason for every row', () => {
    for (const { reason } of rows) expect(reason).toMatch(/^\S.{3,}\S$/);
  });

  it('is frozen, including its rows', () => {
    expect(Object.isFrozen(rows)).toBe(true);
    expect(rows.every((row) => Object.isFrozen(row))).toBe(true);
  });
});

it('a row for a ServerError has a reason for its meaning with egress, too', () => {
  for (const { egressReason } of SERVER_ERROR_RULES) expect(egressReason).toMatch(/^\S.{3,}\S$/);
});

it('the numbers of a ServerError and the words for egress are frozen too', () => {
  expect(SERVER_ERROR_RULES.every(({ numbers }) => Object.isFrozen(numbers))).toBe(true);
  expect(Object.isFrozen(EGRESS_WORDS)).toBe(true);
});
