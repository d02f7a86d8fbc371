/**
 * What a ServerError without a request does to a running session, for codes that the policy surfaces. Codes that
 * the policy retries re-dial instead; ask the policy first.
 */
import type { AvatarSDKErrorCode } from './avatar-sdk-error-code.js';

/** Reported only: these say that something was wrong, not that the session cannot go on. */
export const REPORTED_ONLY_CODES: readonly AvatarSDKErrorCode[] = Object.freeze([
  'serverError',
  'unknown',
  'protocolError',
  'invalidRequest',
]);

/** Whether a surfaced code ends the session, or leaves the connection as the service left it. */
export function endsSession(code: AvatarSDKErrorCode): boolean {
  return !REPORTED_ONLY_CODES.includes(code);
}
