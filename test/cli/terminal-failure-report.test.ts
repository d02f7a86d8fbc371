/** The report of a failed session. */
import { expect, it } from 'vitest';
import { AvatarSDKError } from '../../src/index.js';
import { recordVerdict } from '../../src/core/failure/avatar-sdk-error.js';
import { failureReport } from '../../src/cli/terminal.js';

const fields = {
  code: 'avatarNotFound',
  phase: 'websocket_connect',
  step: 'upgrade',
  message: 'no avatar',
} as const;

it('has the failure, the reason for the end, and the remedy', () => {
  const error = recordVerdict(new AvatarSDKError(fields), { willRetry: false, reason: 'rule' });
  expect(failureReport(error)).toEqual([
    'avatarkit-session: avatarNotFound in websocket_connect: no avatar',
    '  given up because: rule (the policy does not retry this failure)',
    `  what to do: ${error.remediation}`,
  ]);
});

it('omits the reason if the session was not ended by the policy', () => {
  expect(failureReport(new AvatarSDKError(fields))).toHaveLength(2);
});

it.each([
  [new TypeError('a mistake'), 'a mistake'],
  ['a text', 'a text'],
])('reports %s as unexpected', (error, words) => {
  expect(failureReport(error)).toEqual([`avatarkit-session: unexpected failure: ${words}`]);
});
