import { expect, it } from 'vitest';
import { AVATAR_SDK_ERROR_CODES } from '../../../src/core/failure/avatar-sdk-error-code.js';
import { perCode } from '../../../src/core/policy/rule.js';

it('makes one entry for each code, in their order', () => {
  const table = perCode((code) => code.length);
  expect(Object.entries(table)).toStrictEqual(AVATAR_SDK_ERROR_CODES.map((code) => [code, code.length]));
});
