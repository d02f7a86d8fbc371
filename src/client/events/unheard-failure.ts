/**
 * The last resort for a failure that is handled nowhere: `start()` failed, its promise is not awaited, and there is no listener.
 * Such a program would end without a message, with exit code 0.
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
