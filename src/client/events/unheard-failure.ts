/**
 * The last resort for a failure that reaches nobody: `start()` failed, its promise is not looked at, and nothing listens. Such
 * a program would end silently, with exit code 0.
 */
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import { WarningLimit } from './warning-limit.js';

/** Of all sessions of the process, for one code. */
const limit = new WarningLimit(10);

export function warnOfUnheardFailure({ code, message, remediation }: AvatarSDKError, nowMs: number): void {
  const withheld = limit.take(code, nowMs);
  if (withheld === undefined) return;
  const others = withheld === 0 ? '' : ` (and ${withheld} more since the latest warning)`;
  process.emitWarning(
    `an avatar session could not start${others}: ${code}: ${message}. ${remediation} ` +
      'To handle this, await start(), or give onError.',
    'AvatarKitUnheardFailureWarning',
  );
}
