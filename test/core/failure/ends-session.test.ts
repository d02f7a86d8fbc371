import { expect, it } from 'vitest';
import { AVATAR_SDK_ERROR_CODES } from '../../../src/core/failure/avatar-sdk-error-code.js';
import { endsSession } from '../../../src/core/failure/ends-session.js';

it('of the codes that are surfaced, only four leave a running connection as it is', () => {
  const reportedOnly = AVATAR_SDK_ERROR_CODES.filter((code) => !endsSession(code));
  expect(reportedOnly).toEqual(['protocolError', 'serverError', 'invalidRequest', 'unknown']);
});
