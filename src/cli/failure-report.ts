/** What is told when a session has failed: the code, the phase, why it did not go on, and what to do. Never a stack. */
import { AvatarSDKError } from '../index.js';

/** Lines for standard error, not escaped. */
export function failureReport(error: unknown): readonly string[] {
  if (!AvatarSDKError.is(error)) {
    return [
      `avatarkit-session: unexpected failure: ${error instanceof Error ? error.message : String(error)}`,
    ];
  }
  const { code, phase, message, reason, remediation } = error;
  return [
    `avatarkit-session: ${code} in ${phase}: ${message}`,
    ...(reason === undefined ? [] : [`  given up because: ${reason}`]),
    `  what to do: ${remediation}`,
  ];
}
